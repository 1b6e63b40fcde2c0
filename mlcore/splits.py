"""Parts of the data that share no speaker."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from mlcore.errors import DatasetError
from mlcore.hashing import bytes_sha256


class Spoken(Protocol):
    """Whatever has a speaker and a corpus."""

    @property
    def speaker(self) -> str: ...
    @property
    def corpus(self) -> str: ...


T = TypeVar("T", bound=Spoken)


def speakers_of(items: Iterable[Spoken]) -> frozenset[str]:
    """Return who is heard."""
    return frozenset(item.speaker for item in items)


def split_speakers(
    items: Sequence[T], *, share: float, seed: int
) -> tuple[tuple[T, ...], tuple[T, ...]]:
    """Set whole speakers of every corpus aside.

    Parameters
    ----------
    items : sequence
        What to split, each with a speaker and a corpus.
    share : float
        Of a corpus' speakers that go into the second part, rounded; a corpus with fewer than
        two speakers stays in the first part.
    seed : int
        Decides which ones.

    Returns
    -------
    tuple, tuple
        The large and the small part. A speaker of two corpora is in one part only.

    Raises
    ------
    DatasetError
        When a part would have no speaker.
    """
    aside: set[str] = set()
    for corpus in sorted({item.corpus for item in items}):
        speakers = sorted(speakers_of(item for item in items if item.corpus == corpus))
        wanted = max(1, round(share * len(speakers))) if len(speakers) > 1 else 0
        missing = wanted - len(aside.intersection(speakers))
        free = [speaker for speaker in speakers if speaker not in aside]
        free.sort(key=lambda speaker: bytes_sha256(f"{seed} {speaker}".encode()))
        aside.update(free[: max(0, missing)])
    large = tuple(item for item in items if item.speaker not in aside)
    small = tuple(item for item in items if item.speaker in aside)
    if not large or not small:
        found = len(speakers_of(items))
        raise DatasetError(
            "dataset:user:speakers", {"what": "validation", "limit": 2, "found": found}
        )
    return large, small


def check_unseen(items: Iterable[Spoken], training_speakers: Iterable[str]) -> None:
    """Refuse to judge a model on people whom it was trained on.

    Raises
    ------
    DatasetError
        ``dataset:user:seen-speakers``, naming them.
    """
    seen = sorted(speakers_of(items).intersection(training_speakers))
    if seen:
        raise DatasetError(
            "dataset:user:seen-speakers", {"count": len(seen), "speakers": ", ".join(seen)}
        )
