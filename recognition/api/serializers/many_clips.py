"""Several clips at once: chosen, deleted, exported, side by side."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from mlcore.labels import EMOTIONS
from recognition.api.serializers.base import StrictSerializer
from recognition.api.serializers.batches import BatchClipSerializer
from recognition.api.serializers.clips import (
    ClipSerializer,
    OutcomeSerializer,
    provenance_field,
    tag_names,
)
from recognition.models import Clip
from recognition.models.clips import EMOTION_CHOICES
from recognition.presentation.comparison import EmotionRow
from recognition.presentation.deletions import gone_at

ACTIONS = ["delete", "tag", "restore"]
MOST_CHOSEN = 200
MOST_NAMED = 100  # in an address, which servers and proxies take up to 8 kB of


def clip_ids(most: int) -> serializers.ListField:
    return serializers.ListField(child=serializers.UUIDField(), allow_empty=False, max_length=most)


class NamedClipsSerializer(StrictSerializer):
    clip = clip_ids(MOST_NAMED)

    def validate_clip(self, ids: list[UUID]) -> list[UUID]:
        return list(dict.fromkeys(ids))


class SelectionSerializer(StrictSerializer):
    """What is done with which clips."""

    tags = tag_names(required=False, allow_empty=False)
    action = serializers.ChoiceField(choices=ACTIONS)
    clips = clip_ids(MOST_CHOSEN)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        is_tagging = attrs["action"] == "tag"
        if "tags" in attrs and not is_tagging:
            raise serializers.ValidationError({"tags": [_("Only with the action “tag”.")]})
        if "tags" not in attrs and is_tagging:
            raise serializers.ValidationError({"tags": [_("Name at least one.")]})
        return attrs | {"clips": list(dict.fromkeys(attrs["clips"]))}


class SelectedSerializer(serializers.Serializer[dict[str, Any]]):
    """What was done, with all of them."""

    action = serializers.ChoiceField(choices=ACTIONS)
    n_clips = serializers.IntegerField()
    clips = serializers.ListField(child=serializers.UUIDField())
    tags = serializers.ListField(
        child=serializers.CharField(), help_text="That each of them has now; only of “tag”."
    )


class DeletedClipSerializer(BatchClipSerializer):
    gone_at = serializers.SerializerMethodField(
        help_text="Until then it can be had back; afterwards it is gone for good."
    )

    class Meta(BatchClipSerializer.Meta):
        fields = [*BatchClipSerializer.Meta.fields, "deleted_at", "gone_at"]
        read_only_fields = fields

    @extend_schema_field(serializers.DateTimeField)
    def get_gone_at(self, clip: Clip) -> datetime | None:
        """Of a deleted one."""
        return clip.deleted_at and gone_at(clip.deleted_at)


class ExportedClipSerializer(serializers.Serializer[dict[str, Any]]):
    """As presentation.exports writes it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    file_name = serializers.CharField()
    created_at = serializers.DateTimeField()
    duration_s = serializers.FloatField(allow_null=True)
    size_bytes = serializers.IntegerField()
    container = serializers.CharField()
    state = serializers.ChoiceField(choices=Clip.State.choices)
    error_code = serializers.CharField()
    error = serializers.CharField()
    emotion = serializers.ChoiceField(
        choices=EMOTION_CHOICES, allow_blank=True, help_text="The label that counts."
    )
    predicted_emotion = serializers.ChoiceField(choices=EMOTION_CHOICES, allow_blank=True)
    confidence = serializers.FloatField(allow_null=True)
    is_sure = serializers.BooleanField(allow_null=True)
    corrected_emotion = serializers.ChoiceField(choices=EMOTION_CHOICES, allow_blank=True)
    reviewed_emotion = serializers.ChoiceField(choices=EMOTION_CHOICES, allow_blank=True)
    provenance = provenance_field()
    posteriors = serializers.DictField(
        child=serializers.FloatField(), help_text="Empty without a result."
    )
    model = serializers.CharField()
    model_sha256 = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    note = serializers.CharField()
    batch = serializers.CharField()


class ComparedClipSerializer(OutcomeSerializer, ClipSerializer):
    class Meta(ClipSerializer.Meta):
        fields = [*ClipSerializer.Meta.fields, "place"]
        read_only_fields = fields


class EmotionRowSerializer(serializers.Serializer[EmotionRow]):
    emotion = serializers.ChoiceField(choices=list(EMOTIONS))
    percents = serializers.ListField(
        child=serializers.FloatField(allow_null=True),
        help_text="In the order of the clips; null for one without a result.",
    )


class SideBySideSerializer(serializers.Serializer[dict[str, Any]]):
    clips = ComparedClipSerializer(many=True)
    rows = EmotionRowSerializer(
        many=True, help_text="One of each emotion; none where no clip has a result."
    )
