"""How far a figure could be off because these speakers were heard and no others.

Clips of one speaker resemble each other, so speakers are drawn with replacement, never clips.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[np.integer]
Floats = npt.NDArray[np.float64]

MIN_SPEAKERS = 5  # fewer say nothing about other people
N_RESAMPLES = 1000
LEVEL = 0.95
SEED = 0


@dataclass(frozen=True)
class Interval:
    """Where 95 % of the resampled figures lie."""

    low: float
    high: float


@dataclass(frozen=True)
class Intervals:
    """Intervals of two figures, None below `MIN_SPEAKERS` speakers."""

    uar: Interval | None
    accuracy: Interval | None


NO_INTERVALS = Intervals(None, None)


@dataclass(frozen=True)
class _Counts:
    """Clips and right answers by row (a speaker within a part) and emotion.

    `speakers` and `parts` number each row's speaker and part.
    """

    clips: Floats
    hits: Floats
    speakers: Labels
    parts: Labels


def bootstrap(
    labels: Labels,
    predictions: Labels,
    speakers: Sequence[str],
    parts: Sequence[str] | None = None,
    *,
    n_resamples: int = N_RESAMPLES,
) -> Intervals:
    """Draw speakers with replacement and see how UAR and accuracy move.

    Parameters
    ----------
    labels, predictions : numpy.ndarray, shape (n_clips,)
    speakers : sequence of str, length n_clips
    parts : sequence of str, length n_clips, optional
        With them the intervals are those of the mean over the parts.
    n_resamples : int

    Returns
    -------
    Intervals
        Percentiles; the same for the same input.

    References
    ----------
    Field and Welsh, "Bootstrapping clustered data", J. R. Statist. Soc. B 69, 2007.
    """
    counts = _count(labels, predictions, speakers, parts or [""] * len(labels))
    weights = _resampled(counts, n_resamples=n_resamples)
    if weights is None:
        return NO_INTERVALS
    by_part = [_figures(counts, weights, counts.parts == n) for n in np.unique(counts.parts)]
    uars, accuracies = np.nanmean(np.array(by_part), axis=0)
    return Intervals(_interval(uars), _interval(accuracies))


def paired_bootstrap(
    labels: Labels, before: Labels, after: Labels, speakers: Sequence[str]
) -> Interval | None:
    """Draw speakers with replacement and see how the difference of two models' UAR moves.

    Both are judged by the same drawn speakers: what is hard for both falls out.

    Parameters
    ----------
    labels, before, after : numpy.ndarray, shape (n_clips,)
        Truth, and what the two models say.
    speakers : sequence of str, length n_clips

    Returns
    -------
    Interval or None
        Of the UAR after minus the UAR before; None below `MIN_SPEAKERS` speakers.
    """
    parts = [""] * len(labels)
    counts = [_count(labels, found, speakers, parts) for found in (before, after)]
    weights = _resampled(counts[0], n_resamples=N_RESAMPLES)
    if weights is None:
        return None
    everything = np.full(len(counts[0].parts), True)
    uars = [_figures(one, weights, everything)[0] for one in counts]
    return _interval(uars[1] - uars[0])


def _resampled(counts: _Counts, *, n_resamples: int) -> Floats | None:
    """Return how often each row was drawn in each resample; None below `MIN_SPEAKERS`."""
    n_speakers = int(counts.speakers.max(initial=-1)) + 1
    if n_speakers < MIN_SPEAKERS:
        return None
    rng = np.random.default_rng(SEED)
    drawn = rng.multinomial(n_speakers, np.full(n_speakers, 1 / n_speakers), size=n_resamples)
    weights: Floats = drawn[:, counts.speakers].astype(np.float64)
    return weights


def _count(
    labels: Labels, predictions: Labels, speakers: Sequence[str], parts: Sequence[str]
) -> _Counts:
    _, speaker = np.unique(np.asarray(speakers, dtype=str), return_inverse=True)
    _, part = np.unique(np.asarray(parts, dtype=str), return_inverse=True)
    rows, row = np.unique(np.stack([speaker, part], axis=1), axis=0, return_inverse=True)
    clips = np.zeros((len(rows), int(labels.max(initial=0)) + 1))
    hits = np.zeros_like(clips)
    row = row.reshape(-1)  # its shape differs between versions of numpy
    np.add.at(clips, (row, labels), 1)
    np.add.at(hits, (row, labels), predictions == labels)
    return _Counts(clips, hits, rows[:, 0], rows[:, 1])


def _figures(counts: _Counts, weights: Floats, rows: npt.NDArray[np.bool_]) -> tuple[Any, Any]:
    """Return UAR and accuracy of every resample; NaN where it drew nobody of these rows."""
    clips, hits = (weights[:, rows] @ table[rows] for table in (counts.clips, counts.hits))
    present = clips > 0
    recalls = np.divide(hits, clips, out=np.zeros_like(hits), where=present)
    with np.errstate(invalid="ignore"):
        uars = recalls.sum(axis=1) / present.sum(axis=1)
        return uars, hits.sum(axis=1) / clips.sum(axis=1)


def _interval(values: Any) -> Interval:
    outside = 50 * (1 - LEVEL)
    low, high = np.nanpercentile(values, [outside, 100 - outside])
    return Interval(float(low), float(high))
