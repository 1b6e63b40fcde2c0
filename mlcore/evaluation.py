"""Judge a model on utterances of people whom it has never heard."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlcore.dataset import Utterance, data_hash
from mlcore.intervals import Interval, bootstrap
from mlcore.judging import Bar, Judge, judge_all
from mlcore.labels import EMOTIONS
from mlcore.metrics import (
    CoveragePoint,
    Floats,
    ReliabilityBin,
    Scores,
    coverage_curve,
    predictions_of,
    reliability,
    score,
)
from mlcore.protocols import SPEAKER_INDEPENDENT, Protocol
from mlcore.splits import check_unseen, speakers_of

UNKNOWN = "unknown"
N_DECIMALS = 6  # of a report's figures in JSON
# What people differ in; a group without any known value is left out of the report.
GROUPS: dict[str, Callable[[Utterance], str]] = {
    "sex": lambda utterance: utterance.sex or UNKNOWN,
    "language": lambda utterance: utterance.language or UNKNOWN,
    "intensity": lambda utterance: utterance.intensity or UNKNOWN,
    "duration": lambda utterance: duration_bin(utterance.duration_s),
    "speaker": lambda utterance: utterance.speaker,
}


@dataclass(frozen=True)
class GroupScores:
    """The main scores of some of the clips; the intervals are None for fewer than five speakers."""

    n_clips: int
    n_speakers: int
    n_refused: int
    uar: float
    accuracy: float
    macro_f1: float
    ece: float
    uar_interval: Interval | None
    accuracy_interval: Interval | None


@dataclass(frozen=True)
class FoldScores:
    """Mean and spread over the parts that were left out of training in turn.

    Parameters
    ----------
    uar_mean, accuracy_mean, macro_f1_mean : float
    uar_std, accuracy_std, macro_f1_std : float
        Standard deviation between the parts.
    uar_interval, accuracy_interval : Interval or None
        Of the means, by bootstrap over speakers.
    parts : dict of str to GroupScores
    """

    uar_mean: float
    uar_std: float
    accuracy_mean: float
    accuracy_std: float
    macro_f1_mean: float
    macro_f1_std: float
    uar_interval: Interval | None
    accuracy_interval: Interval | None
    parts: dict[str, GroupScores]


@dataclass(frozen=True)
class EvaluationReport:
    """Scores over all utterances and by group, and what they were measured on.

    Parameters
    ----------
    overall : Scores
    by_corpus : dict of str to Scores
    speakers : tuple of str
    data_hash : str
    refusals : dict of str to str
        Error code by path.
    protocol : Protocol
        How these clips were kept out of training.
    folds : FoldScores or None
        None when fewer than two parts were judged.
    folds_by_corpus : dict of str to FoldScores
        The same for each corpus with two folds or more.
    by_group : dict
        By kind of group (see `GROUPS`) and group.
    reliability : tuple of ReliabilityBin
    coverage : tuple of CoveragePoint
    """

    overall: Scores
    by_corpus: dict[str, Scores]
    speakers: tuple[str, ...]
    data_hash: str
    refusals: dict[str, str]
    protocol: Protocol
    folds: FoldScores | None
    folds_by_corpus: dict[str, FoldScores]
    by_group: dict[str, dict[str, GroupScores]]
    reliability: tuple[ReliabilityBin, ...]
    coverage: tuple[CoveragePoint, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data for JSON, its figures rounded."""
        content = asdict(self) | {"protocol": self.protocol.to_dict()}
        rounded: dict[str, Any] = _rounded(content)
        return rounded


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return round(value, N_DECIMALS) if isinstance(value, float) else value


def duration_bin(duration_s: float | None) -> str:
    """Name the group of a clip's duration."""
    if duration_s is None:
        return UNKNOWN
    return "0-2 s" if duration_s < 2 else "2-4 s" if duration_s <= 4 else "> 4 s"


def evaluate(
    judge: Judge,
    utterances: Sequence[Utterance],
    folder: Path,
    *,
    training_speakers: Iterable[str],
    progress: Bar = iter,
) -> EvaluationReport:
    """Judge utterances of unseen people and score the answers.

    Parameters
    ----------
    judge, utterances, folder, progress
        See `judge_all`.
    training_speakers : iterable of str
        Whom the model was trained on.

    Raises
    ------
    DatasetError
        ``dataset:user:seen-speakers`` when a speaker was trained on.
    """
    check_unseen(utterances, training_speakers)
    judged = judge_all(judge, utterances, folder, progress)
    return report(utterances, judged.posteriors, judged.refusals)


