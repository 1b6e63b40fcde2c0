"""Let a model judge utterances, all of them or an even choice, and keep what it said."""

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from mlcore.dataset import Utterance
from mlcore.errors import AudioError
from mlcore.labels import EMOTIONS
from mlcore.metrics import REFUSED, Floats, predictions_of


class Answer(Protocol):
    """What a recognizer says of a clip."""

    @property
    def posteriors(self) -> Mapping[str, float]: ...


# `recognize_many` of a recognizer or an ensemble.
Judge = Callable[[Iterable[Path]], Iterable[Answer | AudioError]]
Bar = Callable[[Sequence[Utterance]], Iterable[Utterance]]


@dataclass(frozen=True)
class Judged:
    """What a model said of utterances: rows of posteriors (NaN: refused), error codes by path."""

    posteriors: Floats
    refusals: dict[str, str]


def judge_all(
    judge: Judge, utterances: Sequence[Utterance], folder: Path, progress: Bar = iter
) -> Judged:
    """Send every utterance through the whole recognition, decoding and speech gate included.

    Parameters
    ----------
    judge : callable
        From files to an answer for each, in their order.
    utterances : sequence of Utterance
    folder : Path
        Where their paths begin.
    progress : callable, optional
        Wraps the utterances, to show how far it is.
    """
    posteriors = np.full((len(utterances), len(EMOTIONS)), np.nan)
    refusals: dict[str, str] = {}
    answers = judge(folder / utterance.path for utterance in utterances)
    for row, (utterance, found) in enumerate(zip(progress(utterances), answers, strict=True)):
        if isinstance(found, AudioError):
            refusals[utterance.path] = found.code
        else:
            posteriors[row] = [found.posteriors[emotion] for emotion in EMOTIONS]
    return Judged(posteriors, refusals)


def sample(
    utterances: Sequence[Utterance], *, n_per_corpus: int, seed: int = 0
) -> tuple[Utterance, ...]:
    """Choose some clips of every corpus, evenly over emotions and speakers.

    Parameters
    ----------
    utterances : sequence of Utterance
    n_per_corpus : int
        At most so many of each corpus.
    seed : int

    Returns
    -------
    tuple of Utterance
        In their old order; which ones does not depend on it.
    """
    drawn = sorted(
        utterances, key=lambda u: hashlib.sha256(f"{seed} {u.corpus} {u.path}".encode()).digest()
    )
    # A clip's rank: the how-manieth of its speaker and emotion, then of its emotion. The lowest
    # ranks take each emotion in turn, and each speaker once before anybody comes again.
    seen: Counter[tuple[str, ...]] = Counter()
    by_speaker = sorted(drawn, key=lambda u: _count_up(seen, u.corpus, u.emotion, u.speaker))
    by_emotion = sorted(by_speaker, key=lambda u: _count_up(seen, u.corpus, u.emotion))
    chosen = {u.path for u in by_emotion if _count_up(seen, u.corpus) <= n_per_corpus}
    return tuple(utterance for utterance in utterances if utterance.path in chosen)


def _count_up(seen: Counter[tuple[str, ...]], *key: str) -> int:
    seen[key] += 1
    return seen[key]


def write_posteriors(path: Path, utterances: Sequence[Utterance], judged: Judged) -> None:
    """Write a CSV row for every clip: what it is, what was found, all posteriors or the error.

    Raises
    ------
    OSError
        When the file can't be written.
    """
    found = [EMOTIONS[n] if n != REFUSED else "" for n in predictions_of(judged.posteriors)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "corpus", "speaker", "emotion", "found", *EMOTIONS, "error"])
        for u, winner, row in zip(utterances, found, judged.posteriors, strict=True):
            figures = [f"{value:.6f}" if winner else "" for value in row]
            error = judged.refusals.get(u.path, "")
            writer.writerow([u.path, u.corpus, u.speaker, u.emotion, winner, *figures, error])
