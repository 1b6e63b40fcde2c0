"""EMOVO: ``f1/dis-f1-b1.wav``, the Italian emotion, the speaker, the sentence."""

import re
from pathlib import Path, PurePosixPath

from mlcore.corpora.base import Corpus, Entry, by_name

EMOTIONS = {
    "dis": "disgust",
    "gio": "happy",
    "neu": "neutral",
    "pau": "fearful",
    "rab": "angry",
    "sor": "surprised",
    "tri": "sad",
}
SPEAKERS = ("f1", "f2", "f3", "m1", "m2", "m3")
# Short, long, nonsense sentences and questions.
SENTENCES = (
    *("b1", "b2", "b3", "l1", "l2", "l3", "l4"),
    *("n1", "n2", "n3", "n4", "n5", "d1", "d2"),
)
NAME = re.compile(rf"({'|'.join(EMOTIONS)})-({'|'.join(SPEAKERS)})-({'|'.join(SENTENCES)})")


def _read(path: PurePosixPath) -> Entry | None:
    match = NAME.fullmatch(path.stem)
    if match is None:
        return None
    return Entry(
        corpus="emovo",
        clip=path.stem,
        speaker=f"emovo_{match[2]}",
        emotion=EMOTIONS[match[1]],
        sex=match[2][0],
        language="it",
        statement=match[3],
    )


def _expected(folder: Path) -> frozenset[str]:
    return frozenset(f"{e}-{s}-{n}" for e in EMOTIONS for s in SPEAKERS for n in SENTENCES)


CORPUS = Corpus(
    name="emovo",
    title="EMOVO",
    language="it",
    license="research only",
    url="http://voice.fub.it/activities/corpora/emovo/index.html",
    open=by_name(_read),
    n_clips=588,
    n_speakers=6,
    expected=_expected,
)
