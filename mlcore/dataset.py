"""Labelled utterances from a manifest: a CSV file beside the recordings that it lists."""

import csv
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mlcore.errors import DatasetError
from mlcore.labels import EMOTIONS

MANIFEST = "manifest.csv"
REQUIRED_COLUMNS = ("path", "speaker", "emotion")
# Emotions that published corpora have and we do not: such rows are left out, others are mistakes.
LEFT_OUT = frozenset({"boredom"})

# What the corpora's owners allow; a bundle carries the licenses of all that it learned from.
CORPUS_LICENSES: dict[str, str] = {
    "ravdess_speech": "CC BY-NC-SA 4.0",
    "ravdess_song": "CC BY-NC-SA 4.0",
    "cremad": "ODbL 1.0 / DbCL 1.0",
    "tess": "CC BY-NC-ND 4.0",
    "savee": "research only, after registration",
    "emodb": "freely available",
    "nemo": "CC BY-NC-SA 4.0",
}


@dataclass(frozen=True)
class Utterance:
    """One labelled recording.

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
    """

    path: str
    corpus: str
    speaker: str
    emotion: str
    fold: int | None = None
    duration_s: float | None = None
    sha256: str = ""

    @property
    def label(self) -> int:
        """Return the index of the emotion in `EMOTIONS`."""
        return EMOTIONS.index(self.emotion)


def read_manifest(folder: Path) -> tuple[Utterance, ...]:
    """Read the utterances of a data folder.

    Parameters
    ----------
    folder : Path
        With a ``manifest.csv``: path, speaker and emotion, and where known corpus, fold,
        duration_s and sha256.

    Returns
    -------
    tuple of Utterance
        Without the emotions that are none of ours.

    Raises
    ------
    DatasetError
        When there is no manifest, a column is missing or a row can't be used.
    """
    path = folder / MANIFEST
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            _check_columns(path, reader.fieldnames or ())
            rows = [_utterance(path, n, row) for n, row in enumerate(reader, start=2)]
    except OSError as error:
        raise DatasetError("dataset:user:missing", {"path": str(path)}) from error
    return tuple(row for row in rows if row is not None)


def _check_columns(path: Path, columns: Iterable[str]) -> None:
    for column in REQUIRED_COLUMNS:
        if column not in columns:
            raise DatasetError("dataset:user:columns", {"path": str(path), "column": column})


def _utterance(manifest: Path, row_number: int, row: dict[str, str]) -> Utterance | None:
    where: dict[str, str | int | float] = {"row": row_number, "path": str(manifest)}
    emotion, name = row["emotion"] or "", row["path"] or ""
    if emotion in LEFT_OUT:
        return None
    if emotion not in EMOTIONS:
        raise DatasetError("dataset:user:emotion", where | {"found": emotion})
    if not name or PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
        raise DatasetError("dataset:user:path", where | {"found": name})
    fold, duration_s = row.get("fold") or "", row.get("duration_s") or ""
    if fold and not fold.isdecimal():
        raise DatasetError("dataset:user:fold", where | {"found": fold})
    return Utterance(
        path=name,
        corpus=row.get("corpus") or manifest.parent.name,
        speaker=row["speaker"] or "",
        emotion=emotion,
        fold=int(fold) if fold else None,
        duration_s=float(duration_s) if duration_s else None,
        sha256=row.get("sha256") or "",
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


def data_hash(utterances: Iterable[Utterance]) -> str:
    """Return one hash over files and labels, equal only for the same training data."""
    lines = sorted(f"{u.path} {u.sha256} {u.speaker} {u.emotion}\n" for u in utterances)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
