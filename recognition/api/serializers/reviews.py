"""What reviewers get to hear, and what they say of it."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from recognition.api.serializers.base import StrictSerializer
from recognition.api.serializers.clips import PredictionSerializer
from recognition.emotions import EMOTION_LABELS
from recognition.models import Clip, Review, ReviewCase
from recognition.services.review import REASON_LENGTH


class NextSerializer(StrictSerializer):
    clip = serializers.UUIDField(
        default=None, allow_null=True, help_text="A clip that is wanted before all others."
    )


class GiveSerializer(StrictSerializer):
    """One thing: an emotion, why the clip is skipped, or that nothing can be heard."""

    kind = serializers.ChoiceField(choices=Review.Kind.choices)
    emotion = serializers.ChoiceField(
        choices=list(EMOTION_LABELS.items()), default="", allow_blank=True
    )
    reason = serializers.CharField(default="", allow_blank=True, max_length=REASON_LENGTH)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        kind = attrs["kind"]
        if kind == Review.Kind.HEARD and not attrs["emotion"]:
            raise serializers.ValidationError({"emotion": _("Needed with the kind “heard”.")})
        if "emotion" in self.initial_data and kind != Review.Kind.HEARD:
            raise serializers.ValidationError({"emotion": _("Only with the kind “heard”.")})
        if "reason" in self.initial_data and kind != Review.Kind.SKIPPED:
            raise serializers.ValidationError({"reason": _("Only with the kind “skipped”.")})
        return attrs


class ReviewClipSerializer(serializers.ModelSerializer[Clip]):
    """Blind: neither what the model hears, nor what anybody said, nor whose voice it is."""

    audio = serializers.SerializerMethodField()
    is_conflict = serializers.SerializerMethodField()
    held_until = serializers.DateTimeField(source="review_case.claim_expires_at")

    class Meta:
        model = Clip
        fields = ["id", "duration_s", "audio", "is_conflict", "held_until"]
        read_only_fields = fields

    def get_audio(self, clip: Clip) -> str:
        return reverse("api-review-audio", args=[clip.pk])

    def get_is_conflict(self, clip: Clip) -> bool:
        return clip.review_case.state == ReviewCase.State.CONFLICT


class QueueSerializer(serializers.Serializer[dict[str, Any]]):
    clip = ReviewClipSerializer(allow_null=True, help_text="The one to say something of.")
    next = ReviewClipSerializer(allow_null=True, help_text="The one after it, to load ahead.")
    n_waiting = serializers.IntegerField(help_text="Counted up to 1000.")
    n_today = serializers.IntegerField(help_text="Of your own.")


class ReviewSerializer(serializers.ModelSerializer[Review]):
    class Meta:
        model = Review
        fields = ["id", "clip", "kind", "emotion", "reason", "was_blind", "created_at"]
        read_only_fields = fields


class AnswerWishSerializer(StrictSerializer):
    emotion = serializers.ChoiceField(
        choices=list(EMOTION_LABELS.items()),
        default=None,
        allow_null=True,
        help_text="What you have chosen. Without it your opinion does not count as independent.",
    )


class OpinionSerializer(serializers.ModelSerializer[Review]):
    """What somebody else said."""

    class Meta:
        model = Review
        fields = ["kind", "emotion"]
        read_only_fields = fields


class AnswerSerializer(serializers.Serializer[dict[str, Any]]):
    """What the model, the owner and others say of a clip."""

    prediction = PredictionSerializer(allow_null=True)
    corrected_emotion = serializers.CharField(
        source="clip.corrected_emotion", help_text="What the owner heard, if that was said."
    )
    opinions = OpinionSerializer(many=True, help_text="Of other reviewers, the oldest first.")


class GivenSerializer(serializers.Serializer[dict[str, Any]]):
    """What was said, and only then what the model hears; nothing of it after a skip."""

    review = ReviewSerializer()
    prediction = PredictionSerializer(allow_null=True)


class ReleasedSerializer(serializers.Serializer[dict[str, int]]):
    n_clips = serializers.IntegerField()
