"""What the database keeps. Invariants live here as constraints, not in the code that writes."""

import uuid
from typing import TypedDict

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from recognition.messages import EMOTION_LABELS

EMOTION_CHOICES = list(EMOTION_LABELS.items())


class Scores(TypedDict, total=False):
    """Figures of a model version on speakers that it was not trained on."""

    uar: float
    accuracy: float
    macro_f1: float
    ece: float


class User(AbstractUser):
    email = models.EmailField("e-mail address")
    is_reviewer = models.BooleanField(
        "reviewer",
        default=False,
        help_text="May see the clips of people who consented to review.",
    )
    review_consent_at = models.DateTimeField(
        "consented to review",
        null=True,
        blank=True,
        help_text="Since when reviewers may see this person's clips; empty: they may not.",
    )

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("email"), name="user_email_unique", condition=~Q(email="")
            )
        ]


class ModelVersion(models.Model):
    class Status(models.TextChoices):
        CHAMPION = "champion", "champion"
        CHALLENGER = "challenger", "challenger"
        RETIRED = "retired", "retired"

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

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["status"], condition=Q(status="champion"), name="one_champion"
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


def clip_path(clip: "Clip", file_name: str) -> str:
    """Where a clip lies in the media storage: nothing of the user's file name is in it."""
    return f"clips/{clip.pk.hex[:2]}/{clip.pk}"


class Clip(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        QUARANTINED = "quarantined", "quarantined"

    FINAL_STATES = (State.DONE, State.FAILED, State.QUARANTINED)
    ERROR_STATES = (State.FAILED, State.QUARANTINED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="clips")
    name = models.CharField(max_length=255, help_text="The user's file name, kept only as text.")
    file = models.FileField(upload_to=clip_path)
    container = models.CharField(max_length=10)
    size_bytes = models.PositiveBigIntegerField()
    duration_s = models.FloatField(null=True, blank=True, help_text="Unknown until it is decoded.")
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error_code = models.CharField(max_length=60, blank=True)
    error_details = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    announced_at = models.DateTimeField(help_text="When workers were last told of it.")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index("owner", F("created_at").desc(), F("id").desc(), name="clip_history"),
            models.Index(F("created_at").desc(), F("id").desc(), name="clip_newest"),
            models.Index(
                fields=["state", "announced_at"],
                condition=Q(state__in=["queued", "running"]),
                name="clip_unfinished",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running", "done", "failed", "quarantined"]),
                name="clip_state_known",
            ),
            models.CheckConstraint(
                condition=(
                    Q(state__in=["failed", "quarantined"], finished_at__isnull=False)
                    & ~Q(error_code="")
                )
                | Q(state="done", error_code="", finished_at__isnull=False)
                | Q(state__in=["queued", "running"], error_code="", finished_at__isnull=True),
                name="clip_end_is_explained",
            ),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(started_at__isnull=False),
                name="clip_running_has_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_final(self) -> bool:
        return self.state in self.FINAL_STATES


class Prediction(models.Model):
    """What one model version said of one clip; never edited."""

    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, related_name="predictions")
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="predictions"
    )
    emotion = models.CharField(max_length=20, choices=EMOTION_CHOICES)
    confidence = models.FloatField()
    posteriors = models.JSONField(help_text="All eight, by emotion.")
    processing_ms = models.FloatField()
    created_at = models.DateTimeField(auto_now_add=True)

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

    def __str__(self) -> str:
        return f"{self.emotion} {self.confidence:.0%}"

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


class Explanation(models.Model):
    """Where in a clip a prediction's emotion was heard; computed when somebody asks for it."""

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    prediction = models.OneToOneField(
        Prediction, on_delete=models.CASCADE, related_name="explanation"
    )
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    data = models.JSONField(null=True, blank=True, help_text="As mlcore.explanation makes it.")
    attempts = models.PositiveSmallIntegerField(default=0)
    error_code = models.CharField(max_length=60, blank=True)
    error_details = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    announced_at = models.DateTimeField(help_text="When workers were last told of it.")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["state", "announced_at"],
                condition=Q(state__in=["queued", "running"]),
                name="explanation_unfinished",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(state="failed", data__isnull=True, finished_at__isnull=False)
                    & ~Q(error_code="")
                )
                | Q(state="done", error_code="", data__isnull=False, finished_at__isnull=False)
                | Q(
                    state__in=["queued", "running"],
                    error_code="",
                    data__isnull=True,
                    finished_at__isnull=True,
                ),
                name="explanation_end_is_explained",
            ),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(started_at__isnull=False),
                name="explanation_running_has_start",
            ),
        ]

    def __str__(self) -> str:
        return f"explanation of {self.prediction}"


class ClipAccess(models.Model):
    """An administrator looked at a clip of somebody else. Outlives clip and account."""

    clip_id = models.UUIDField()
    owner_name = models.CharField(max_length=150)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)
    user_name = models.CharField(max_length=150)
    what = models.CharField(max_length=40, help_text="Page, status, audio, api or admin.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "clip accesses"
        indexes = [models.Index(fields=["clip_id", "user", "what", "at"], name="clip_access")]

    def __str__(self) -> str:
        return f"{self.user_name} {self.what} {self.clip_id}"
