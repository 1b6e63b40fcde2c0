"""What every corpus tells: whose clips, under which license, and how its files are named."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from mlcore.errors import DatasetError

# Emotions that published corpora have and we do not; their clips are listed and never trained on.
LEFT_OUT = frozenset({"boredom"})


@dataclass(frozen=True)
class Entry:
    """What a corpus says of one recording, by its file name or its table.

    Parameters
    ----------
    corpus, clip : str
        The clip's name within the corpus, without ending; two files of one name are one clip.
    speaker : str
        With the corpus before it; one person has one name in all corpora.
    emotion : str
        One of ours, or one of `LEFT_OUT`.
    sex, language, intensity, statement : str
        ``f`` or ``m``, a language tag, the corpus's word, what is said; empty when unknown.
    """

    corpus: str
    clip: str
    speaker: str
    emotion: str
    sex: str = ""
    language: str = ""
    intensity: str = ""
    statement: str = ""


Row = dict[str, str]
# From a path below the corpus's folder to what is known of it; None for a foreign file.
Reader = Callable[[PurePosixPath], Entry | None]


def _nothing_known(folder: Path) -> frozenset[str]:
    return frozenset()


@dataclass(frozen=True)
class Corpus:
    """A published corpus.

    Parameters
    ----------
    name, title, language, license, url : str
    open : callable
        From the corpus's folder to its reader; reads the corpus's table where it has one.
    n_clips : int
        As published, defects included.
    n_speakers : int or None
        None where nobody counted them.
    defects : dict of str to str
        Clips that are known to be unusable, and why.
    tables : frozenset of str
        Names of files that belong to the corpus and are no recordings.
    expected : callable
        From the folder to the clips that must be there, where the corpus's rules tell them.
    """

    name: str
    title: str
    language: str
    license: str
    url: str
    open: Callable[[Path], Reader]
    n_clips: int
    n_speakers: int | None
    defects: Mapping[str, str] = field(default_factory=dict)
    tables: frozenset[str] = frozenset()
    expected: Callable[[Path], frozenset[str]] = _nothing_known


def by_name(read: Reader) -> Callable[[Path], Reader]:
    """Return what `Corpus.open` is for a corpus whose file names say everything."""
    return lambda folder: read


def read_table(path: Path, *, delimiter: str = ",", quoted: bool = True) -> list[Row]:
    """Read the table that a corpus brings with it.

    Returns
    -------
    list of dict
        Values without blanks around them.

    Raises
    ------
    DatasetError
        ``dataset:user:not-csv`` when it is no table.
    """
    try:
        # Only transcripts hold anything beyond ASCII, and one wrong letter there costs nothing.
        with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            reader = csv.DictReader(
                file,
                delimiter=delimiter,
                quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
                restval="",
            )
            return [
                {key.strip(): value.strip() for key, value in row.items() if key is not None}
                for row in reader
            ]
    except (OSError, csv.Error) as error:
        raise DatasetError(
            "dataset:user:not-csv", {"path": str(path), "reason": str(error)}
        ) from error
