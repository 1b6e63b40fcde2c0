"""TESS: ``OAF_back_angry.wav``, the older or younger woman, a word, the emotion."""

import re
from pathlib import PurePosixPath

from mlcore.corpora.base import Corpus, Entry, by_name

EMOTIONS = {
    "angry": "angry",
    "disgust": "disgust",
    "fear": "fearful",
    "happy": "happy",
    "neutral": "neutral",
    "ps": "surprised",  # "pleasant surprise"
    "sad": "sad",
}
# One file was published as OA_bite_neutral.
NAME = re.compile(rf"(OA|YA)F?_([a-z]+)_({'|'.join(EMOTIONS)})", re.IGNORECASE)


def _read(path: PurePosixPath) -> Entry | None:
    match = NAME.fullmatch(path.stem)
    if match is None:
        return None
    speaker, word, emotion = f"{match[1].upper()}F", match[2].lower(), match[3].lower()
    return Entry(
        corpus="tess",
        clip=f"{speaker}_{word}_{emotion}",
        speaker=f"tess_{speaker}",
        emotion=EMOTIONS[emotion],
        sex="f",
        language="en-CA",
        statement=f"Say the word {word}",
    )


CORPUS = Corpus(
    name="tess",
    title="Toronto emotional speech set (TESS)",
    language="en-CA",
    license="CC BY-NC-ND 4.0",
    url="https://doi.org/10.5683/SP2/E8H2MF",
    open=by_name(_read),
    n_clips=2800,
    n_speakers=2,
)
