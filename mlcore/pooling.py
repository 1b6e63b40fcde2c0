"""One answer for a long clip from those for its segments, and what the way was chosen by."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlcore import audio
from mlcore.audio import SAMPLE_RATE, Waveform
from mlcore.dataset import Utterance
from mlcore.errors import AudioError
from mlcore.judging import Bar
from mlcore.labels import EMOTIONS
from mlcore.metrics import Floats, score

Pooling = Callable[[Floats], Floats]
JudgeSegments = Callable[[Waveform], Floats]

PAUSE_S = 0.5  # between clips that are joined


def mean(posteriors: Floats) -> Floats:
    """Return the mean of all segments: posteriors (n_segments, n_emotions) to (n_emotions,)."""
    return np.asarray(posteriors.mean(axis=0))


def geometric_mean(posteriors: Floats) -> Floats:
    """Multiply the segments' posteriors, as if they were independent; a zero excludes."""
    product = np.exp(np.log(np.maximum(posteriors, 1e-12)).mean(axis=0))
    return np.asarray(product / product.sum())


def confident_mean(posteriors: Floats) -> Floats:
    """Weigh each segment by its largest posterior."""
    return np.asarray(np.average(posteriors, axis=0, weights=posteriors.max(axis=1)))


def surest(posteriors: Floats) -> Floats:
    """Take the segment with the largest posterior for the whole."""
    return np.asarray(posteriors[posteriors.max(axis=1).argmax()])


def vote(posteriors: Floats) -> Floats:
    """Return the share of segments that each emotion won."""
    counts = np.bincount(posteriors.argmax(axis=1), minlength=posteriors.shape[1])
    return np.asarray(counts / len(posteriors))


POOLINGS: dict[str, Pooling] = {
    "mean": mean,
    "geometric_mean": geometric_mean,
    "confident_mean": confident_mean,
    "surest": surest,
    "vote": vote,
}
pool = mean  # what serves: see docs/experiments.md


@dataclass(frozen=True)
class PoolingScores:
    """How well long clips were judged with one way of pooling."""

    name: str
    n_clips: int
    uar: float
    accuracy: float
    ece: float

    def to_dict(self) -> dict[str, Any]:
        """Return the scores as plain data for JSON."""
        return {k: round(v, 6) if isinstance(v, float) else v for k, v in asdict(self).items()}


def compare(
    judge: JudgeSegments,
    utterances: Sequence[Utterance],
    folder: Path,
    *,
    n_joined: int,
    progress: Bar = iter,
) -> tuple[PoolingScores, ...]:
    """Join clips in which one speaker acts one emotion, and judge the long ones every way.

    Parameters
    ----------
    judge : callable
        From a waveform at 16 kHz to posteriors (n_segments, n_emotions), or AudioError.
    utterances : sequence of Utterance
        Of speakers who were not trained on.
    folder : Path
        Where their paths begin.
    n_joined : int
        Clips in a long one; what is left over of a speaker's emotion is not used.
    progress : callable, optional
        Wraps the first utterances of the long clips.

    Returns
    -------
    tuple of PoolingScores
        In the order of `POOLINGS`.
    """
    groups = {group[0].path: group for group in _groups(utterances, n_joined)}
    pooled: dict[str, list[Floats]] = {name: [] for name in POOLINGS}
    for first in progress([group[0] for group in groups.values()]):
        segments = _judged(judge, groups[first.path], folder)
        for name, way in POOLINGS.items():
            pooled[name].append(segments[0] if np.isnan(segments[0, 0]) else way(segments))
    labels = np.array([group[0].label for group in groups.values()])
    found = {name: score(labels, np.array(rows)) for name, rows in pooled.items()}
    return tuple(
        PoolingScores(name, len(labels), s.uar, s.accuracy, s.ece) for name, s in found.items()
    )


def _groups(utterances: Iterable[Utterance], n_joined: int) -> list[list[Utterance]]:
    alike: dict[tuple[str, str, str], list[Utterance]] = defaultdict(list)
    for utterance in utterances:
        alike[utterance.corpus, utterance.speaker, utterance.emotion].append(utterance)
    return [
        some[start : start + n_joined]
        for some in alike.values()
        for start in range(0, len(some) - n_joined + 1, n_joined)
    ]


def _judged(judge: JudgeSegments, group: Sequence[Utterance], folder: Path) -> Floats:
    pause = np.zeros(round(PAUSE_S * SAMPLE_RATE), np.float32)
    parts: list[Waveform] = []
    for utterance in group:
        parts += [audio.load(folder / utterance.path), pause]
    try:
        return judge(np.concatenate(parts))
    except AudioError:
        return np.full((1, len(EMOTIONS)), np.nan)
