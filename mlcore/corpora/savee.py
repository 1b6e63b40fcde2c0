"""SAVEE: ``AudioData/DC/a01.wav``, or ``DC_a01.wav`` where the folders were flattened."""

import re
from pathlib import Path, PurePosixPath

from mlcore.corpora.base import Corpus, Entry, by_name

SPEAKERS = ("DC", "JE", "JK", "KL")
EMOTIONS = {
    "a": "angry",
    "d": "disgust",
    "f": "fearful",
    "h": "happy",
    "n": "neutral",
    "sa": "sad",
    "su": "surprised",
}
NAME = re.compile(r"(?:(DC|JE|JK|KL)_)?(a|d|f|h|n|sa|su)(\d\d)")


def _expected(folder: Path) -> frozenset[str]:
    return frozenset(
        f"{speaker}_{letters}{number:02}"
        for speaker in SPEAKERS
        for letters in EMOTIONS
        for number in range(1, 31 if letters == "n" else 16)
    )


CLIPS = _expected(Path())


def _read(path: PurePosixPath) -> Entry | None:
    match = NAME.fullmatch(path.stem)
    if match is None:
        return None
    speaker, sentence = match[1] or path.parent.name, f"{match[2]}{match[3]}"
    if f"{speaker}_{sentence}" not in CLIPS:
        return None
    return Entry(
        corpus="savee",
        clip=f"{speaker}_{sentence}",
        speaker=f"savee_{speaker}",
        emotion=EMOTIONS[match[2]],
        sex="m",
        language="en-GB",
        statement=sentence,
    )


CORPUS = Corpus(
    name="savee",
    title="Surrey Audio-Visual Expressed Emotion (SAVEE)",
    language="en-GB",
    license="research only, after registration",
    url="http://kahlan.eps.surrey.ac.uk/savee/",
    open=by_name(_read),
    n_clips=480,
    n_speakers=4,
    tables=frozenset({"Info.txt"}),
    expected=_expected,
)
