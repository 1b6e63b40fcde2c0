"""A manifest, the CSV file beside the recordings that it lists: read, check row by row, write."""

import contextlib
import csv
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

from mlcore.corpora.base import LEFT_OUT, Row
from mlcore.errors import DatasetError, Detail
from mlcore.labels import EMOTIONS

MANIFEST = "manifest.csv"
REQUIRED_COLUMNS = ("path", "speaker", "emotion")
COLUMNS = (
    *("path", "corpus", "speaker", "sex", "language", "emotion", "intensity", "statement"),
    *("duration_s", "fold", "sha256"),
)
FIRST_ROW = 2  # as a spreadsheet counts, below the names of the columns


def read_rows(path: Path) -> list[Row]:
    """Read a manifest's rows; what is in them is not judged here.

    Parameters
    ----------
    path : Path
        Of the CSV file, in UTF-8.

    Returns
    -------
    list of dict
        Names and values without blanks around them; every row has all of `COLUMNS`.

    Raises
    ------
    DatasetError
        When there is no such file, it is no CSV or lacks a column.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, restval="")
            reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
            _check_columns(path, reader.fieldnames)
            blank = dict.fromkeys(COLUMNS, "")
            return [
                blank | {key: value.strip() for key, value in row.items() if key is not None}
                for row in reader
            ]
    except OSError as error:
        raise DatasetError("dataset:user:missing", {"path": str(path)}) from error
    except (UnicodeDecodeError, csv.Error) as error:
        reason = "it is not in UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        details: dict[str, Detail] = {"path": str(path), "reason": reason}
        raise DatasetError("dataset:user:not-csv", details) from error


def _check_columns(path: Path, columns: Iterable[str]) -> None:
    for column in REQUIRED_COLUMNS:
        if column not in columns:
            raise DatasetError("dataset:user:columns", {"path": str(path), "column": column})


def check_row(manifest: Path, number: int, row: Row) -> None:
    """Refuse a row that can't be used.

    Raises
    ------
    DatasetError
        With the number of the row, the manifest and what was found.
    """
    if row["emotion"] not in EMOTIONS and row["emotion"] not in LEFT_OUT:
        what = "emotion"
    elif not _is_inside(row["path"]):
        what = "path"
    elif not row["speaker"]:
        what = "speaker"
    elif row["fold"] and not row["fold"].isdecimal():
        what = "fold"
    elif row["duration_s"] and not _is_duration(row["duration_s"]):
        what = "duration_s"
    else:
        return
    code = f"dataset:user:{'duration' if what == 'duration_s' else what}"
    raise DatasetError(code, {"row": number, "path": str(manifest), "found": row[what]})


def _is_inside(name: str) -> bool:
    """Tell whether a path stays below the folder on every system."""
    forms = PurePosixPath(name), PureWindowsPath(name)
    if "\0" in name or any(form.anchor or ".." in form.parts for form in forms):
        return False
    return bool(forms[0].parts)


def _is_duration(text: str) -> bool:
    try:
        return 0 < float(text) < math.inf
    except ValueError:
        return False


def folds_in(rows: Iterable[Row]) -> dict[str, int]:
    """Return the fold of every speaker who has one."""
    return {row["speaker"]: int(row["fold"]) for row in rows if row["fold"].isdecimal()}


def write_rows(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """Write a manifest as a whole or not at all.

    Raises
    ------
    DatasetError
        ``dataset:user:unwritable``.
    """
    columns = list(dict.fromkeys((*COLUMNS, *(key for row in rows for key in row))))
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with scratch.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        scratch.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            scratch.unlink()
        details: dict[str, Detail] = {"path": str(path), "reason": error.strerror or str(error)}
        raise DatasetError("dataset:user:unwritable", details) from error
