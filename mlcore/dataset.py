"""Labeled utterances from a manifest: a CSV file beside the recordings that it lists."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from mlcore.corpora import CORPORA, LEFT_OUT
from mlcore.corpora.base import Row
from mlcore.corpora.manifest import FIRST_ROW, MANIFEST, check_row, read_rows
from mlcore.errors import DatasetError
from mlcore.labels import EMOTIONS

# What the corpora's owners allow; a bundle carries the licenses of all that it learned from.
CORPUS_LICENSES: dict[str, str] = {name: corpus.license for name, corpus in CORPORA.items()}
USERS = "users"  # the corpus that people's own clips are
USERS_LICENSE = "by consent of the people who uploaded them, which they can withdraw"


def license_of(corpus: str) -> str:
    """Under which its recordings may be used."""
    known = CORPUS_LICENSES | {USERS: USERS_LICENSE}
    return known.get(corpus, "unknown")


@dataclass(frozen=True)
class Utterance:
    """One labeled recording.

    Parameters
    ----------
    path : str
        Relative to the data folder, with slashes.
    corpus, speaker, emotion : str
        The speaker is the group of every split.
    fold : int or None
        Speaker-disjoint part that the manifest puts it into.
    duration_s : float or None
    sha256 : str
        Of the file, as far as the manifest says it.
    sex, language, intensity, statement : str
        As the manifest says them; empty when unknown.
    shares : mapping of str to float
        Share of the opinions by emotion, where several people said what they hear: a network
        learns them instead of the one emotion. Empty: everybody agrees.
    """

    path: str
    corpus: str
    speaker: str
    emotion: str
    fold: int | None = None
    duration_s: float | None = None
    sha256: str = ""
    sex: str = ""
    language: str = ""
    intensity: str = ""
    statement: str = ""
    shares: Mapping[str, float] = field(default_factory=dict, hash=False)

    @property
    def label(self) -> int:
        """Return the index of the emotion in `EMOTIONS`."""
        return EMOTIONS.index(self.emotion)


def read_manifest(folder: Path) -> tuple[Utterance, ...]:
    """Read the utterances of a data folder.

    Parameters
    ----------
    folder : Path
        With a ``manifest.csv`` (or the CSV file itself): path, speaker and emotion, and where
        known corpus, sex, language, intensity, statement, fold, duration_s and sha256.

    Returns
    -------
    tuple of Utterance
        Without the emotions that are none of ours; a row that stands there twice counts once.

    Raises
    ------
    DatasetError
        When there is no manifest, it is no CSV in UTF-8, a column is missing, a row can't be
        used or the same path has two labels.
    """
    path = folder if folder.is_file() else folder / MANIFEST
    found: dict[str, Utterance] = {}
    for number, row in enumerate(read_rows(path), start=FIRST_ROW):
        check_row(path, number, row)
        utterance = _utterance(row, path.parent.name)
        earlier = found.setdefault(utterance.path, utterance)
        if (earlier.speaker, earlier.emotion) != (utterance.speaker, utterance.emotion):
            raise DatasetError(
                "dataset:user:two-labels",
                {"row": number, "path": str(path), "found": utterance.path},
            )
    return tuple(u for u in found.values() if u.emotion not in LEFT_OUT)


def _utterance(row: Row, folder_name: str) -> Utterance:
    return Utterance(
        path=str(PurePosixPath(row["path"])),
        corpus=row["corpus"] or folder_name,
        speaker=row["speaker"],
        emotion=row["emotion"],
        fold=int(row["fold"]) if row["fold"] else None,
        duration_s=float(row["duration_s"]) if row["duration_s"] else None,
        sha256=row["sha256"],
        sex=row["sex"],
        language=row["language"],
        intensity=row["intensity"],
        statement=row["statement"],
    )


def select(
    utterances: Iterable[Utterance],
    *,
    corpora: Iterable[str] = (),
    folds: Iterable[int] = (),
) -> tuple[Utterance, ...]:
    """Keep the utterances of some corpora and folds; none named means all.

    Raises
    ------
    DatasetError
        When nothing is left.
    """
    corpora, folds = frozenset(corpora), frozenset(folds)
    kept = tuple(
        utterance
        for utterance in utterances
        if (not corpora or utterance.corpus in corpora) and (not folds or utterance.fold in folds)
    )
    if not kept:
        names = ", ".join(sorted(corpora)) or "all"
        numbers = ", ".join(str(fold) for fold in sorted(folds)) or "all"
        raise DatasetError("dataset:user:no-rows", {"what": f"corpora {names}, folds {numbers}"})
    return kept


def learned_of(utterances: Iterable[Utterance]) -> list[str]:
    """Return what a model learned of people's own clips: hashes of files, else their paths.

    The same recording may turn up again under another name: it must not judge that model then.
    """
    return sorted({u.sha256 or u.path for u in utterances if u.corpus == USERS})


def data_hash(utterances: Iterable[Utterance]) -> str:
    """Return one hash over files and labels, equal only for the same training data."""
    lines = sorted(
        f"{u.path} {u.sha256} {u.speaker} {u.emotion}{_shares_text(u)}\n" for u in utterances
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _shares_text(utterance: Utterance) -> str:
    return f" {json.dumps(dict(utterance.shares), sort_keys=True)}" if utterance.shares else ""
