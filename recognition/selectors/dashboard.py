"""Aggregates of one person's clips: PostgreSQL counts, rows never come here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import (
    Avg,
    Count,
    DateField,
    Exists,
    F,
    FloatField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KT
from django.db.models.functions import (
    Cast,
    Coalesce,
    Floor,
    Least,
    Trunc,
)

from mlcore.affect import HALF_RANGE, MIDDLE, RATINGS
from recognition.models import Clip, ModelVersion, Prediction, User
from recognition.models.clips import COUNTED_EMOTION

Unit = Literal["day", "week", "month", "year"]
Rows = list[dict[str, Any]]

N_CONFIDENCE_BINS = 20
N_AFFECT_BINS = 16  # on each axis
N_AFFECT_CLIPS = 5_000  # taking posteriors out of JSON costs 40 microseconds a clip
# The longest span in days that is shown by this unit, so that a chart has at most about 90 bars.
UNITS: dict[int, Unit] = {92: "day", 550: "week", 2800: "month"}


@dataclass(frozen=True)
class Period:
    """Whole days as the person counts them, both ends included; None: without this end."""

    since: date | None
    until: date | None
    zone: tzinfo

    def condition(self) -> Q:
        found = Q()
        if self.since:
            found &= Q(created_at__gte=self._start_of(self.since))
        if self.until:
            found &= Q(created_at__lt=self._start_of(self.until + timedelta(days=1)))
        return found

    def _start_of(self, day: date) -> datetime:
        return datetime.combine(day, time.min, tzinfo=self.zone)


@dataclass(frozen=True)
class Totals:
    n_clips: int
    n_heard: int
    n_failed: int
    seconds: float
    mean_confidence: float | None
    n_sure: int
    n_judged: int  # what the model heard and the person said something of
    n_corrected: int  # of those, something else
    n_last_corrected: int  # the owner's label counts: reviewers settled none
    n_reviewed: int
    n_overruled: int  # of those, something else than what the model heard
    first_at: datetime | None
    last_at: datetime | None


def zone_of(user: User) -> ZoneInfo:
    """A name that was once stored and is unknown now is as good as none."""
    try:
        return ZoneInfo(user.time_zone or "UTC")
    except (ZoneInfoNotFoundError, OSError, ValueError):
        return ZoneInfo("UTC")


def clips_of(user: User, period: Period) -> QuerySet[Clip]:
    return Clip.objects.filter(period.condition(), owner=user)


def unit_for(since: date, until: date) -> Unit:
    days = (until - since).days + 1
    return next((unit for longest, unit in UNITS.items() if days <= longest), "year")


def has_clips(user: User) -> bool:
    return Clip.objects.filter(owner=user).exists()


def totals(user: User, period: Period) -> Totals:
    heard, reviewed = ~Q(emotion=""), ~Q(reviewed_emotion="")
    corrected = ~Q(corrected_emotion="")
    return Totals(
        **clips_of(user, period).aggregate(
            n_clips=Count("owner"),
            n_heard=Count("owner", filter=heard),
            n_failed=Count("owner", filter=Q(state__in=Clip.ERROR_STATES)),
            seconds=Coalesce(Sum("duration_s"), 0.0),
            mean_confidence=Avg("confidence"),
            n_sure=Count("owner", filter=Q(is_sure=True)),
            n_judged=Count("owner", filter=heard & corrected),
            n_corrected=Count(
                "owner", filter=heard & corrected & ~Q(emotion=F("corrected_emotion"))
            ),
            n_last_corrected=Count("owner", filter=corrected & ~reviewed),
            n_reviewed=Count("owner", filter=reviewed),
            n_overruled=Count("owner", filter=reviewed & ~Q(emotion=F("reviewed_emotion"))),
            first_at=Min("created_at"),
            last_at=Max("created_at"),
        )
    )


def counts_over_time(user: User, period: Period, unit: Unit) -> Rows:
    """start, counted (the label that counts, or nothing), n and seconds."""
    return grouped(
        clips_of(user, period).annotate(
            start=Trunc("created_at", unit, tzinfo=period.zone, output_field=DateField()),
            counted=COUNTED_EMOTION,
        ),
        by=("start", "counted"),
        n=Count("owner"),
        seconds=Coalesce(Sum("duration_s"), 0.0),
    )


def confidence_bins(user: User, period: Period) -> Rows:
    """bin (from 0), is_sure and n."""
    place = Least(Floor(F("confidence") * N_CONFIDENCE_BINS), Value(N_CONFIDENCE_BINS - 1.0))
    clips = clips_of(user, period).filter(confidence__isnull=False)
    return grouped(clips.annotate(bin=place), by=("bin", "is_sure"), n=Count("owner"))


def affect_bins(user: User, period: Period) -> Rows:
    """Means of valence and arousal and n of each cell of a grid, by what was heard, for the newest
    clips."""
    heard = clips_of(user, period).exclude(emotion="").order_by("-created_at", "-pk")
    predictions = _newest_predictions(heard[:N_AFFECT_CLIPS]).annotate(
        valence=_affect_mean(0), arousal=_affect_mean(1)
    )
    cells = {
        f"{name}_bin": Floor((F(name) + 1) / 2 * N_AFFECT_BINS) for name in ("valence", "arousal")
    }
    return grouped(
        predictions.annotate(**cells),
        by=("emotion", "valence_bin", "arousal_bin"),
        n=Count("pk"),
        mean_valence=Avg("valence"),
        mean_arousal=Avg("arousal"),
    )


def mixed_up(user: User, period: Period) -> Rows:
    """emotion (heard), counted (the label that counts) and n: of clips that the person corrected or
    confirmed."""
    clips = clips_of(user, period).exclude(emotion="").exclude(corrected_emotion="")
    by = ("emotion", "counted")
    return grouped(clips.annotate(counted=COUNTED_EMOTION), by=by, n=Count("owner"))


def versions_used(user: User, period: Period) -> Rows:
    """model_version_id, name, sha256, n, mean confidence and n_corrected; the most used first."""
    corrected = ~Q(corrected_emotion="") & ~Q(corrected_emotion=F("emotion"))
    rows = grouped(
        clips_of(user, period).filter(model_version__isnull=False),
        by=["model_version_id"],
        n=Count("owner"),
        mean_confidence=Avg("confidence"),
        n_corrected=Count("owner", filter=corrected),
    )
    versions = ModelVersion.objects.only("name", "sha256").in_bulk(
        [row["model_version_id"] for row in rows]
    )
    for row in rows:
        version = versions[row["model_version_id"]]
        row |= {"name": version.name, "sha256": version.sha256}
    return sorted(rows, key=lambda row: (-row["n"], row["model_version_id"]))


def _newest_predictions(clips: QuerySet[Clip]) -> QuerySet[Prediction]:
    newer = Prediction.objects.filter(clip=OuterRef("clip"), pk__gt=OuterRef("pk"))
    return Prediction.objects.filter(~Exists(newer), clip__in=clips.values("pk"))


def _affect_mean(axis: int) -> Combinable:
    """What mlcore.affect computes, in SQL: the mean of the ratings, weighted by the posteriors."""
    total: Combinable = Value(0.0, output_field=FloatField())
    for emotion, ratings in RATINGS.items():
        share = Coalesce(Cast(KT(f"posteriors__{emotion}"), FloatField()), 0.0)
        total = total + share * Value((ratings[axis] - MIDDLE) / HALF_RANGE)
    return total


def grouped(rows: QuerySet[Any], *, by: Iterable[str], **aggregates: Any) -> Rows:
    """In order, but sorted here: the database would sort all rows first to have the groups so."""
    groups = rows.order_by().values(*by).annotate(**aggregates)
    return sorted(groups, key=lambda group: [(group[name] is None, group[name]) for name in by])
