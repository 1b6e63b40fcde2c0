"""MELD: ``train_splits/dia0_utt0.mp4`` with ``train_sent_emo.csv``, and so for dev and test.

Its speakers are characters of a television series; "All" or "Guy" stands for several people,
who share one speaker and therefore one fold.
"""

import re
from functools import partial
from pathlib import Path, PurePosixPath

from mlcore.corpora.base import Corpus, Entry, Reader, Row, read_table
from mlcore.errors import DatasetError

EMOTIONS = {
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fearful",
    "joy": "happy",
    "neutral": "neutral",
    "sadness": "sad",
    "surprise": "surprised",
}
PARTS = ("train", "dev", "test")
SEXES = dict.fromkeys(("Monica", "Phoebe", "Rachel"), "f")
SEXES |= dict.fromkeys(("Chandler", "Joey", "Ross"), "m")
NAME = re.compile(r"dia(\d+)_utt(\d+)")
WRONG_CUT = "cut wrongly: it holds another scene"


def _rows(folder: Path) -> dict[str, Row]:
    """Return the tables' rows by clip, such as ``train/dia0_utt0``."""
    rows: dict[str, Row] = {}
    for part in PARTS:
        for path in sorted(folder.rglob(f"{part}_sent_emo.csv")):
            for row in read_table(path):
                numbers = row.get("Dialogue_ID", ""), row.get("Utterance_ID", "")
                rows.setdefault(f"{part}/dia{numbers[0]}_utt{numbers[1]}", row)
    if not rows:
        names = ", ".join(f"{part}_sent_emo.csv" for part in PARTS)
        raise DatasetError("dataset:user:table", {"path": str(folder), "tables": names})
    return rows


def _read(rows: dict[str, Row], path: PurePosixPath) -> Entry | None:
    folders = " ".join(path.parent.parts[-2:])
    parts = [part for part in PARTS if part in folders]
    if NAME.fullmatch(path.stem) is None or len(parts) != 1:
        return None
    clip = f"{parts[0]}/{path.stem}"
    row = rows.get(clip, {})
    if row.get("Emotion", "").lower() not in EMOTIONS or not row.get("Speaker"):
        return None
    return Entry(
        corpus="meld",
        clip=clip,
        speaker=f"meld_{row['Speaker']}",
        emotion=EMOTIONS[row["Emotion"].lower()],
        sex=SEXES.get(row["Speaker"], ""),
        language="en-US",
        statement=row.get("Utterance", ""),
    )


def _open(folder: Path) -> Reader:
    return partial(_read, _rows(folder))


CORPUS = Corpus(
    name="meld",
    title="MELD",
    language="en-US",
    license="GPL-3.0 (labels); the clips come from a television series",
    url="https://github.com/declare-lab/MELD",
    open=_open,
    n_clips=13708,
    n_speakers=None,
    defects={
        "train/dia125_utt3": "damaged as published",
        "train/dia309_utt0": WRONG_CUT,
        "dev/dia110_utt7": "never published",
        "test/dia38_utt4": WRONG_CUT,
        "test/dia220_utt0": WRONG_CUT,
    },
    tables=frozenset(f"{part}_sent_emo.csv" for part in PARTS),
    expected=lambda folder: frozenset(_rows(folder)),
)
