"""What the serving model says now, beside what it said where it was measured.

The training distribution of a version are its own answers to the clips that it was measured on,
spoken by people whom it had not heard in training: its stored scores hold them, by emotion (the
columns of the confusion matrix) and by confidence (the bins of the reliability diagram). What it
says of its training clips themselves would be surer than anything it ever meets. Of a version
without such scores the first clips that it judged stand in for them.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Value
from django.db.models.functions import Floor, Least

from mlcore.drift import psi, psi_by_chance
from mlcore.labels import EMOTIONS
from recognition.models import ModelVersion, Prediction
from recognition.selectors.dashboard import grouped
from recognition.selectors.models import MAIN_SETS

N_BINS = 15  # as the reliability diagram has them
N_FIRST = 500  # clips that stand in where nothing was measured
FEWEST_CLIPS = 50  # below, nothing is said


@dataclass(frozen=True)
class Distribution:
    """Clips by emotion, in the order of EMOTIONS, and by confidence, from 0 to 1."""

    by_emotion: list[int]
    by_confidence: list[int]

    @property
    def n_clips(self) -> int:
        return sum(self.by_emotion)


@dataclass(frozen=True)
class Movement:
    """Expected and observed clips in the same bins; without an index where they are too few."""

    expected: list[int]
    observed: list[int]

    @property
    def is_known(self) -> bool:
        return sum(self.expected) >= FEWEST_CLIPS and sum(self.observed) >= FEWEST_CLIPS

    @property
    def psi(self) -> float | None:
        return psi(self.expected, self.observed) if self.is_known else None

    @property
    def by_chance(self) -> float | None:
        return psi_by_chance(self.expected, self.observed) if self.is_known else None


@dataclass(frozen=True)
class Drift:
    version: ModelVersion
    is_measured: bool  # against its scores; else against the first clips that it judged
    emotions: Movement
    confidence: Movement


def drift_of(version: ModelVersion, since: datetime) -> Drift:
    """Of clips handed in since then; of those, the ones that stand in don't count."""
    measured = distribution_in(version.scores)
    expected, after = measured, 0
    if expected is None:
        expected, after = _first(version)
    observed = _since(version, since, after=after)
    return Drift(
        version,
        is_measured=measured is not None,
        emotions=Movement(expected.by_emotion, observed.by_emotion),
        confidence=Movement(expected.by_confidence, observed.by_confidence),
    )


def distribution_in(scores: dict[str, Any]) -> Distribution | None:
    """Of the first set that has enough clips; None where a version has no such figures."""
    found = (_measured(scores[name]) for name in MAIN_SETS if name in scores)
    return next((it for it in found if it is not None and it.n_clips >= FEWEST_CLIPS), None)


def _measured(scores: dict[str, Any]) -> Distribution | None:
    confusion, bins = scores.get("overall", {}).get("confusion"), scores.get("reliability")
    if not confusion or not bins:
        return None
    counts: Counter[int] = Counter()
    for part in bins:
        counts[_bin(part["confidence"])] += part["n_clips"]
    by_emotion = [sum(row[place] for row in confusion) for place in range(len(EMOTIONS))]
    return Distribution(by_emotion, [counts[place] for place in range(N_BINS)])


def _bin(confidence: float) -> int:
    return min(int(confidence * N_BINS), N_BINS - 1)


def _first(version: ModelVersion) -> tuple[Distribution, int]:
    """And the key of the last of them."""
    first = list(version.predictions.order_by("pk")[:N_FIRST].values("pk", "emotion", "confidence"))
    emotions = Counter(row["emotion"] for row in first)
    bins = Counter(_bin(row["confidence"]) for row in first)
    return _distribution(emotions, bins), first[-1]["pk"] if first else 0


def _since(version: ModelVersion, since: datetime, *, after: int) -> Distribution:
    judged = Prediction.objects.filter(
        model_version=version,
        clip__created_at__gte=since,
        clip__deleted_at__isnull=True,
        pk__gt=after,
    )
    place = Least(Floor(F("confidence") * N_BINS), Value(N_BINS - 1.0))
    rows = grouped(judged.annotate(bin=place), by=("emotion", "bin"), n=Count("pk"))
    emotions: Counter[str] = Counter()
    bins: Counter[int] = Counter()
    for row in rows:
        emotions[row["emotion"]] += row["n"]
        bins[int(row["bin"])] += row["n"]
    return _distribution(emotions, bins)


def _distribution(emotions: Counter[str], bins: Counter[int]) -> Distribution:
    return Distribution([emotions[e] for e in EMOTIONS], [bins[place] for place in range(N_BINS)])
