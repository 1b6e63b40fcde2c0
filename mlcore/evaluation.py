"""Judge a model on utterances of people whom it has never heard."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlcore.dataset import Utterance, data_hash
from mlcore.errors import AudioError
from mlcore.labels import EMOTIONS
from mlcore.metrics import Floats, Scores, score
from mlcore.splits import check_unseen, speakers_of

Judge = Callable[[Path], Mapping[str, float]]


@dataclass(frozen=True)
class EvaluationReport:
    """Scores over all utterances and by corpus, and what they were measured on."""

    overall: Scores
    by_corpus: dict[str, Scores]
    speakers: tuple[str, ...]
    data_hash: str
    refusals: dict[str, str]  # path -> error code

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data for JSON."""
        return {
            "overall": self.overall.to_dict(),
            "by_corpus": {name: scores.to_dict() for name, scores in self.by_corpus.items()},
            "speakers": list(self.speakers),
            "data_hash": self.data_hash,
            "refusals": self.refusals,
        }


def evaluate(
    judge: Judge,
    utterances: Sequence[Utterance],
    folder: Path,
    *,
    training_speakers: Iterable[str],
    progress: Callable[[Sequence[Utterance]], Iterable[Utterance]] = iter,
) -> EvaluationReport:
    """Send every utterance through the whole recognition, decoding and speech gate included.

    Parameters
    ----------
    judge : callable
        From a file to posteriors by emotion, or AudioError.
    utterances : sequence of Utterance
    folder : Path
        Where their paths begin.
    training_speakers : iterable of str
        Whom the model was trained on.
    progress : callable, optional
        Wraps the utterances, to show how far it is.

    Raises
    ------
    DatasetError
        ``dataset:user:seen-speakers`` when a speaker was trained on.
    """
    check_unseen(utterances, training_speakers)
    posteriors = np.full((len(utterances), len(EMOTIONS)), np.nan)
    refusals: dict[str, str] = {}
    for row, utterance in enumerate(progress(utterances)):
        try:
            found = judge(folder / utterance.path)
        except AudioError as error:
            refusals[utterance.path] = error.code
        else:
            posteriors[row] = [found[emotion] for emotion in EMOTIONS]
    return report(utterances, posteriors, refusals)


def report(
    utterances: Sequence[Utterance], posteriors: Floats, refusals: Mapping[str, str] | None = None
) -> EvaluationReport:
    """Score posteriors that are already there, over all and by corpus.

    Parameters
    ----------
    utterances : sequence of Utterance
    posteriors : numpy.ndarray, shape (n_clips, n_emotions)
        A row of NaN stands for a refused clip.
    refusals : mapping, optional
        Error code by path.
    """
    labels = np.array([utterance.label for utterance in utterances])
    corpora = np.array([utterance.corpus for utterance in utterances])
    by_corpus = {
        str(corpus): score(labels[corpora == corpus], posteriors[corpora == corpus])
        for corpus in np.unique(corpora)
    }
    return EvaluationReport(
        overall=score(labels, posteriors),
        by_corpus=by_corpus,
        speakers=tuple(sorted(speakers_of(utterances))),
        data_hash=data_hash(utterances),
        refusals=dict(refusals or {}),
    )
