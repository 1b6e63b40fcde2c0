"""From a check of recordings to rows of a manifest, one corpus after the other."""

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from mlcore.corpora.base import Row
from mlcore.corpora.checking import CorpusCheck, Recording
from mlcore.corpora.manifest import folds_in, read_rows, write_rows
from mlcore.errors import DatasetError
from mlcore.splits import deal_folds


def write_manifest(
    check: CorpusCheck, output: Path, folds_from: Path | None = None
) -> tuple[Row, ...]:
    """Write the usable recordings into a manifest, beside those of other corpora.

    Parameters
    ----------
    check : CorpusCheck
    output : Path
        Where it exists, rows of this corpus are replaced and all others stay as they are.
    folds_from : Path, optional
        A manifest whose speakers keep their folds.

    Returns
    -------
    tuple of dict
        The rows that were written for this corpus.

    Raises
    ------
    DatasetError
        When no recording is usable, when they don't lie below the manifest's folder, or when a
        manifest can't be read or written. The old manifest is then as it was.
    """
    require_usable(check)
    below = _below(check.folder, output)
    corpora = {recording.entry.corpus for recording in check.recordings}
    before = read_rows(output) if output.exists() else []
    for row in before:
        row["corpus"] = row["corpus"] or output.resolve().parent.name
    paths = {str(below / recording.name) for recording in check.recordings}
    stay = [row for row in before if row["corpus"] not in corpora and row["path"] not in paths]
    # Rows that stay as they are decide; the same person must not be in two folds.
    named = read_rows(folds_from) if folds_from else []
    kept = folds_in(before) | check.folds | folds_in(named) | folds_in(stay)
    folds = deal_folds((r.entry for r in check.recordings), kept=kept)
    rows = tuple(_row(recording, below, folds) for recording in check.recordings)
    write_rows(output, sorted((*stay, *rows), key=lambda row: row["path"]))
    return rows


def require_usable(check: CorpusCheck) -> None:
    """Refuse a corpus of which nothing is left.

    Raises
    ------
    DatasetError
        ``dataset:user:nothing-usable``.
    """
    if not check.recordings:
        raise DatasetError(
            "dataset:user:nothing-usable",
            {"corpus": check.name, "path": str(check.folder), "found": check.n_files},
        )


def _below(folder: Path, output: Path) -> PurePosixPath:
    """Return the folder as the manifest's paths begin."""
    # Links are not followed: a corpus may be linked into the data folder.
    inner, outer = Path(os.path.abspath(folder)), Path(os.path.abspath(output)).parent  # noqa: PTH100
    if not inner.is_relative_to(outer):
        raise DatasetError("dataset:user:outside", {"path": str(folder), "folder": str(outer)})
    return PurePosixPath(inner.relative_to(outer).as_posix())


def _row(recording: Recording, below: PurePosixPath, folds: dict[str, int]) -> Row:
    entry = recording.entry
    return {
        "path": str(below / recording.name),
        "corpus": entry.corpus,
        "speaker": entry.speaker,
        "sex": entry.sex,
        "language": entry.language,
        "emotion": entry.emotion,
        "intensity": entry.intensity,
        "statement": entry.statement,
        "duration_s": f"{recording.duration_s:.3f}",
        "fold": str(folds[entry.speaker]),
        "sha256": recording.sha256,
    }


def folds_of(rows: Iterable[Row]) -> dict[int, set[str]]:
    """Return who is in which fold."""
    folds: dict[int, set[str]] = {}
    for row in rows:
        folds.setdefault(int(row["fold"]), set()).add(row["speaker"])
    return dict(sorted(folds.items()))
