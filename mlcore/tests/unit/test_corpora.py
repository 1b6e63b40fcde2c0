"""Readers: what published file names say, and that they agree with a manifest made elsewhere."""

import csv
import os
from collections import Counter
from pathlib import Path, PurePosixPath

import pytest

from mlcore.corpora import CORPORA, LEFT_OUT, Entry
from mlcore.dataset import CORPUS_LICENSES
from mlcore.errors import DatasetError
from mlcore.labels import EMOTIONS

SHARED = Path(__file__).parents[4] / "shared" / "corpora"
NAMES = {
    "ravdess_speech": "Actor_12/03-01-06-01-02-01-12.wav",
    "ravdess_song": "Actor_01/03-02-02-02-01-02-01.wav",
    "cremad": "AudioWAV/1001_IEO_ANG_HI.wav",
    "tess": "OAF_Pleasant_surprise/OAF_back_ps.wav",
    "savee": "AudioData/DC/sa01.wav",
    "emodb": "wav/03a01Fa.wav",
    "emovo": "f1/dis-f1-b1.wav",
    "nemo": "samples/KD0_fear_90.wav",
    "meld": "output_repeated_splits_test/dia0_utt1.mp4",
    "ased": "05Angry/a5-03-01-02-50.wav",
}
# speaker, emotion, sex, language, intensity, statement
SAID = {
    "ravdess_speech": (
        *("ravdess_12", "fearful", "f", "en-US", "normal"),
        "02: Dogs are sitting by the door",
    ),
    "ravdess_song": (
        *("ravdess_01", "calm", "m", "en-US", "strong"),
        "01: Kids are talking by the door",
    ),
    "cremad": ("cremad_1001", "angry", "m", "en-US", "high", "IEO"),
    "tess": ("tess_OAF", "surprised", "f", "en-CA", "", "Say the word back"),
    "savee": ("savee_DC", "sad", "m", "en-GB", "", "sa01"),
    "emodb": ("emodb_03", "happy", "m", "de", "", "a01"),
    "emovo": ("emovo_f1", "disgust", "f", "it", "", "b1"),
    "nemo": ("nemo_KD0", "fearful", "f", "pl", "", "90"),
    "meld": ("meld_Joey", "happy", "m", "en-US", "", "Hey, “you”!"),
    "ased": ("ased_50", "angry", "m", "am", "", "a03"),
}
MELD_HEADER = (
    "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,"
    "Season,Episode,StartTime,EndTime\n"
)


def read(corpus: str, path: str, folder: Path = Path("nowhere")) -> Entry | None:
    """Read one file name."""
    return CORPORA[corpus].open(folder)(PurePosixPath(path))


@pytest.fixture
def meld(tmp_path: Path) -> Path:
    """Write two of MELD's three tables."""
    (tmp_path / "train_sent_emo.csv").write_text(
        MELD_HEADER + '1,No.,Monica,anger,negative,0,0,8,21,"00:16:16,059","00:16:21,731"\n',
        encoding="utf-8",
    )
    (tmp_path / "test_sent_emo.csv").write_text(
        MELD_HEADER + '1,No.,Mark,neutral,neutral,0,0,3,19,"00:14:38,127","00:14:40,378"\n'
        '2,"Hey, “you”!",Joey,joy,positive,0,1,3,19,"00:14:38,127","00:14:40,378"\n'
        "3,What?,Joey,bored,positive,0,2,3,19,0,0\n",
        encoding="utf-8",
    )
    return tmp_path


@pytest.mark.parametrize("corpus", CORPORA)
def test_it_reads_a_published_file_name(corpus: str, meld: Path) -> None:
    found = read(corpus, NAMES[corpus], meld)
    assert found is not None
    said = (found.speaker, found.emotion, found.sex, found.language)
    assert (*said, found.intensity, found.statement) == SAID[corpus]
    assert found.corpus == corpus


@pytest.mark.parametrize("corpus", CORPORA)
def test_it_takes_no_file_of_another_corpus(corpus: str, meld: Path) -> None:
    strangers = [name for other, name in NAMES.items() if other != corpus]
    for name in (*strangers, "notes.wav", "._hidden.wav"):
        assert read(corpus, name, meld) is None


@pytest.mark.parametrize(
    ("corpus", "name"),
    [
        ("ravdess_speech", "03-01-01-02-01-01-01.wav"),  # neutral is never strong
        ("ravdess_speech", "03-01-01-01-01-01-25.wav"),  # 24 actors
        ("ravdess_speech", "01-01-01-01-01-01-01.mp4"),  # with video
        ("cremad", "1000_IEO_ANG_HI.wav"),
        ("cremad", "1092_IEO_ANG_HI.wav"),
        ("savee", "DC/a16.wav"),  # 15 sentences
        ("savee", "a01.wav"),  # by whom?
        ("emodb", "04a01Fa.wav"),
        ("nemo", "SM0_fear_91.wav"),
        ("nemo", "XX0_fear_9.wav"),
        ("emovo", "dis-f1-b4.wav"),
        ("ased", "n5-03-01-02-50.wav"),  # neutral is 1
        ("ased", "a5-03-01-02-66.wav"),
    ],
)
def test_it_takes_no_name_that_the_rules_do_not_give(corpus: str, name: str) -> None:
    assert read(corpus, name) is None


