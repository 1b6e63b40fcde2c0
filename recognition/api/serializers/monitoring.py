"""How the site does, as data: what the monitoring page of the staff draws."""

from datetime import UTC
from typing import Any

from rest_framework import serializers

from recognition.api.serializers.base import StrictSerializer
from recognition.models import ModelVersion, TrainingRun
from recognition.presentation.checks import Check, Level, check_corrected
from recognition.presentation.monitoring import DEFAULT_HOURS, WINDOWS
from recognition.selectors.drift import Drift, Movement
from recognition.selectors.monitoring import Outcomes, Queue, Training, VersionUse


class HoursSerializer(StrictSerializer):
    hours = serializers.ChoiceField(
        choices=list(WINDOWS),
        default=DEFAULT_HOURS,
        help_text="Figures are about the clips that were handed in during the last so many hours.",
    )


class VersionNameSerializer(serializers.ModelSerializer[ModelVersion]):
    class Meta:
        model = ModelVersion
        fields = ["id", "name", "sha256", "status"]
        read_only_fields = fields


class CheckSerializer(serializers.Serializer[Check]):
    """One figure and whether it is in order."""

    slug = serializers.CharField()
    level = serializers.ChoiceField(choices=[level.value for level in Level])
    name = serializers.CharField()
    value = serializers.CharField()
    words = serializers.CharField(help_text="What it means, and from where on it is not in order.")


class AlarmSerializer(serializers.Serializer[ModelVersion]):
    """A version in use whose files can't be opened."""

    version = VersionNameSerializer(source="*")
    code = serializers.CharField(source="alarm_code")
    since = serializers.DateTimeField(source="alarm_at")


class WaitingSerializer(serializers.Serializer[Queue]):
    n_waiting = serializers.IntegerField()
    n_running = serializers.IntegerField()
    oldest_s = serializers.FloatField(help_text="For how long what waits longest does.")


class OtherWorkSerializer(WaitingSerializer):
    name = serializers.CharField()


class OutcomesSerializer(serializers.Serializer[Outcomes]):
    n_clips = serializers.IntegerField()
    n_done = serializers.IntegerField()
    n_failed = serializers.IntegerField()
    n_no_speech = serializers.IntegerField(help_text="Of those that failed.")
    n_not_sure = serializers.IntegerField(help_text="Of those that are done.")
    duration_s = serializers.FloatField(allow_null=True, source="seconds", help_text="The mean.")
    wait_s = serializers.FloatField(allow_null=True, help_text="The median, in the queue.")
    slow_wait_s = serializers.FloatField(allow_null=True, help_text="95 of 100 wait less.")
    work_s = serializers.FloatField(allow_null=True, help_text="The median of recognition.")
    slow_work_s = serializers.FloatField(allow_null=True, help_text="95 of 100 take less.")


class ThroughputSerializer(serializers.Serializer[dict[str, Any]]):
    """An hour or a day, on the clock of who asks."""

    start = serializers.DateTimeField(format="iso-8601", default_timezone=UTC)
    n_clips = serializers.IntegerField()
    n_done = serializers.IntegerField()
    n_failed = serializers.IntegerField()


class FailuresSerializer(serializers.Serializer[dict[str, Any]]):
    code = serializers.CharField(source="error_code")
    n_clips = serializers.IntegerField(source="n")


class VersionUseSerializer(serializers.Serializer[VersionUse]):
    """What people said of what one version heard; a review goes before the owner's word."""

    id = serializers.IntegerField(source="version_id")
    name = serializers.CharField()
    sha256 = serializers.CharField()
    status = serializers.ChoiceField(choices=ModelVersion.Status.choices)
    n_clips = serializers.IntegerField()
    n_judged = serializers.IntegerField()
    n_wrong = serializers.IntegerField()
    mean_confidence = serializers.FloatField(allow_null=True)
    level = serializers.SerializerMethodField()

    def get_level(self, use: VersionUse) -> str:
        return check_corrected(use).level.value


class MovementSerializer(serializers.Serializer[Movement]):
    """Clips in the same bins, where the version was tried and now."""

    expected = serializers.ListField(child=serializers.IntegerField())
    observed = serializers.ListField(child=serializers.IntegerField())
    psi = serializers.FloatField(allow_null=True, help_text="Null: too few clips to tell.")
    by_chance = serializers.FloatField(
        allow_null=True, help_text="What chance alone reaches in so few clips."
    )


class DriftSerializer(serializers.Serializer[Drift]):
    """How far what the serving version says moved away from what it said where it was tried."""

    version = VersionNameSerializer()
    is_measured = serializers.BooleanField(
        help_text="Against its stored figures; else against the first clips that it judged."
    )
    emotions = MovementSerializer(help_text="By emotion, in the order of `emotion_names`.")
    confidence = MovementSerializer(help_text="In bins of the same width from 0 to 1.")


class TrainingRunSerializer(serializers.ModelSerializer[TrainingRun]):
    class Meta:
        model = TrainingRun
        fields = ["id", "state", "trigger", "created_at", "finished_at", "error_code"]
        read_only_fields = fields


class TrainingSerializer(serializers.Serializer[Training]):
    """Of the last training that made a model, and what people have said since."""

    last_done = TrainingRunSerializer(allow_null=True)
    last_failed = TrainingRunSerializer(
        allow_null=True, help_text="Only if none ended well since then."
    )
    running = TrainingRunSerializer(allow_null=True)
    n_corrections = serializers.IntegerField(help_text="Clips that were corrected since.")
    n_settled = serializers.IntegerField(help_text="Clips that review settled since.")


class MonitoringSerializer(serializers.Serializer[dict[str, Any]]):
    hours = serializers.ChoiceField(choices=list(WINDOWS))
    as_of = serializers.DateTimeField()
    alarms = AlarmSerializer(many=True)
    checks = CheckSerializer(many=True, help_text="What is not in order first.")
    queue = WaitingSerializer(help_text="Clips that wait now, whenever they were handed in.")
    outcomes = OutcomesSerializer()
    throughput = ThroughputSerializer(many=True)
    failures = FailuresSerializer(many=True, help_text="The most frequent first.")
    emotion_names = serializers.ListField(child=serializers.CharField())
    drift = DriftSerializer(allow_null=True, help_text="Null where no model serves.")
    serving_since = serializers.DateTimeField(allow_null=True)
    versions = VersionUseSerializer(many=True)
    training = TrainingSerializer()
    other_work = OtherWorkSerializer(many=True)
