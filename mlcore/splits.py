"""Parts of the data that share no speaker."""

from collections import Counter
from collections.abc import Iterable
from typing import Protocol

from mlcore.errors import DatasetError
from mlcore.hashing import bytes_sha256


class Spoken(Protocol):
    """Whatever has a speaker and a corpus."""

    @property
    def speaker(self) -> str: ...
    @property
    def corpus(self) -> str: ...


def speakers_of(items: Iterable[Spoken]) -> frozenset[str]:
    """Return who is heard."""
    return frozenset(item.speaker for item in items)


def deal_speakers(items: Iterable[Spoken], *, n_parts: int, seed: int) -> dict[str, int]:
    """Deal whole speakers to parts, those of every corpus as evenly as can be.

    Parameters
    ----------
    items : iterable
    n_parts : int
    seed : int
        Decides who goes where.

    Returns
    -------
    dict of str to int
        Part by speaker. A speaker of two corpora is in one part only.

    Raises
    ------
    DatasetError
        When there are fewer speakers than parts.
    """
    by_corpus: dict[str, set[str]] = {}
    for item in items:
        by_corpus.setdefault(item.corpus, set()).add(item.speaker)
    parts: dict[str, int] = {}
    for corpus in sorted(by_corpus):
        speakers = sorted(by_corpus[corpus], key=lambda s: bytes_sha256(f"{seed} {s}".encode()))
        dealt = Counter(parts[speaker] for speaker in speakers if speaker in parts)
        overall = Counter(parts.values())
        for speaker in speakers:
            if speaker not in parts:
                part = min(range(n_parts), key=lambda n: (dealt[n], overall[n], n))
                parts[speaker] = part
                dealt[part] += 1
                overall[part] += 1
    if len(parts) < n_parts or n_parts < 2:
        raise DatasetError(
            "dataset:user:speakers",
            {"what": "training", "limit": max(2, n_parts), "found": len(parts)},
        )
    return parts


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
