"""How models come about: trainings, promotions, and what challengers say in the shadow."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recognition.emotions import EMOTION_LABELS
from recognition.models.clips import Clip
from recognition.models.people import User
from recognition.models.results import Answer, ModelVersion
from recognition.models.work import Work


class TrainingRun(Work):
    """One training that somebody or the schedule asked for; `data` is its report."""

    class Trigger(models.TextChoices):
        COMMAND = "command", _("command line")
        ADMIN = "admin", _("administration")
        SCHEDULE = "schedule", _("schedule")

    trigger = models.CharField(max_length=20, choices=Trigger)
    requested_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    options = models.JSONField(default=dict, blank=True)
    progress = models.JSONField(default=dict, blank=True, help_text="stage, done, total.")
    data_hash = models.CharField(max_length=64, blank=True, help_text="Of all its examples.")
    seed = models.PositiveIntegerField(default=1)
    code_version = models.CharField(max_length=64, blank=True)
    parent = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    challenger = models.OneToOneField(
        ModelVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="training_run"
    )

    class Meta(Work.Meta):
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"training {self.pk} ({self.get_state_display()})"


class Promotion(models.Model):
    """A version began to serve; append-only, so that a rollback knows what served before."""

    class Kind(models.TextChoices):
        SHIPPED = "shipped", _("came with the program")
        PROMOTED = "promoted", _("promoted")
        ROLLED_BACK = "rolled-back", _("rolled back")

    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="promotions")
    previous = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(max_length=20, choices=Kind)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=150)
    forced_reason = models.TextField(blank=True, help_text="Why it serves without a good verdict.")
    verdict = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.version} {self.get_kind_display()}"


class ShadowPrediction(Answer):
    """What a challenger would have said of a live clip; shown to nobody but staff."""

    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, related_name="shadow_predictions")
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.CASCADE, related_name="shadow_predictions"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["clip", "model_version"], name="one_shadow_prediction_a_version"
            ),
            models.CheckConstraint(
                condition=Q(emotion__in=list(EMOTION_LABELS)), name="shadow_emotion_known"
            ),
        ]
