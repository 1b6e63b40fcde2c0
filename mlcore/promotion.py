"""Decide whether a challenger is better than the champion, on clips that neither learned from."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mlcore.dataset import Utterance
from mlcore.inference import Recognizer
from mlcore.intervals import MIN_SPEAKERS, paired_bootstrap
from mlcore.judging import judge_all
from mlcore.labels import EMOTIONS
from mlcore.metrics import Floats, Labels, Scores, predictions_of, score
from mlcore.splits import check_unseen

Outcome = Literal["better", "not-better", "cannot-tell"]

GROUP_KINDS = ("sex", "language")
N_TIMED = 30  # clips by which the latency is measured, each for itself


@dataclass(frozen=True)
class Limits:
    """What a challenger has to keep to.

    Parameters
    ----------
    min_clips : int
        Of each emotion that one of the models can answer, and of a group that is looked at.
    min_speakers : int
    max_recall_loss, max_group_loss : float
        By how much an emotion's recall and a group's UAR may fall.
    max_ece_rise : float
        By how much the calibration error may rise.
    max_slowdown : float
        The challenger's latency as a multiple of the champion's.
    """

    min_clips: int = 30
    min_speakers: int = MIN_SPEAKERS
    max_recall_loss: float = 0.05
    max_group_loss: float = 0.05
    max_ece_rise: float = 0.02
    max_slowdown: float = 1.5


@dataclass(frozen=True)
class Judged:
    """What one model said of the gold set.

    Parameters
    ----------
    posteriors : numpy.ndarray, shape (n_clips, 8)
        In the order of `EMOTIONS`; rows of NaN were refused.
    labels : numpy.ndarray, shape (n_clips,), int
        Indices into `EMOTIONS`.
    speakers : sequence of str, length n_clips
    groups : mapping
        By kind ("sex", "language") the group of each clip, empty where unknown.
    latency_ms : float
        Median time for one clip.
    """

    posteriors: Floats
    labels: Labels
    speakers: Sequence[str]
    groups: Mapping[str, Sequence[str]]
    latency_ms: float

    @property
    def emotions(self) -> tuple[str, ...]:
        """Return what the model ever gives a chance; it never learned of the others."""
        known = np.nan_to_num(self.posteriors).max(axis=0, initial=0.0) > 0.0
        return tuple(np.array(EMOTIONS)[known].tolist())


@dataclass(frozen=True)
class Reason:
    """One thing that was looked at, whether it speaks for the challenger, and its figures."""

    code: str
    is_good: bool
    details: dict[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What came out, why, and both models' scores."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    figures: dict[str, Any]

    @property
    def is_good(self) -> bool:
        """Return whether the challenger may serve."""
        return self.outcome == "better"

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as plain data for JSON."""
        return asdict(self)


def judge_both(
    champion: Recognizer, challenger: Recognizer, utterances: Sequence[Utterance], data: Path
) -> tuple[Judged, Judged]:
    """Let two models judge the gold set through the whole recognition, and time them in turn.

    Parameters
    ----------
    champion, challenger : Recognizer
    utterances : sequence of Utterance
    data : Path
        Where their paths begin.

    Raises
    ------
    DatasetError
        When one of the models has heard one of the speakers in training.
    """
    models = (champion, challenger)
    for model in models:
        check_unseen(utterances, model.bundle.training_speakers)
    times = _latencies_ms(models, utterances[:N_TIMED], data)
    before, after = (
        _judged(model, utterances, data, latency_ms=time_ms)
        for model, time_ms in zip(models, times, strict=True)
    )
    return before, after


def _judged(
    recognizer: Recognizer, utterances: Sequence[Utterance], data: Path, *, latency_ms: float
) -> Judged:
    found = judge_all(recognizer.recognize_many, utterances, data)
    return Judged(
        posteriors=found.posteriors,
        labels=np.array([utterance.label for utterance in utterances], dtype=np.int64),
        speakers=[utterance.speaker for utterance in utterances],
        groups={kind: [getattr(u, kind) for u in utterances] for kind in GROUP_KINDS},
        latency_ms=latency_ms,
    )


def _latencies_ms(
    models: Sequence[Recognizer], utterances: Sequence[Utterance], data: Path
) -> list[float]:
    """Clip by clip in turn: what else the machine does at that moment slows down all."""
    times = np.zeros((len(models), max(1, len(utterances))))
    for column, utterance in enumerate(utterances):
        for row, model in enumerate(models):
            started = time.perf_counter()
            judge_all(model.recognize_many, [utterance], data)
            times[row, column] = (time.perf_counter() - started) * 1000
    return [float(found) for found in np.median(times, axis=1)]


