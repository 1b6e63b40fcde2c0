"""How well posteriors match labels.

Labels are indices into `EMOTIONS`; a prediction may be `REFUSED`, which is never right. Recall,
precision and F1 are taken over the emotions that occur among the labels, so that a corpus
without an emotion is not punished for it; answering with an absent emotion is still wrong.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mlcore.labels import EMOTIONS

Labels = npt.NDArray[np.integer]
Floats = npt.NDArray[np.floating]

REFUSED = -1
N_BINS = 15


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

    def to_dict(self) -> dict[str, Any]:
        """Return the scores as plain data for JSON."""
        return asdict(self)


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
    if not len(labels):
        return 0.0
    confidence = posteriors.max(axis=1)
    is_right = posteriors.argmax(axis=1) == labels
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    gap = 0.0
    for number in np.unique(bins):
        inside = bins == number
        gap += inside.mean() * abs(confidence[inside].mean() - is_right[inside].mean())
    return float(gap)


def score(labels: Labels, posteriors: Floats) -> Scores:
    """Compute every score at once.

    Parameters
    ----------
    labels : numpy.ndarray, shape (n_clips,)
    posteriors : numpy.ndarray, shape (n_clips, n_emotions)
        A row of NaN stands for a clip that was refused.

    Raises
    ------
    ValueError
        When there is no clip or the shapes differ.
    """
    if not len(labels) or posteriors.shape != (len(labels), len(EMOTIONS)):
        raise ValueError(f"labels {labels.shape} and posteriors {posteriors.shape} don't match")
    from sklearn.metrics import accuracy_score, f1_score

    answered = np.isfinite(posteriors).all(axis=1)
    predictions = np.full(len(labels), REFUSED)
    predictions[answered] = posteriors[answered].argmax(axis=1)
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
