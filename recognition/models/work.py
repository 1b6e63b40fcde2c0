"""What workers make beside predictions, on demand."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recognition.models.clips import Clip
from recognition.models.results import Prediction


class WorkState(models.TextChoices):
    QUEUED = "queued", _("queued")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class Work(models.Model):
    """Something that a worker makes when somebody asks for it; reaped like clips."""

    State = WorkState

    state = models.CharField(max_length=20, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error_code = models.CharField(max_length=60, blank=True)
    error_details = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    announced_at = models.DateTimeField(help_text="When workers were last told of it.")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    data = models.JSONField(null=True, blank=True, help_text="As mlcore makes it.")

    class Meta:
        abstract = True
        indexes = [
            models.Index(
                fields=["state", "announced_at"],
                condition=Q(state__in=["queued", "running"]),
                name="%(class)s_unfinished",
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
                name="%(class)s_end_is_explained",
            ),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(started_at__isnull=False),
                name="%(class)s_running_has_start",
            ),
        ]


class Explanation(Work):
    """Where in a clip a prediction's emotion was heard."""

    prediction = models.OneToOneField(
        Prediction, on_delete=models.CASCADE, related_name="explanation"
    )

    def __str__(self) -> str:
        return f"explanation of {self.prediction}"


class Portrait(Work):
    """What a clip looks like: waveform peaks, spectrogram, pitch and energy, to be drawn."""

    clip = models.OneToOneField(Clip, on_delete=models.CASCADE, related_name="portrait")

    def __str__(self) -> str:
        return f"portrait of {self.clip}"
