"""What models said: never edited."""

from typing import TypedDict

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from recognition.emotions import EMOTION_LABELS
from recognition.models.clips import EMOTION_CHOICES, Clip


class Scores(TypedDict, total=False):
    """Figures of a model version on speakers that it was not trained on."""

    uar: float
    accuracy: float
    macro_f1: float
    ece: float


class ModelVersion(models.Model):
    class Status(models.TextChoices):
        CHAMPION = "champion", _("champion")
        CHALLENGER = "challenger", _("challenger")
        RETIRED = "retired", _("retired")

    name = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64, unique=True, help_text="Hash of its bundle.json.")
    folder = models.CharField(max_length=500, help_text="Where its bundle lies.")
    status = models.CharField(max_length=20, choices=Status)
    not_sure_below = models.FloatField(help_text="Confidence under which it counts as not sure.")
    scores = models.JSONField(default=dict, blank=True)
    about = models.JSONField(
        default=dict, blank=True, help_text="What it is made of and learned from, with licenses."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    promoted_at = models.DateTimeField(null=True, blank=True)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        help_text="What it was fine-tuned from.",
    )
    shadow_share = models.FloatField(
        default=0.0, help_text="Share of live clips that it judges beside the champion, unseen."
    )
    alarm_code = models.CharField(
        max_length=60, blank=True, help_text="Why its bundle could not be opened."
    )
    alarm_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(
        null=True, blank=True, help_text="When its bundle was removed to save room."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["status"], condition=Q(status="champion"), name="one_champion"
            ),
            models.CheckConstraint(
                condition=Q(shadow_share__gte=0, shadow_share__lte=1), name="shadow_share_is_share"
            ),
            models.CheckConstraint(
                condition=~Q(status="champion") | Q(removed_at__isnull=True),
                name="champion_has_its_bundle",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["champion", "challenger", "retired"]),
                name="model_version_status_known",
            ),
            models.CheckConstraint(
                condition=Q(not_sure_below__gte=0, not_sure_below__lte=1),
                name="not_sure_below_is_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.sha256[:8]})"


class Answer(models.Model):
    """What a model version says of a clip."""

    emotion = models.CharField(max_length=20, choices=EMOTION_CHOICES)
    confidence = models.FloatField()
    posteriors = models.JSONField(help_text="All eight, by emotion.")
    processing_ms = models.FloatField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.emotion} {self.confidence:.0%}"


class Prediction(Answer):
    """What one model version said of one clip; never edited."""

    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, related_name="predictions")
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="predictions"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clip", "model_version"], name="one_prediction_a_version"
            ),
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=1), name="confidence_is_share"
            ),
            models.CheckConstraint(
                condition=Q(emotion__in=list(EMOTION_LABELS)), name="prediction_emotion_known"
            ),
        ]

    @property
    def is_sure(self) -> bool:
        return self.confidence >= self.model_version.not_sure_below


class Segment(models.Model):
    """One slice of a clip as the network judged it: the timeline."""

    prediction = models.ForeignKey(Prediction, on_delete=models.CASCADE, related_name="segments")
    position = models.PositiveIntegerField()
    start_s = models.FloatField()
    end_s = models.FloatField()
    emotion = models.CharField(max_length=20, choices=EMOTION_CHOICES)
    posteriors = models.JSONField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["prediction", "position"], name="segment_position"),
            models.CheckConstraint(
                condition=Q(start_s__gte=0, end_s__gt=F("start_s")), name="segment_has_length"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.start_s:.1f}-{self.end_s:.1f} s {self.emotion}"
