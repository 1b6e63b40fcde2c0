"""How well posteriors match labels.

Labels are indices into `EMOTIONS`; a prediction may be `REFUSED`, which is never right. Recall,
precision and F1 are taken over the emotions that occur among the labels, so that a corpus
without an emotion is not punished for it; answering with an absent emotion is still wrong.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mlcore.intervals import NO_INTERVALS, Interval, bootstrap
from mlcore.labels import EMOTIONS

Labels = npt.NDArray[np.integer]
Floats = npt.NDArray[np.floating]

REFUSED = -1
N_BINS = 15
N_COVERAGES = 20


@dataclass(frozen=True)
class EmotionScores:
    """Scores of one emotion, and how many clips had it."""

    precision: float
    recall: float
    f1: float
    n_clips: int


@dataclass(frozen=True)
class Scores:
    """All scores of one set of clips.

    Parameters
    ----------
    uar : float
        Unweighted average recall, the metric that decides.
    accuracy, macro_f1, weighted_f1 : float
    ece : float
        Expected calibration error over the clips that were answered.
    n_clips, n_refused : int
        Refused clips count as wrong everywhere but in the calibration error.
    emotions : dict
        Scores by emotion, those that occur.
    confusion : list of list of int
        Clips by true emotion (rows) and predicted emotion (columns) in the order of `EMOTIONS`;
        the last column counts the refused ones.
    n_speakers : int or None
    uar_interval, accuracy_interval : Interval or None
        By bootstrap over speakers; None when they are too few or not known.
    """

    uar: float
    accuracy: float
    macro_f1: float
    weighted_f1: float
    ece: float
    n_clips: int
    n_refused: int
    emotions: dict[str, EmotionScores]
    confusion: list[list[int]]
    n_speakers: int | None = None
    uar_interval: Interval | None = None
    accuracy_interval: Interval | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the scores as plain data for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class ReliabilityBin:
    """Answers of about the same confidence: how sure they were and how many were right."""

    confidence: float
    accuracy: float
    n_clips: int


@dataclass(frozen=True)
class CoveragePoint:
    """What is gained by leaving out the least certain answers.

    Parameters
    ----------
    coverage : float
        Share of clips that are kept, the most certain ones.
    confidence : float or None
        Of the least certain answer that is kept; None when that clip was refused.
    uar, accuracy : float
        Over the clips that are kept.
    """

    coverage: float
    confidence: float | None
    uar: float
    accuracy: float


def predictions_of(posteriors: Floats) -> Labels:
    """Return the emotion with the largest posterior, `REFUSED` for rows of NaN."""
    predictions = np.full(len(posteriors), REFUSED)
    answered = np.isfinite(posteriors).all(axis=1)
    predictions[answered] = posteriors[answered].argmax(axis=1)
    return predictions


def uar(labels: Labels, predictions: Labels) -> float:
    """Average the recall of the emotions that occur among the labels.

    Parameters
    ----------
    labels, predictions : numpy.ndarray, shape (n_clips,)

    Returns
    -------
    float
        1 for perfect predictions, 1 / n_classes for a constant one.
    """
    from sklearn.metrics import recall_score

    present = np.unique(labels)
    return float(recall_score(labels, predictions, labels=present, average="macro"))


def ece(labels: Labels, posteriors: Floats, *, n_bins: int = N_BINS) -> float:
    """Expected calibration error: how far confidence is from the share of right answers.

    Parameters
    ----------
    labels : numpy.ndarray, shape (n_clips,)
    posteriors : numpy.ndarray, shape (n_clips, n_classes)
    n_bins : int
        Of equal width between 0 and 1.

    Returns
    -------
    float
        Mean over the clips of the gap in their bin; 0 is perfect.

    References
    ----------
    Naeini et al., "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015.
    """
    bins = reliability(labels, posteriors, n_bins=n_bins)
    gaps = (part.n_clips * abs(part.confidence - part.accuracy) for part in bins)
    return sum(gaps) / max(1, sum(part.n_clips for part in bins))


def reliability(
    labels: Labels, posteriors: Floats, *, n_bins: int = N_BINS
) -> tuple[ReliabilityBin, ...]:
    """Compare confidence with the share of right answers, by bins of confidence.

    Parameters
    ----------
    labels : numpy.ndarray, shape (n_clips,)
    posteriors : numpy.ndarray, shape (n_clips, n_classes)
        Rows of NaN are left out.
    n_bins : int
        Of equal width between 0 and 1.

    Returns
    -------
    tuple of ReliabilityBin
        Bins without clips are left out.
    """
    answered = np.isfinite(posteriors).all(axis=1)
    confidence = posteriors[answered].max(axis=1)
    is_right = posteriors[answered].argmax(axis=1) == labels[answered]
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    masks = [bins == number for number in np.unique(bins)]
    return tuple(
        ReliabilityBin(float(confidence[m].mean()), float(is_right[m].mean()), int(m.sum()))
        for m in masks
    )


def coverage_curve(
    labels: Labels, posteriors: Floats, *, n_points: int = N_COVERAGES
) -> tuple[CoveragePoint, ...]:
    """Score the most certain answers alone, for growing shares of the clips.

    Parameters
    ----------
    labels : numpy.ndarray, shape (n_clips,)
    posteriors : numpy.ndarray, shape (n_clips, n_classes)
        Refused clips (NaN) are the least certain ones and wrong.
    n_points : int
        The last one covers everything and has the plain UAR and accuracy.

    References
    ----------
    Geifman and El-Yaniv, "Selective classification for deep neural networks", NeurIPS 2017.
    """
    predictions = predictions_of(posteriors)
    confidence = np.where(predictions == REFUSED, -1.0, np.nan_to_num(posteriors.max(axis=1)))
    order = np.argsort(-confidence, kind="stable")
    points = []
    for share in np.arange(1, n_points + 1) / n_points:
        kept = order[: int(np.ceil(share * len(labels)))]
        least = float(confidence[kept[-1]])
        points.append(
            CoveragePoint(
                coverage=float(share),
                confidence=None if least < 0 else least,
                uar=uar(labels[kept], predictions[kept]),
                accuracy=float(np.mean(labels[kept] == predictions[kept])),
            )
        )
    return tuple(points)


def score(labels: Labels, posteriors: Floats, speakers: Sequence[str] | None = None) -> Scores:
    """Compute every score at once.

    Parameters
    ----------
    labels : numpy.ndarray, shape (n_clips,)
    posteriors : numpy.ndarray, shape (n_clips, n_emotions)
        A row of NaN stands for a clip that was refused.
    speakers : sequence of str, length n_clips, optional
        For the intervals.

    Raises
    ------
    ValueError
        When there is no clip or the shapes differ.
    """
    if not len(labels) or posteriors.shape != (len(labels), len(EMOTIONS)):
        raise ValueError(f"labels {labels.shape} and posteriors {posteriors.shape} don't match")
    from sklearn.metrics import accuracy_score, f1_score

    answered = np.isfinite(posteriors).all(axis=1)
    predictions = predictions_of(posteriors)
    intervals = bootstrap(labels, predictions, speakers) if speakers is not None else NO_INTERVALS
    present = np.unique(labels)
    f1 = {
        average: float(
            f1_score(labels, predictions, labels=present, average=average, zero_division=0.0)
        )
        for average in ("macro", "weighted")
    }
    return Scores(
        uar=uar(labels, predictions),
        accuracy=float(accuracy_score(labels, predictions)),
        macro_f1=f1["macro"],
        weighted_f1=f1["weighted"],
        ece=ece(labels[answered], posteriors[answered]),
        n_clips=len(labels),
        n_refused=int(np.count_nonzero(~answered)),
        emotions=_by_emotion(labels, predictions, present),
        confusion=_confusion(labels, predictions),
        n_speakers=None if speakers is None else len(set(speakers)),
        uar_interval=intervals.uar,
        accuracy_interval=intervals.accuracy,
    )


def _by_emotion(labels: Labels, predictions: Labels, present: Labels) -> dict[str, EmotionScores]:
    from sklearn.metrics import precision_recall_fscore_support

    columns = precision_recall_fscore_support(
        labels, predictions, labels=present, zero_division=0.0
    )
    rows = zip(*columns, strict=True)
    return {
        EMOTIONS[label]: EmotionScores(float(p), float(r), float(f), int(n))
        for label, (p, r, f, n) in zip(present, rows, strict=True)
    }


def _confusion(labels: Labels, predictions: Labels) -> list[list[int]]:
    table = np.zeros((len(EMOTIONS), len(EMOTIONS) + 1), dtype=int)
    np.add.at(table, (labels, predictions), 1)  # REFUSED is -1, the last column
    return [[int(count) for count in row] for row in table]
