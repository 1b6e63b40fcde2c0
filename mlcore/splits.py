"""Parts of the data that share no speaker, and the one loose split that does."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from mlcore.errors import DatasetError
from mlcore.hashing import bytes_sha256

N_FOLDS = 5
MIN_SPEAKERS = 2  # who learns from one person alone learns that person
# What every corpus has, so that one can be left out and judged by the others.
SHARED_EMOTIONS = ("neutral", "happy", "sad", "angry", "fearful")


class Spoken(Protocol):
    """Whatever has a speaker and a corpus."""

    @property
    def speaker(self) -> str: ...
    @property
    def corpus(self) -> str: ...


class Voiced(Spoken, Protocol):
    """Whatever has a speaker whose sex may be known."""

    @property
    def sex(self) -> str: ...


class Labeled(Spoken, Protocol):
    """A labeled file with its place in the folds."""

    @property
    def path(self) -> str: ...
    @property
    def emotion(self) -> str: ...
    @property
    def fold(self) -> int | None: ...


Item = TypeVar("Item", bound=Labeled)


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


def deal_folds(
    items: Iterable[Voiced], *, n_folds: int = N_FOLDS, kept: Mapping[str, int] | None = None
) -> dict[str, int]:
    """Deal whole speakers to folds, within each corpus the sexes as evenly as can be.

    Nothing is left to chance: the same speakers always get the same folds.

    Parameters
    ----------
    items : iterable
    n_folds : int
    kept : mapping of str to int, optional
        Speakers who have a fold already and stay there.

    Returns
    -------
    dict of str to int
        Fold by speaker. A speaker of two corpora is in one fold only.
    """
    sexes: dict[str, dict[str, str]] = {}
    for item in items:
        sexes.setdefault(item.corpus, {})[item.speaker] = item.sex
    known = kept or {}
    folds: dict[str, int] = {}
    for corpus in sorted(sexes):
        same_sex: Counter[tuple[str, int]] = Counter()
        same_corpus: Counter[int] = Counter()
        # Those who have a fold come first, so that the others can be dealt around them.
        dealt = known.keys() | folds.keys()
        people = sorted((name not in dealt, sex, name) for name, sex in sexes[corpus].items())
        for _, sex, speaker in people:
            fold = folds.get(speaker, known.get(speaker, -1))
            if fold < 0:
                fold = min(range(n_folds), key=lambda n: (same_sex[sex, n], same_corpus[n], n))
            folds[speaker] = fold
            same_sex[sex, fold] += 1
            same_corpus[fold] += 1
    return folds


def fold_split(
    items: Sequence[Item], test_fold: int
) -> tuple[tuple[Item, ...], tuple[Item, ...], tuple[Item, ...]]:
    """Split by the manifest's folds: one to judge, the next one to stop by, the rest to learn.

    Parameters
    ----------
    items : sequence
        Each with a fold.
    test_fold : int

    Returns
    -------
    train, validation, test : tuple
        No speaker is in two of them.

    Raises
    ------
    DatasetError
        When an item has no fold, there are fewer than three folds, the wanted one is none of
        them, or a speaker is in two folds.
    """
    folds = sorted({item.fold for item in items if item.fold is not None})
    n_without = sum(item.fold is None for item in items)
    if n_without or len(folds) < 3 or test_fold not in folds:
        found = ", ".join(map(str, folds)) or "none"
        raise DatasetError(
            "dataset:user:folds", {"fold": test_fold, "found": found, "count": n_without}
        )
    next_fold = folds[(folds.index(test_fold) + 1) % len(folds)]
    train = tuple(item for item in items if item.fold not in (test_fold, next_fold))
    validation = tuple(item for item in items if item.fold == next_fold)
    test = tuple(item for item in items if item.fold == test_fold)
    check_disjoint(train, validation, test)
    return train, validation, test


def leave_one_corpus_out(
    items: Sequence[Item], corpus: str
) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Split into one corpus to judge and the others, on the five emotions that all have.

    Parameters
    ----------
    items : sequence
    corpus : str
        The one that is left out. A corpus that shares a speaker with it is left out of training
        as a whole: whoever speaks in RAVDESS also sings in it.

    Returns
    -------
    train, test : tuple

    Raises
    ------
    DatasetError
        ``dataset:user:no-rows`` when one of them is empty.
    """
    shared = [item for item in items if item.emotion in SHARED_EMOTIONS]
    heard = speakers_of(item for item in items if item.corpus == corpus)
    related = {item.corpus for item in items if item.speaker in heard} | {corpus}
    train = tuple(item for item in shared if item.corpus not in related)
    test = tuple(item for item in shared if item.corpus == corpus)
    for part, what in ((train, f"training without {corpus}"), (test, f"the corpus {corpus}")):
        if not part:
            raise DatasetError("dataset:user:no-rows", {"what": what})
    return train, test


def random_split(
    items: Sequence[Item], *, test_share: float = 0.2, seed: int = 1
) -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """Split by clip, the emotions alike in both parts: the loose protocol.

    The same people are in both parts, so a score on it says nothing about people who were never
    heard; it is here only to stand beside figures that others obtained this way.

    Parameters
    ----------
    items : sequence
    test_share : float
        Between 0 and 1.
    seed : int

    Returns
    -------
    train, test : tuple
        In the order of the items.

    Raises
    ------
    DatasetError
        ``dataset:user:no-rows`` when one of them would be empty.
    """
    by_emotion: dict[str, list[str]] = {}
    for item in items:
        by_emotion.setdefault(item.emotion, []).append(item.path)
    chosen: set[str] = set()
    for paths in by_emotion.values():
        paths.sort(key=lambda path: bytes_sha256(f"{seed} {path}".encode()))
        chosen.update(paths[: round(test_share * len(paths))])
    train = tuple(item for item in items if item.path not in chosen)
    test = tuple(item for item in items if item.path in chosen)
    if not train or not test:
        raise DatasetError("dataset:user:no-rows", {"what": f"a split of {len(items)} clips"})
    return train, test


def check_enough(training: Sequence[Spoken], validation: Sequence[Spoken] = ()) -> None:
    """Refuse to train on nothing, or on and with a single person.

    Raises
    ------
    DatasetError
        ``dataset:user:no-rows`` or ``dataset:user:speakers``.
    """
    if not training:
        raise DatasetError("dataset:user:no-rows", {"what": "training"})
    found = len(speakers_of((*training, *validation)))
    if found < MIN_SPEAKERS:
        raise DatasetError(
            "dataset:user:speakers", {"what": "training", "limit": MIN_SPEAKERS, "found": found}
        )


def check_disjoint(*parts: Iterable[Spoken]) -> None:
    """Refuse parts that share a speaker.

    Raises
    ------
    DatasetError
        ``dataset:user:shared-speakers``, naming them.
    """
    counts = Counter(speaker for part in parts for speaker in speakers_of(part))
    shared = sorted(speaker for speaker, n_parts in counts.items() if n_parts > 1)
    if shared:
        raise DatasetError(
            "dataset:user:shared-speakers", {"count": len(shared), "speakers": ", ".join(shared)}
        )


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