def beats(champion: Judged, challenger: Judged, limits: Limits | None = None) -> Verdict:
    """Compare two models on the same clips.

    Parameters
    ----------
    champion, challenger : Judged
        Of the same clips in the same order.
    limits : Limits, optional

    Returns
    -------
    Verdict
        "cannot-tell" with too few clips or speakers; "better" when the UAR rises by more than
        chance explains and nothing else falls by more than the limits allow.

    Raises
    ------
    ValueError
        When they judged different clips.

    References
    ----------
    Berg-Kirkpatrick et al., "An empirical investigation of statistical significance in NLP",
    EMNLP 2012, for the paired bootstrap; drawn by speaker, see `intervals`.
    """
    limits = limits or Limits()
    same = np.array_equal(champion.labels, challenger.labels)
    if not same or list(champion.speakers) != list(challenger.speakers):
        raise ValueError("champion and challenger judged different clips")
    lacks = _too_little(champion, challenger, limits)
    if lacks:
        return Verdict("cannot-tell", tuple(lacks), _sizes(champion))
    before, after = _scores(champion), _scores(challenger)
    reasons = [
        _uar_reason(champion, challenger, before, after),
        *_recall_reasons(before, after, limits),
        *_group_reasons(champion, challenger, limits),
        _ece_reason(before, after, limits),
        _latency_reason(champion, challenger, limits),
    ]
    outcome: Outcome = "better" if all(reason.is_good for reason in reasons) else "not-better"
    figures = {"champion": before.to_dict(), "challenger": after.to_dict()}
    return Verdict(outcome, tuple(reasons), _sizes(champion) | figures)


def _sizes(gold: Judged) -> dict[str, Any]:
    return {"n_clips": len(gold.labels), "n_speakers": len(set(gold.speakers))}


def _too_little(champion: Judged, challenger: Judged, limits: Limits) -> list[Reason]:
    """An emotion without clips could get lost unseen, so each that can be answered needs some."""
    found = []
    n_speakers = len(set(champion.speakers))
    if n_speakers < limits.min_speakers:
        details = {"found": n_speakers, "limit": limits.min_speakers}
        found.append(Reason("too-few-speakers", False, details))
    for emotion in EMOTIONS:
        n_clips = int((champion.labels == EMOTIONS.index(emotion)).sum())
        is_needed = emotion in champion.emotions or emotion in challenger.emotions
        if is_needed and n_clips < limits.min_clips:
            sizes = {"found": n_clips, "limit": limits.min_clips}
            found.append(Reason("too-few-clips", False, {"emotion": emotion, **sizes}))
    return found


def _scores(gold: Judged, rows: Any = slice(None)) -> Scores:
    return score(gold.labels[rows], gold.posteriors[rows])


def _uar_reason(champion: Judged, challenger: Judged, before: Scores, after: Scores) -> Reason:
    """Good only if the difference stays above 0 whichever speakers are drawn."""
    interval = paired_bootstrap(
        champion.labels,
        predictions_of(champion.posteriors),
        predictions_of(challenger.posteriors),
        champion.speakers,
    )
    low, high = (interval.low, interval.high) if interval else (-1.0, 1.0)
    details = {"before": before.uar, "after": after.uar, "low": low, "high": high}
    return Reason("uar", low > 0.0, details)


def _recall_reasons(before: Scores, after: Scores, limits: Limits) -> list[Reason]:
    found = []
    for emotion, old in before.emotions.items():
        new = after.emotions[emotion].recall
        details = {
            "emotion": emotion,
            "before": old.recall,
            "after": new,
            "limit": limits.max_recall_loss,
        }
        found.append(Reason("recall", old.recall - new <= limits.max_recall_loss, details))
    return found


def _group_reasons(champion: Judged, challenger: Judged, limits: Limits) -> list[Reason]:
    found = []
    for kind, groups in champion.groups.items():
        of_clip = np.asarray(groups)
        for group in sorted(set(groups) - {""}):
            rows = of_clip == group
            if rows.sum() < limits.min_clips:
                continue
            old, new = _scores(champion, rows).uar, _scores(challenger, rows).uar
            details = {
                "kind": kind,
                "group": group,
                "before": old,
                "after": new,
                "limit": limits.max_group_loss,
            }
            found.append(Reason("group", old - new <= limits.max_group_loss, details))
    return found


def _ece_reason(before: Scores, after: Scores, limits: Limits) -> Reason:
    details = {"before": before.ece, "after": after.ece, "limit": limits.max_ece_rise}
    return Reason("calibration", after.ece - before.ece <= limits.max_ece_rise, details)


def _latency_reason(champion: Judged, challenger: Judged, limits: Limits) -> Reason:
    before, after = champion.latency_ms, challenger.latency_ms
    details = {"before": before, "after": after, "limit": limits.max_slowdown}
    return Reason("latency", after <= before * limits.max_slowdown, details)
