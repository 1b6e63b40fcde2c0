"""ASED: ``05Angry/a5-03-01-02-50.wav``, emotion, sentence, repetition, sex and speaker."""

import re
from pathlib import PurePosixPath

from mlcore.corpora.base import Corpus, Entry, by_name

EMOTIONS = {"n1": "neutral", "f2": "fearful", "h3": "happy", "s4": "sad", "a5": "angry"}
# One file was published with a capital letter.
NAME = re.compile(r"(n1|f2|h3|s4|a5)-(0[1-7])-(0[12])-(0[12])-(\d\d)", re.IGNORECASE)
N_SPEAKERS = 65


def _read(path: PurePosixPath) -> Entry | None:
    match = NAME.fullmatch(path.stem)
    if match is None or not 1 <= int(match[5]) <= N_SPEAKERS:
        return None
    emotion = match[1].lower()
    return Entry(
        corpus="ased",
        clip=path.stem.lower(),
        speaker=f"ased_{match[5]}",
        emotion=EMOTIONS[emotion],
        sex="f" if match[4] == "01" else "m",
        language="am",
        statement=f"{emotion[0]}{match[2]}",  # but 01 and 02 each emotion has its own sentences
    )


CORPUS = Corpus(
    name="ased",
    title="Amharic Speech Emotion Dataset (ASED)",
    language="am",
    license="freely available, no license named",
    url="https://github.com/wgwangang/ASED_V1",
    open=by_name(_read),
    n_clips=2474,
    n_speakers=N_SPEAKERS,
)
