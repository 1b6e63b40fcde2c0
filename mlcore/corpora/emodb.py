"""EmoDB: ``wav/03a01Fa.wav``, speaker, text, the German emotion's letter and the take."""

import re
from pathlib import PurePosixPath

from mlcore.corpora.base import Corpus, Entry, by_name

EMOTIONS = {
    "W": "angry",  # Wut
    "L": "boredom",  # Langeweile
    "E": "disgust",  # Ekel
    "A": "fearful",  # Angst
    "F": "happy",  # Freude
    "T": "sad",  # Trauer
    "N": "neutral",
}
MEN, WOMEN = ("03", "10", "11", "12", "15"), ("08", "09", "13", "14", "16")
NAME = re.compile(rf"({'|'.join(MEN + WOMEN)})([ab]\d\d)([{''.join(EMOTIONS)}])[a-z]?")


def _read(path: PurePosixPath) -> Entry | None:
    match = NAME.fullmatch(path.stem)
    if match is None:
        return None
    return Entry(
        corpus="emodb",
        clip=path.stem,
        speaker=f"emodb_{match[1]}",
        emotion=EMOTIONS[match[3]],
        sex="m" if match[1] in MEN else "f",
        language="de",
        statement=match[2],
    )


CORPUS = Corpus(
    name="emodb",
    title="Berlin Database of Emotional Speech (EmoDB)",
    language="de",
    license="freely available",
    url="http://emodb.bilderbar.info/",
    open=by_name(_read),
    n_clips=535,
    n_speakers=10,
    tables=frozenset({"erkennung.txt", "erklaerung.txt"}),
)