@pytest.mark.parametrize(
    ("corpus", "one", "other"),
    [
        ("savee", "DC/a01.wav", "DC_a01.ogg"),
        ("tess", "OAF_bite_neutral.wav", "OA_bite_neutral.wav"),
        ("cremad", "1040_ITH_SAD_XX.wav", "AudioMP3/1040_ITH_SAD_X.mp3"),
        ("ased", "04Sad/s4-04-02-01-29.wav", "04Sad/S4-04-02-01-29.wav"),
    ],
)
def test_it_knows_one_clip_under_two_names(corpus: str, one: str, other: str) -> None:
    assert read(corpus, one) == read(corpus, other) is not None


def test_whoever_speaks_in_ravdess_is_the_same_when_singing() -> None:
    speech = read("ravdess_speech", "03-01-03-01-01-01-07.wav")
    song = read("ravdess_song", "03-02-03-01-01-01-07.wav")
    assert speech is not None
    assert song is not None
    assert speech.speaker == song.speaker


def test_it_reads_what_is_said_in_nemo_from_its_table(tmp_path: Path) -> None:
    (tmp_path / "data.tsv").write_text(
        "file_id\temotion\traw_text\tnormalized_text\tspeaker_id\tgender\tage\n"
        'SM0_fear_2.wav\tfear\t„Żołwica" to słowo.\tżołwica\t        SM0\tmale\t24\n',
        encoding="utf-8",
    )
    for folder in (tmp_path, tmp_path / "samples"):
        found = read("nemo", "SM0_fear_2.wav", folder)
        assert found is not None
        assert found.statement == '„Żołwica" to słowo.'
    assert CORPORA["nemo"].expected(tmp_path) == {"SM0_fear_2"}


def test_meld_needs_its_tables_and_takes_only_rows_of_them(meld: Path, tmp_path: Path) -> None:
    assert read("meld", "train_splits/dia0_utt0.mp4", meld) != read(
        "meld", "test/dia0_utt0.wav", meld
    )
    for name in ("test/dia0_utt2.mp4", "test/dia9_utt9.mp4", "dia0_utt0.mp4"):
        assert read("meld", name, meld) is None
    with pytest.raises(DatasetError) as caught:
        read("meld", "train/dia0_utt0.mp4", tmp_path / "nowhere")
    assert caught.value.code == "dataset:user:table"
    assert "train_sent_emo.csv" in str(caught.value)


def test_it_knows_which_clips_must_be_there() -> None:
    for name in ("ravdess_speech", "ravdess_song", "savee", "emovo"):
        corpus = CORPORA[name]
        clips = corpus.expected(Path())
        entries = [read(name, f"{clip}.wav") for clip in clips]
        assert len(clips) == corpus.n_clips
        assert {entry.clip for entry in entries if entry} == clips
        assert len({entry.speaker for entry in entries if entry}) == corpus.n_speakers
        assert corpus.defects.keys() <= clips


def test_the_sexes_are_as_many_as_the_corpora_say() -> None:
    cremad = [read("cremad", f"{actor}_DFA_ANG_XX.wav") for actor in range(1001, 1092)]
    assert Counter(entry.sex for entry in cremad if entry) == {"m": 48, "f": 43}
    emodb = [read("emodb", f"{n:02}a01Na.wav") for n in range(1, 20)]
    assert Counter(entry.sex for entry in emodb if entry) == {"m": 5, "f": 5}


def test_every_corpus_has_a_license_a_source_and_emotions_that_are_known(meld: Path) -> None:
    assert set(CORPUS_LICENSES) == set(CORPORA) == set(NAMES)
    for name, corpus in CORPORA.items():
        assert corpus.name == name
        assert corpus.license
        assert corpus.url.startswith("http")
    boredom = read("emodb", "03a01La.wav")
    assert boredom is not None
    assert boredom.emotion in LEFT_OUT
    assert not LEFT_OUT & set(EMOTIONS)


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    """Return the rows of the shared corpora's manifest, or skip and say so."""
    path = Path(os.environ.get("CORPORA_DIR") or SHARED) / "manifest.csv"
    if not path.exists():
        pytest.skip(f"no {path} (CORPORA_DIR): readers were tested on made names only")
    with path.open(newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["corpus"] in CORPORA]


def test_the_readers_agree_with_every_row_of_the_shared_manifest(
    rows: list[dict[str, str]], tmp_path: Path
) -> None:
    # Only nEMO's words stand in no file name; its table comes with the published corpus.
    table = [["file_id", "raw_text"]]
    table += [[Path(r["path"]).name, r["statement"]] for r in rows if r["corpus"] == "nemo"]
    text = "".join("\t".join(line).replace(".ogg", ".wav") + "\n" for line in table)
    (tmp_path / "data.tsv").write_text(text, encoding="utf-8")
    readers = {c: CORPORA[c].open(tmp_path) for c in {row["corpus"] for row in rows}}
    columns = ("corpus", "speaker", "sex", "language", "emotion", "intensity", "statement")
    assert len(rows) > 0
    for row in rows:
        entry = readers[row["corpus"]](PurePosixPath(row["path"]))
        assert entry is not None, row["path"]
        assert [getattr(entry, c) for c in columns] == [row[c] for c in columns], row["path"]
        assert entry.clip not in CORPORA[row["corpus"]].defects


def test_nemos_numbers_stand_for_one_sentence_each(rows: list[dict[str, str]]) -> None:
    pairs = set()
    for row in rows:
        if row["corpus"] == "nemo":
            entry = read("nemo", row["path"])
            assert entry is not None
            pairs.add((entry.statement, row["statement"]))
    assert len(pairs) == len({number for number, _ in pairs}) == len({words for _, words in pairs})