def report(
    utterances: Sequence[Utterance],
    posteriors: Floats,
    refusals: Mapping[str, str] | None = None,
    *,
    protocol: Protocol = SPEAKER_INDEPENDENT,
) -> EvaluationReport:
    """Score posteriors that are already there, over all, by corpus and by group.

    Parameters
    ----------
    utterances : sequence of Utterance
    posteriors : numpy.ndarray, shape (n_clips, n_emotions)
        A row of NaN stands for a refused clip.
    refusals : mapping, optional
        Error code by path.
    protocol : Protocol
        How these clips were kept out of training.

    Raises
    ------
    ValueError
        When there is no utterance or the shapes differ.
    """
    labels = np.array([utterance.label for utterance in utterances])
    overall = score(labels, posteriors, [utterance.speaker for utterance in utterances])
    groups = {
        kind: _by_group(utterances, posteriors, [name_of(u) for u in utterances])
        for kind, name_of in GROUPS.items()
    }
    return EvaluationReport(
        overall=overall,
        by_corpus=_by_corpus(utterances, posteriors),
        speakers=tuple(sorted(speakers_of(utterances))),
        data_hash=data_hash(utterances),
        refusals=dict(refusals or {}),
        protocol=protocol,
        folds=_folds(utterances, posteriors, protocol),
        folds_by_corpus=_folds_by_corpus(utterances, posteriors, protocol),
        by_group={kind: found for kind, found in groups.items() if set(found) != {UNKNOWN}},
        reliability=reliability(labels, posteriors),
        coverage=coverage_curve(labels, posteriors),
    )


def _scores(utterances: Sequence[Utterance], posteriors: Floats) -> Scores:
    labels = np.array([utterance.label for utterance in utterances])
    return score(labels, posteriors, [utterance.speaker for utterance in utterances])


def _rows_by(names: Iterable[str]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        rows.setdefault(name, []).append(row)
    return dict(sorted(rows.items()))


def _by_corpus(utterances: Sequence[Utterance], posteriors: Floats) -> dict[str, Scores]:
    rows_by_corpus = _rows_by(utterance.corpus for utterance in utterances)
    return {
        corpus: _scores([utterances[row] for row in rows], posteriors[rows])
        for corpus, rows in rows_by_corpus.items()
    }


def _by_group(
    utterances: Sequence[Utterance], posteriors: Floats, names: Sequence[str]
) -> dict[str, GroupScores]:
    return {
        name: _group([utterances[row] for row in rows], posteriors[rows])
        for name, rows in _rows_by(names).items()
    }


def _group(utterances: Sequence[Utterance], posteriors: Floats) -> GroupScores:
    found = _scores(utterances, posteriors)
    return GroupScores(
        n_clips=found.n_clips,
        n_speakers=found.n_speakers or 0,
        n_refused=found.n_refused,
        uar=found.uar,
        accuracy=found.accuracy,
        macro_f1=found.macro_f1,
        ece=found.ece,
        uar_interval=found.uar_interval,
        accuracy_interval=found.accuracy_interval,
    )


def _folds(
    utterances: Sequence[Utterance], posteriors: Floats, protocol: Protocol
) -> FoldScores | None:
    """Take the mean over what was left out in turn; None when that is not known or one part."""
    if protocol.parts == "none":
        return None
    names = [u.corpus if protocol.parts == "corpus" else str(u.fold) for u in utterances]
    if len(set(names)) < 2 or "None" in names:
        return None
    parts = _by_group(utterances, posteriors, names)
    table = np.array([(s.uar, s.accuracy, s.macro_f1) for s in parts.values()])
    means, spreads = table.mean(axis=0), table.std(axis=0, ddof=1)
    intervals = bootstrap(
        np.array([utterance.label for utterance in utterances]),
        predictions_of(posteriors),
        [utterance.speaker for utterance in utterances],
        names,
    )
    uar, accuracy, macro_f1 = zip(means.tolist(), spreads.tolist(), strict=True)
    return FoldScores(*uar, *accuracy, *macro_f1, intervals.uar, intervals.accuracy, parts)


def _folds_by_corpus(
    utterances: Sequence[Utterance], posteriors: Floats, protocol: Protocol
) -> dict[str, FoldScores]:
    found = {
        corpus: _folds([utterances[row] for row in rows], posteriors[rows], protocol)
        for corpus, rows in _rows_by(utterance.corpus for utterance in utterances).items()
    }
    return {corpus: folds for corpus, folds in found.items() if folds}


def restrict(
    utterances: Sequence[Utterance], posteriors: Floats, emotions: Iterable[str]
) -> tuple[tuple[Utterance, ...], Floats]:
    """Judge some emotions only: others can neither be asked for nor answered.

    Parameters
    ----------
    utterances : sequence of Utterance
    posteriors : numpy.ndarray, shape (n_clips, n_emotions)
    emotions : iterable of str

    Returns
    -------
    tuple of Utterance, numpy.ndarray
        Utterances of these emotions, and their posteriors, zero for other emotions and summing
        to 1. A row that has nothing for these emotions becomes one of NaN, as refused.
    """
    allowed = frozenset(emotions)
    rows = [row for row, utterance in enumerate(utterances) if utterance.emotion in allowed]
    kept = posteriors[rows] * np.array([emotion in allowed for emotion in EMOTIONS])
    sums = kept.sum(axis=1, keepdims=True)
    shares = np.divide(kept, sums, out=np.full_like(kept, np.nan), where=sums > 0)
    return tuple(utterances[row] for row in rows), shares
