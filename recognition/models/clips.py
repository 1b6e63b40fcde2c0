"""Clips and what their owners do with them. Invariants live here as constraints."""

import secrets
import uuid

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Case, F, Func, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable, OrderBy
from django.db.models.functions import Coalesce, Lower, NullIf
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recognition.emotions import EMOTION_LABELS
from recognition.models.people import User

EMOTION_CHOICES = list(EMOTION_LABELS.items())


def said_by_people(clip: str = "") -> tuple[NullIf, NullIf]:
    """What reviewers settled, then what the owner corrected; null where they did not.

    `clip` is the way to the clip in a query of something else, like "clip__".
    """
    return (
        NullIf(f"{clip}reviewed_emotion", Value("")),
        NullIf(f"{clip}corrected_emotion", Value("")),
    )


# the label that counts and whose it is, as Clip.counted_emotion and Clip.provenance say it
COUNTED_EMOTION = Coalesce(*said_by_people(), "emotion")
PROVENANCE = Case(
    When(reviewed_emotion__gt="", then=Value("reviewed")),
    When(corrected_emotion__gt="", then=Value("corrected")),
    When(emotion__gt="", then=Value("model")),
    default=Value(""),
)
IS_SAID_BY_PEOPLE = ~Q(corrected_emotion="", reviewed_emotion="")
NO_WORD = Value(r"[^[:alnum:]]+")  # "03-01_take.wav" is searched by 03, 01, take and wav

ORDERS: dict[str, list[Combinable | OrderBy]] = {
    "time": [F("created_at").desc(), F("id").desc()],
    "confidence": [F("confidence").desc(nulls_last=True), F("id").desc()],
    "duration": [F("duration_s").desc(nulls_last=True), F("id").desc()],
    "name": [Lower("name"), F("id")],
}
# few clips are corrected or reviewed: by each order, and what was said of them is compared in the
# index itself
SAID_INDEXES = [
    models.Index(
        F("owner"),
        *order,
        COUNTED_EMOTION,
        F("emotion"),
        F("corrected_emotion"),
        F("reviewed_emotion"),
        condition=IS_SAID_BY_PEOPLE,
        name=f"clip_said_by_{name}",
    )
    for name, order in ORDERS.items()
]


class RegexpReplace(Func):
    function = "REGEXP_REPLACE"
    output_field = models.TextField()


class LivingClips(models.Manager["Clip"]):
    """Without those that were deleted and can still be had back."""

    def get_queryset(self) -> QuerySet["Clip"]:
        return super().get_queryset().filter(deleted_at__isnull=True)


class Batch(models.Model):
    """Files that were handed in together."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="batches")
    refusals = models.JSONField(
        default=list, blank=True, help_text="Of what was not accepted: file_name, code, details."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return f"batch of {self.created_at:%Y-%m-%d %H:%M}"


class Tag(models.Model):
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=50)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint("owner", Lower("name"), name="tag_unique_for_owner")]

    def __str__(self) -> str:
        return self.name


def clip_path(clip: "Clip", file_name: str) -> str:
    """Where a clip lies in the media storage: nothing of the user's file name is in it."""
    return f"clips/{clip.pk.hex[:2]}/{clip.pk}"


