"""CREMA-D: ``AudioWAV/1001_DFA_ANG_XX.wav``, actor, sentence, emotion and intensity."""

import re
from pathlib import PurePosixPath

from mlcore.corpora.base import Corpus, Entry, by_name

SENTENCES = "DFA|IEO|IOM|ITH|ITS|IWL|IWW|MTI|TAI|TIE|TSI|WSI"
EMOTIONS = {
    "ANG": "angry",
    "DIS": "disgust",
    "FEA": "fearful",
    "HAP": "happy",
    "NEU": "neutral",
    "SAD": "sad",
}
INTENSITIES = {"XX": "unspecified", "LO": "low", "MD": "medium", "HI": "high"}
# One file was published as 1040_ITH_SAD_X.
NAME = re.compile(rf"(1\d\d\d)_({SENTENCES})_({'|'.join(EMOTIONS)})_(LO|MD|HI|XX?)")
ACTORS = range(1001, 1092)
# From VideoDemographics.csv, so that the clips can be read without it.
WOMEN = frozenset(
    (
        *(1002, 1003, 1004, 1006, 1007, 1008, 1009, 1010, 1012, 1013, 1018, 1020, 1021, 1024, 1025),
        *(1028, 1029, 1030, 1037, 1043, 1046, 1047, 1049, 1052, 1053, 1054, 1055, 1056, 1058, 1060),
        *(1061, 1063, 1072, 1073, 1074, 1075, 1076, 1078, 1079, 1082, 1084, 1089, 1091),
    )
)
TWO_LABELS = "the same recording as {}, which has another label"


def _read(path: PurePosixPath) -> Entry | None:
    match = NAME.fullmatch(path.stem)
    if match is None or int(match[1]) not in ACTORS:
        return None
    intensity = "XX" if match[4] == "X" else match[4]
    return Entry(
        corpus="cremad",
        clip="_".join((match[1], match[2], match[3], intensity)),
        speaker=f"cremad_{match[1]}",
        emotion=EMOTIONS[match[3]],
        sex="f" if int(match[1]) in WOMEN else "m",
        language="en-US",
        intensity=INTENSITIES[intensity],
        statement=match[2],
    )


CORPUS = Corpus(
    name="cremad",
    title="CREMA-D",
    language="en-US",
    license="ODbL 1.0 / DbCL 1.0",
    url="https://github.com/CheyneyComputerScience/CREMA-D",
    open=by_name(_read),
    n_clips=7442,
    n_speakers=91,
    defects={"1076_MTI_SAD_XX": "silent"}
    | {
        first: TWO_LABELS.format(second)
        for one, other in (
            ("1006_TIE_HAP_XX", "1006_TIE_NEU_XX"),
            ("1013_WSI_SAD_XX", "1013_WSI_DIS_XX"),
            ("1017_IWW_ANG_XX", "1017_IWW_FEA_XX"),
        )
        for first, second in ((one, other), (other, one))
    },
    tables=frozenset({"VideoDemographics.csv", "SentenceFilenames.csv"}),
)
