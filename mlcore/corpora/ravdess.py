"""RAVDESS: ``Actor_12/03-01-06-01-02-01-12.wav``, seven numbers that say everything."""

import re
from functools import partial
from itertools import product
from pathlib import Path, PurePosixPath

from mlcore.corpora.base import Corpus, Entry, by_name
from mlcore.labels import EMOTIONS

# Modality (03: audio only), channel, emotion, intensity, statement, repetition, actor.
NAME = re.compile(r"03-(0[12])-(0[1-8])-(0[12])-(0[12])-(0[12])-(0[1-9]|1\d|2[0-4])")
STATEMENTS = {"01": "01: Kids are talking by the door", "02": "02: Dogs are sitting by the door"}
CHANNELS = {"01": "ravdess_speech", "02": "ravdess_song"}
LANGUAGE = "en-US"
URL = "https://doi.org/10.5281/zenodo.1188976"
LICENSE = "CC BY-NC-SA 4.0"


def _read(channel: str, path: PurePosixPath) -> Entry | None:
    match = NAME.fullmatch(path.stem)
    if match is None or match[1] != channel or match[2] + match[3] == "0102":
        return None  # there is no strong intensity of neutral
    return Entry(
        corpus=CHANNELS[channel],
        clip=path.stem,
        speaker=f"ravdess_{match[6]}",  # the same people speak and sing
        emotion=EMOTIONS[int(match[2]) - 1],  # our order is theirs
        sex="m" if int(match[6]) % 2 else "f",
        language=LANGUAGE,
        intensity="normal" if match[3] == "01" else "strong",
        statement=STATEMENTS[match[4]],
    )


def _expected(channel: str, n_emotions: int, without: str, folder: Path) -> frozenset[str]:
    actors = [f"{n:02}" for n in range(1, 25) if f"{n:02}" != without]
    kinds = [f"{e:02}-{i:02}" for e in range(1, n_emotions + 1) for i in (1, 2) if (e, i) != (1, 2)]
    takes = product(kinds, STATEMENTS, ("01", "02"), actors)
    return frozenset(f"03-{channel}-{'-'.join(take)}" for take in takes)


SPEECH = Corpus(
    name="ravdess_speech",
    title="RAVDESS, speech",
    language=LANGUAGE,
    license=LICENSE,
    url=URL,
    open=by_name(partial(_read, "01")),
    n_clips=1440,
    n_speakers=24,
    defects={"03-01-03-01-02-02-07": "a copy of 03-01-03-01-02-01-07"},
    expected=partial(_expected, "01", 8, ""),
)
SONG = Corpus(
    name="ravdess_song",
    title="RAVDESS, song",
    language=LANGUAGE,
    license=LICENSE,
    url=URL,
    open=by_name(partial(_read, "02")),
    n_clips=1012,
    n_speakers=23,
    expected=partial(_expected, "02", 6, "18"),  # actor 18 did not sing
)