class Clip(models.Model):
    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        QUARANTINED = "quarantined", _("quarantined")

    class SpeakerConsent(models.TextChoices):
        OWN_VOICE = "own-voice", _("my own voice")
        AGREED = "agreed", _("the speaker agreed")

    class Provenance(models.TextChoices):
        """Whose label counts, the weakest first."""

        MODEL = "model", _("heard by the model")
        CORRECTED = "corrected", _("corrected")
        REVIEWED = "reviewed", _("reviewed")

    FINAL_STATES = (State.DONE, State.FAILED, State.QUARANTINED)
    ERROR_STATES = (State.FAILED, State.QUARANTINED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="clips")
    batch = models.ForeignKey(
        "Batch", on_delete=models.SET_NULL, null=True, blank=True, related_name="clips"
    )
    name = models.CharField(max_length=255, help_text="At first the file's name; only text.")
    file_name = models.CharField(max_length=255, help_text="The user's file name, only as text.")
    file = models.FileField(upload_to=clip_path)
    container = models.CharField(max_length=10)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the file; finds copies.")
    speaker_consent = models.CharField(max_length=20, choices=SpeakerConsent, blank=True)
    duration_s = models.FloatField(null=True, blank=True, help_text="Unknown until it is decoded.")
    # of the file's header; unknown of clips that came before these were kept
    sample_rate = models.PositiveIntegerField(null=True, blank=True, help_text="In Hz.")
    n_channels = models.PositiveIntegerField(null=True, blank=True)
    codec = models.CharField(max_length=20, blank=True, default="", db_default="")
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error_code = models.CharField(max_length=60, blank=True)
    error_details = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    queued_at = models.DateTimeField(
        default=timezone.now, help_text="Since when it waits, or waited when it was last taken."
    )
    announced_at = models.DateTimeField(help_text="When workers were last told of it.")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(
        null=True, blank=True, help_text="Gone for good after a while."
    )

    # of the newest prediction, correction and settlement, so that history needs no joins
    emotion = models.CharField(max_length=20, blank=True, choices=EMOTION_CHOICES)
    confidence = models.FloatField(null=True, blank=True)
    is_sure = models.BooleanField(null=True, blank=True)
    model_version = models.ForeignKey(
        "ModelVersion",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
    )
    corrected_emotion = models.CharField(max_length=20, blank=True, choices=EMOTION_CHOICES)
    reviewed_emotion = models.CharField(max_length=20, blank=True, choices=EMOTION_CHOICES)

    note = models.TextField(blank=True, max_length=4000)
    tags = models.ManyToManyField(Tag, blank=True, related_name="clips")
    words = models.GeneratedField(
        expression=SearchVector(
            RegexpReplace("name", NO_WORD, Value(" "), Value("g")),
            RegexpReplace("note", NO_WORD, Value(" "), Value("g")),
            config="simple",
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = LivingClips()
    with_deleted = models.Manager["Clip"]()

    class Meta:
        indexes = [
            models.Index("owner", F("created_at").desc(), F("id").desc(), name="clip_history"),
            models.Index("owner", "emotion", F("created_at").desc(), name="clip_by_emotion"),
            models.Index(
                "owner",
                F("confidence").desc(nulls_last=True),
                F("id").desc(),
                name="clip_by_confidence",
            ),
            models.Index(
                "owner",
                F("duration_s").desc(nulls_last=True),
                F("id").desc(),
                name="clip_by_duration",
            ),
            models.Index("owner", Lower("name"), "id", name="clip_by_lower_name"),
            models.Index(
                "owner",
                COUNTED_EMOTION,
                F("created_at").desc(),
                F("id").desc(),
                name="clip_by_counted_emotion",
            ),
            models.Index(
                "owner",
                "state",
                F("created_at").desc(),
                F("id").desc(),
                name="clip_by_state",
            ),
            models.Index(
                "owner",
                F("created_at").desc(),
                F("id").desc(),
                condition=Q(is_sure=False),
                name="clip_not_sure",
            ),
            *SAID_INDEXES,
            models.Index(
                fields=["owner", "created_at"],
                include=[
                    *("emotion", "corrected_emotion", "reviewed_emotion"),
                    *("confidence", "is_sure", "duration_s", "state", "model_version"),
                ],
                condition=Q(deleted_at__isnull=True),
                name="clip_figures",
            ),
            models.Index(fields=["owner", "sha256"], name="clip_by_content"),
            models.Index(
                fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="clip_deleted"
            ),
            GinIndex(fields=["words"], name="clip_words"),
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

    @property
    def counted_emotion(self) -> str:
        """The label that counts: what reviewers settled, else what the owner corrected, else what
        the model heard; empty without a result."""
        return self.reviewed_emotion or self.corrected_emotion or self.emotion

    @property
    def provenance(self) -> str:
        """Whose label that is; empty where there is none."""
        if self.reviewed_emotion:
            return self.Provenance.REVIEWED
        if self.corrected_emotion:
            return self.Provenance.CORRECTED
        return self.Provenance.MODEL if self.emotion else ""


class Correction(models.Model):
    """What a person says is heard in a clip; never edited, the newest one counts."""

    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, related_name="corrections")
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    author_name = models.CharField(max_length=150)
    emotion = models.CharField(max_length=20, choices=EMOTION_CHOICES)
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(emotion__in=list(EMOTION_LABELS)), name="correction_emotion_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.emotion} ({self.author_name})"


def make_token() -> str:
    return secrets.token_urlsafe(24)


class Share(models.Model):
    """A link by which anybody may see one clip for a while."""

    token = models.CharField(max_length=40, unique=True, default=make_token, editable=False)
    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, related_name="shares")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"link to {self.clip} until {self.expires_at:%Y-%m-%d %H:%M}"
