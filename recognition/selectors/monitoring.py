"""How the whole site does, for its staff: PostgreSQL counts, no clip of anybody is shown.

What is counted by time is counted over the clips that were handed in since then: they have an
index, and shares of them add up. So a clip of last month that was tried again today is not in it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db.models import (
    Aggregate,
    Avg,
    Count,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    FloatField,
    Min,
    Q,
    QuerySet,
)
from django.db.models.functions import Coalesce, Extract, Trunc
from django.utils import timezone

from recognition.models import (
    Agreement,
    Clip,
    Correction,
    Explanation,
    ModelVersion,
    Portrait,
    Prediction,
    ReviewCase,
    Settlement,
    TrainingRun,
    Work,
)
from recognition.models.clips import said_by_people
from recognition.selectors.dashboard import Rows, grouped

Unit = Literal["hour", "day"]

NO_SPEECH = "audio:user:no-speech"
# a site where nothing is settled yet; who asks for a training in person is told
NOTHING_TO_DO = Q(trigger=TrainingRun.Trigger.SCHEDULE, error_code="retrain:user:no-examples")
WORKS: tuple[type[Work], ...] = (Explanation, Portrait, Agreement, TrainingRun)


class Percentile(Aggregate):
    """Of numbers; PostgreSQL interpolates."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True)
class Queue:
    """What waits now, whenever it was handed in."""

    n_waiting: int
    n_running: int
    oldest_s: float  # for how long the clip that waits longest does; 0 without one


@dataclass(frozen=True)
class Outcomes:
    """Of the clips handed in since a moment."""

    n_clips: int
    n_done: int
    n_failed: int
    n_no_speech: int  # of the failed ones
    n_not_sure: int  # of those that are done
    seconds: float | None
    wait_s: float | None  # median from handed in to taken
    slow_wait_s: float | None  # 95 of 100 wait less
    work_s: float | None
    slow_work_s: float | None

    @property
    def n_ended(self) -> int:
        return self.n_done + self.n_failed


@dataclass(frozen=True)
class VersionUse:
    """What people said of what one version heard; a review goes before the owner's word."""

    version_id: int
    name: str
    sha256: str
    status: str
    n_clips: int
    n_judged: int
    n_wrong: int
    mean_confidence: float | None


@dataclass(frozen=True)
class Training:
    """When a model last came of a training, and what people have said since."""

    last_done: TrainingRun | None
    last_failed: TrainingRun | None  # only if none ended well since, with a model or without
    running: TrainingRun | None
    n_corrections: int
    n_settled: int


def handed_in(since: datetime) -> QuerySet[Clip]:
    return Clip.objects.filter(created_at__gte=since)


def queue() -> Queue:
    found = Clip.objects.filter(state__in=["queued", "running"]).aggregate(
        n_waiting=Count("pk", filter=Q(state="queued")),
        n_running=Count("pk", filter=Q(state="running")),
        oldest=Min("queued_at", filter=Q(state="queued")),
    )
    return Queue(found["n_waiting"], found["n_running"], _age_s(found["oldest"]))


def other_work() -> Rows:
    """name, n_waiting, n_running and oldest_s of what workers make beside results."""
    rows = []
    for kind in WORKS:
        found = kind._default_manager.filter(state__in=["queued", "running"]).aggregate(
            n_waiting=Count("pk", filter=Q(state="queued")),
            n_running=Count("pk", filter=Q(state="running")),
            oldest=Min("created_at", filter=Q(state="queued")),
        )
        oldest = found.pop("oldest")
        rows.append({"name": kind._meta.model_name, **found, "oldest_s": _age_s(oldest)})
    return rows


def outcomes(since: datetime) -> Outcomes:
    wait, work = _seconds("queued_at", "started_at"), _seconds("started_at", "finished_at")
    clips = handed_in(since).annotate(wait=wait, work=work)
    return Outcomes(
        **clips.aggregate(
            n_clips=Count("pk"),
            n_done=Count("pk", filter=Q(state=Clip.State.DONE)),
            n_failed=Count("pk", filter=Q(state__in=Clip.ERROR_STATES)),
            n_no_speech=Count("pk", filter=Q(error_code=NO_SPEECH)),
            n_not_sure=Count("pk", filter=Q(state=Clip.State.DONE, is_sure=False)),
            seconds=Avg("duration_s"),
            wait_s=Percentile("wait", share=0.5),
            slow_wait_s=Percentile("wait", share=0.95),
            work_s=Percentile("work", share=0.5),
            slow_work_s=Percentile("work", share=0.95),
        )
    )


