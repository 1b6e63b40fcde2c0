"""How far reviewers agree, as data."""

from typing import Any

from rest_framework import serializers

from recognition.api.serializers.clips import ErrorSerializer
from recognition.api.serializers.reviews import OpinionSerializer
from recognition.models import Agreement
from recognition.presentation.agreement import Conflict

LEVEL = "good, fair, poor; few: of too few clips to conclude anything; empty without a figure."


def level() -> serializers.CharField:
    return serializers.CharField(source="figure.level", help_text=LEVEL)


class PairSerializer(serializers.Serializer[dict[str, Any]]):
    n = serializers.IntegerField(help_text="Clips that both have judged.")
    kappa = serializers.FloatField(allow_null=True, help_text="Cohen’s; null: not defined.")
    level = level()


class TwoReviewersSerializer(PairSerializer):
    first = serializers.CharField()
    second = serializers.CharField()


class EmotionAgreementSerializer(serializers.Serializer[dict[str, Any]]):
    emotion = serializers.CharField()
    n = serializers.IntegerField(help_text="Clips in which somebody heard it.")
    alpha = serializers.FloatField(allow_null=True)
    level = level()


class ReviewerAgreementSerializer(serializers.Serializer[dict[str, Any]]):
    name = serializers.CharField()
    n = serializers.IntegerField()
    n_shared = serializers.IntegerField(help_text="Clips that others have judged, too.")
    kappa = serializers.FloatField(allow_null=True, help_text="The mean over the others.")
    level = level()
    n_settled = serializers.IntegerField(help_text="Of the shared ones.")
    n_like_settled = serializers.IntegerField()


class ReportSerializer(serializers.Serializer[dict[str, Any]]):
    n_opinions = serializers.IntegerField()
    n_clips = serializers.IntegerField()
    n_shared = serializers.IntegerField(help_text="Clips with several opinions.")
    alpha = serializers.FloatField(allow_null=True, help_text="Krippendorff’s.")
    level = level()
    emotions = EmotionAgreementSerializer(many=True)
    reviewers = ReviewerAgreementSerializer(many=True)
    pairs = TwoReviewersSerializer(many=True)
    model = PairSerializer(help_text="What is settled beside what the model heard.")
    owner = PairSerializer(help_text="What is settled beside what owners corrected.")


class NamedOpinionSerializer(OpinionSerializer):
    reviewer = serializers.CharField(source="reviewer_name")

    class Meta(OpinionSerializer.Meta):
        fields = ["reviewer", *OpinionSerializer.Meta.fields]
        read_only_fields = fields


class ConflictSerializer(serializers.Serializer[Conflict]):
    clip = serializers.UUIDField(source="clip.pk")
    duration_s = serializers.FloatField(source="clip.duration_s", allow_null=True)
    created_at = serializers.DateTimeField(source="clip.created_at")
    may_decide = serializers.BooleanField(
        source="can_decide", help_text="Whether your own opinion is still to come."
    )
    n_opinions = serializers.IntegerField()
    opinions = NamedOpinionSerializer(
        source="shown", many=True, help_text="None as long as yours is to come: they would sway."
    )


class MeasuredSerializer(serializers.Serializer[dict[str, Any]]):
    measured_at = serializers.DateTimeField(allow_null=True)
    report = ReportSerializer(allow_null=True, help_text="The newest one that was made.")
    conflicts = ConflictSerializer(many=True, help_text="The oldest first, at most 50.")


class AgreementSerializer(MeasuredSerializer):
    """As described; presentation.work makes what is added here."""

    state = serializers.ChoiceField(
        choices=["none", *Agreement.State.values],
        help_text="Of measuring what has been said so far; none: nobody has asked for it.",
    )
    error = ErrorSerializer(allow_null=True)
