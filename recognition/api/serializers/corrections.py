"""What owners say is heard in their clips."""

from typing import Any, cast

from django.utils.translation import gettext as _
from rest_framework import serializers

from recognition.api.serializers.base import StrictSerializer
from recognition.emotions import EMOTION_LABELS
from recognition.models import Correction, User
from recognition.presentation.clip_page import knows_owner
from recognition.services.correct import REASON_LENGTH


class CorrectSerializer(StrictSerializer):
    """The emotion that the model heard is one to choose, too: it was right after all."""

    emotion = serializers.ChoiceField(choices=list(EMOTION_LABELS.items()))
    reason = serializers.CharField(default="", allow_blank=True, max_length=REASON_LENGTH)


class CorrectionSerializer(serializers.ModelSerializer[Correction]):
    class Meta:
        model = Correction
        fields = ["id", "clip", "author_name", "emotion", "reason", "created_at"]
        read_only_fields = fields

    def to_representation(self, instance: Correction) -> dict[str, Any]:
        """Reviewers are told neither names nor reasons, as on the page."""
        found = super().to_representation(instance)
        if not knows_owner(cast(User, self.context["request"].user), instance.clip):
            found |= {"author_name": _("The owner"), "reason": ""}
        return found
