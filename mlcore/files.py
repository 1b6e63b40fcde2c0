"""Files that are written as a whole or not at all, whatever kills the writer."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a scratch name beside a file; what was written there then takes the file's place.

    Parameters
    ----------
    path : Path
        Keeps what it holds until the block has ended well.

    Yields
    ------
    Path
        Hidden, and with another ending: nobody who lists the folder takes it for a result.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield scratch
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file as a whole or not at all."""
    with replacing(path) as scratch:
        scratch.write_text(text, encoding="utf-8")
