"""nEMO: ``samples/EB0_anger_1.wav``, speaker, emotion, sentence; the words are in data.tsv."""

import re
from functools import partial
from pathlib import Path, PurePosixPath

from mlcore.corpora.base import Corpus, Entry, Reader, read_table

TABLE = "data.tsv"
EMOTIONS = {
    "anger": "angry",
    "fear": "fearful",
    "happiness": "happy",
    "neutral": "neutral",
    "sadness": "sad",
    "surprised": "surprised",
}
# As in the table, so that the clips can be read without it.
WOMEN, MEN = ("EB0", "IC0", "KD0", "MK0"), ("KS0", "MP0", "SM0", "TP0", "WR0")
NAME = re.compile(rf"({'|'.join(WOMEN + MEN)})_({'|'.join(EMOTIONS)})_([1-9]|[1-8]\d|90)")


def _rows(folder: Path) -> dict[str, str]:
    """Return what is said by clip, as far as there is a table."""
    path = next((p for p in (folder / TABLE, folder.parent / TABLE) if p.is_file()), None)
    if path is None:
        return {}
    # its quotation marks are part of the sentences
    rows = read_table(path, delimiter="\t", quoted=False)
    return {row.get("file_id", "").removesuffix(".wav"): row.get("raw_text", "") for row in rows}


def _read(statements: dict[str, str], path: PurePosixPath) -> Entry | None:
    match = NAME.fullmatch(path.stem)
    if match is None:
        return None
    return Entry(
        corpus="nemo",
        clip=path.stem,
        speaker=f"nemo_{match[1]}",
        emotion=EMOTIONS[match[2]],
        sex="f" if match[1] in WOMEN else "m",
        language="pl",
        statement=statements.get(path.stem) or match[3],
    )


def _open(folder: Path) -> Reader:
    return partial(_read, _rows(folder))


CORPUS = Corpus(
    name="nemo",
    title="nEMO",
    language="pl",
    license="CC BY-NC-SA 4.0",
    url="https://github.com/amu-cai/nEMO",
    open=_open,
    n_clips=4481,
    n_speakers=9,
    tables=frozenset({TABLE}),
    expected=lambda folder: frozenset(_rows(folder)),
)