def throughput(since: datetime, unit: Unit) -> Rows:
    """start, n_clips, n_done and n_failed, by when they were handed in."""
    start = Trunc("created_at", unit, output_field=DateTimeField())
    return grouped(
        handed_in(since).annotate(start=start),
        by=("start",),
        n_clips=Count("pk"),
        n_done=Count("pk", filter=Q(state=Clip.State.DONE)),
        n_failed=Count("pk", filter=Q(state__in=Clip.ERROR_STATES)),
    )


def failures(since: datetime) -> Rows:
    """error_code and n, the most frequent first."""
    failed = handed_in(since).filter(state__in=Clip.ERROR_STATES)
    rows = grouped(failed, by=("error_code",), n=Count("pk"))
    return sorted(rows, key=lambda row: (-row["n"], row["error_code"]))


def version_uses(since: datetime) -> list[VersionUse]:
    """The newest version first."""
    said = Q(truth__isnull=False)
    rows = grouped(
        Prediction.objects.filter(
            clip__created_at__gte=since, clip__deleted_at__isnull=True
        ).annotate(truth=Coalesce(*said_by_people("clip__"))),
        by=("model_version_id",),
        n_clips=Count("pk"),
        n_judged=Count("pk", filter=said),
        n_wrong=Count("pk", filter=said & ~Q(truth=F("emotion"))),
        mean_confidence=Avg("confidence"),
    )
    used = {row.pop("model_version_id"): row for row in rows}
    versions = ModelVersion.objects.filter(pk__in=used).only("name", "sha256", "status")
    return [
        VersionUse(it.pk, it.name, it.sha256, it.status, **used[it.pk])
        for it in versions.order_by("-created_at", "-pk")
    ]


def training() -> Training:
    """What was corrected or settled since the last one that made a model, whether it can teach
    or not."""
    runs = TrainingRun.objects.defer("data").order_by("-created_at", "-pk")
    done = runs.filter(state=TrainingRun.State.DONE, challenger__isnull=False).first()
    since = done.created_at if done else None
    later = Q(created_at__gt=since) if since else Q()
    ended_well = runs.filter(state=TrainingRun.State.DONE).first()
    newer = Q(created_at__gt=ended_well.created_at) if ended_well else Q()
    return Training(
        last_done=done,
        last_failed=runs.filter(newer, state=TrainingRun.State.FAILED)
        .exclude(NOTHING_TO_DO)
        .first(),
        running=runs.filter(state=TrainingRun.State.RUNNING).first(),
        n_corrections=Correction.objects.filter(later).values("clip").distinct().count(),
        n_settled=Settlement.objects.filter(later, emotion__gt="")
        .values("clip")
        .distinct()
        .count(),
    )


def n_in_conflict() -> int:
    return ReviewCase.objects.filter(state=ReviewCase.State.CONFLICT).count()


def alarms() -> QuerySet[ModelVersion]:
    """Versions in use whose bundle could not be opened; nobody opens the others again."""
    serves = Q(status=ModelVersion.Status.CHAMPION)
    listens = Q(status=ModelVersion.Status.CHALLENGER, shadow_share__gt=0)
    used = ModelVersion.objects.filter(serves | listens, removed_at=None)
    return used.exclude(alarm_code="").defer("scores").order_by("-alarm_at", "-pk")


def hours_ago(hours: int) -> datetime:
    return timezone.now() - timedelta(hours=hours)


def _age_s(moment: datetime | None) -> float:
    return max(0.0, (timezone.now() - moment).total_seconds()) if moment else 0.0


def _seconds(start: str, end: str) -> Extract:
    took = ExpressionWrapper(F(end) - F(start), output_field=DurationField())
    return Extract(took, "epoch", output_field=FloatField())
