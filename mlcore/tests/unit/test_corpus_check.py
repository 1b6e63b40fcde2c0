"""Checking and importing corpora: what is wrong is named and left out, and nothing stops it."""

import csv
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlcore.corpora import CORPORA
from mlcore.corpora.checking import CorpusCheck, check_corpus, check_manifest
from mlcore.corpora.importing import write_manifest
from mlcore.corpora.manifest import folds_in, read_rows
from mlcore.dataset import read_manifest
from mlcore.errors import DatasetError
from mlcore.tests import synth


def clip(path: Path, seed: int) -> Path:
    """Write half a second of noise that no other seed gives."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = 0.1 * np.random.default_rng(seed).standard_normal(8000)
    return synth.write(path, noise.astype(np.float32))


def emodb(folder: Path, speakers: tuple[str, ...] = ("03", "08", "09", "10")) -> Path:
    """Write a folder as EmoDB is published, two clips a speaker."""
    for number, speaker in enumerate(speakers):
        clip(folder / "wav" / f"{speaker}a01Fa.wav", 2 * number)
        clip(folder / "wav" / f"{speaker}a02La.wav", 2 * number + 1)
    (folder / "erkennung.txt").write_text("belongs to it")
    return folder


def kinds(check: CorpusCheck) -> dict[str, set[str]]:
    """Return the files by kind of finding."""
    found: dict[str, set[str]] = {}
    for finding in check.findings:
        found.setdefault(finding.kind, set()).add(finding.path)
    return found


def spoil(folder: Path) -> dict[str, set[str]]:
    """Put one of every kind of bad file into an EmoDB folder; return what shall be said."""
    good = (folder / "wav" / "03a01Fa.wav").read_bytes()
    (folder / "wav" / "11a01Wa.wav").write_bytes(b"")
    (folder / "wav" / "12a01Wa.wav").write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    (folder / "wav" / "13a01Wa.wav").write_bytes(good[: len(good) // 2])
    (folder / "wav" / "14a01Wa.wav").symlink_to(folder / "nowhere.wav")
    synth.write(folder / "wav" / "15a01Wa.wav", np.zeros(8000, np.float32))
    (folder / "wav" / "03a01Fb.wav").write_bytes(good)
    (folder / "copy").mkdir()
    (folder / "copy" / "08a01Fa.wav").write_bytes((folder / "wav" / "08a01Fa.wav").read_bytes())
    clip(folder / "wav" / "16a01Na.wav", 90)
    (folder / "wav" / "16a01Wa.wav").write_bytes((folder / "wav" / "16a01Na.wav").read_bytes())
    clip(folder / "holiday.wav", 91)
    (folder / ".DS_Store").write_bytes(b"\0")
    (folder / "wav" / "03a01Fa.lablaut").write_text("labels")
    return {
        "foreign": {"holiday.wav", ".DS_Store", "wav/03a01Fa.lablaut"},
        "empty": {"wav/11a01Wa.wav"},
        "unreadable": {"wav/12a01Wa.wav", "wav/13a01Wa.wav", "wav/14a01Wa.wav"},
        "silent": {"wav/15a01Wa.wav"},
        "doubled": {"wav/03a01Fb.wav", "wav/08a01Fa.wav"},
        "contradictory": {"wav/16a01Na.wav", "wav/16a01Wa.wav"},
    }


def test_a_clean_folder_has_no_findings(tmp_path: Path) -> None:
    check = check_corpus(CORPORA["emodb"], emodb(tmp_path))
    assert check.findings == ()
    assert (check.n_files, len(check.recordings)) == (9, 8)
    assert check.count("speaker") == {f"emodb_{n}": 2 for n in ("03", "08", "09", "10")}
    assert check.count("emotion") == {"boredom": 4, "happy": 4}
    assert (check.n_clips, check.n_speakers) == (535, 10)
    assert all(recording.duration_s == 0.5 for recording in check.recordings)


def test_it_names_every_bad_file_and_leaves_it_out(tmp_path: Path) -> None:
    expected = spoil(emodb(tmp_path))
    check = check_corpus(CORPORA["emodb"], tmp_path)
    assert kinds(check) == expected
    assert len(check.recordings) == 8
    assert {r.name for r in check.recordings}.isdisjoint(set().union(*expected.values()))
    assert all(finding.reason for finding in check.findings)
    report = json.loads(json.dumps(check.to_dict()))
    assert report["clips"] == {"usable": 8, "published": 535}
    assert Counter(f["kind"] for f in report["findings"]) == {
        k: len(v) for k, v in expected.items()
    }


def test_a_name_that_is_not_in_utf_8_is_foreign(tmp_path: Path) -> None:
    source = emodb(tmp_path) / "wav" / "03a01Fa.wav"
    bad = tmp_path / os.fsdecode(b"J\xfcrgen")
    bad.mkdir()
    (bad / "11a01Fa.wav").write_bytes(source.read_bytes())
    check = check_corpus(CORPORA["emodb"], tmp_path)
    (finding,) = check.findings
    assert finding.kind == "foreign"
    assert b"rgen/11a01Fa.wav" in finding.path.encode()  # it can be written


def test_it_leaves_known_defects_out_and_says_why(tmp_path: Path) -> None:
    for number, name in enumerate(("1006_TIE_HAP_XX", "1006_TIE_NEU_XX", "1076_MTI_SAD_XX")):
        clip(tmp_path / f"{name}.wav", number)
    clip(tmp_path / "1076_MTI_HAP_XX.wav", 7)
    check = check_corpus(CORPORA["cremad"], tmp_path)
    assert [recording.name for recording in check.recordings] == ["1076_MTI_HAP_XX.wav"]
    assert len(kinds(check)["defect"]) == 3
    assert "1006_TIE_NEU_XX" in check.findings[0].reason
    assert check.findings[2].reason == "silent"


def test_it_counts_what_the_rules_say_is_missing(tmp_path: Path) -> None:
    clip(tmp_path / "Actor_07" / "03-01-03-01-02-01-07.wav", 0)
    missing = kinds(check_corpus(CORPORA["ravdess_speech"], tmp_path))["missing"]
    # neither the clip that is there nor the known copy of it
    assert len(missing) == 1440 - 2
    assert "03-01-03-01-02-02-07" not in missing


def test_it_takes_the_better_coded_of_two_files_of_a_clip(tmp_path: Path) -> None:
    clip(tmp_path / "AudioMP3" / "1002_DFA_ANG_XX.mp3", 0)
    clip(tmp_path / "AudioWAV" / "1002_DFA_ANG_XX.wav", 0)
    clip(tmp_path / "AudioMP3" / "1002_DFA_SAD_XX.mp3", 1)
    (tmp_path / "AudioWAV" / "1002_DFA_SAD_XX.wav").write_bytes(b"")
    check = check_corpus(CORPORA["cremad"], tmp_path)
    names = {recording.name for recording in check.recordings}
    assert names == {"AudioWAV/1002_DFA_ANG_XX.wav", "AudioMP3/1002_DFA_SAD_XX.mp3"}
    assert kinds(check)["doubled"] == {"AudioMP3/1002_DFA_ANG_XX.mp3"}


def test_it_doubts_a_clip_that_gives_its_speaker_another_sex(tmp_path: Path) -> None:
    for number, name in enumerate(("s4-01-01-01-09", "s4-02-01-01-09", "s4-01-02-02-09")):
        clip(tmp_path / f"{name}.wav", number)
    check = check_corpus(CORPORA["ased"], tmp_path)
    assert kinds(check) == {"contradictory": {"s4-01-02-02-09.wav"}}


def test_it_reads_meld_as_published(tmp_path: Path) -> None:
    header = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID\n"
    rows = "1,Hi.,Ross,joy,positive,0,0\n2,No.,Rachel,anger,negative,0,1\n"
    rows += "3,So?,All,fear,negative,125,3\n"
    (tmp_path / "train_sent_emo.csv").write_text(header + rows, encoding="utf-8")
    (tmp_path / "train_splits").mkdir()
    voice = synth.voice(1.0)
    for name in ("dia0_utt0.mp4", "dia125_utt3.mp4", "dia7_utt7.mp4"):
        synth.write_av(tmp_path / "train_splits" / name, voice, codec="aac", container="mp4")
    check = check_corpus(CORPORA["meld"], tmp_path)
    (recording,) = check.recordings
    assert (recording.entry.speaker, recording.entry.emotion) == ("meld_Ross", "happy")
    assert recording.duration_s == pytest.approx(1.0, abs=0.1)
    assert kinds(check) == {
        "defect": {"train_splits/dia125_utt3.mp4"},
        "foreign": {"train_splits/dia7_utt7.mp4"},
        "missing": {"train/dia0_utt1"},
    }


@pytest.mark.parametrize("name", CORPORA)
def test_a_missing_folder_is_a_typed_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(DatasetError) as caught:
        check_corpus(CORPORA[name], tmp_path / "nowhere")
    assert caught.value.code == "dataset:user:no-folder"


def any_manifest(folder: Path, *rows: dict[str, Any]) -> Path:
    """Write a manifest with these rows."""
    path = folder / "manifest.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["path", "speaker", "emotion", "corpus", "fold"])
        writer.writeheader()
        writer.writerows({"path": "1.wav", "speaker": "a", "emotion": "sad"} | row for row in rows)
    return path


def test_it_checks_the_recordings_of_any_manifest(tmp_path: Path) -> None:
    for number in range(5):
        clip(tmp_path / f"{number}.wav", number)
    clip(tmp_path / "twin.wav", 0)
    rows = [
        {"path": "0.wav", "fold": "3"},
        {"path": "1.wav", "emotion": "hungry"},
        {"path": "2.wav", "speaker": " "},
        {"path": "gone.wav"},
        {"path": "../outside.wav"},
        {"path": "3.wav"},
        {"path": "./3.wav", "emotion": "happy"},
        {"path": "twin.wav"},
    ]
    check = check_manifest(any_manifest(tmp_path, *rows))
    assert [recording.name for recording in check.recordings] == ["0.wav"]
    assert check.folds == {"a": 3}
    assert kinds(check) == {
        "row": {"1.wav", "2.wav", "../outside.wav"},
        "missing": {"gone.wav"},
        "contradictory": {"3.wav"},
        "doubled": {"twin.wav"},
        "foreign": {"4.wav"},
    }


def test_what_it_writes_is_a_manifest(tmp_path: Path) -> None:
    check = check_corpus(CORPORA["emodb"], emodb(tmp_path))
    rows = write_manifest(check, tmp_path / "manifest.csv")
    found = read_manifest(tmp_path)
    assert len(rows) == 8
    assert len(found) == 4  # boredom is listed and left out
    first = found[0]
    assert (first.path, first.corpus, first.speaker) == ("wav/03a01Fa.wav", "emodb", "emodb_03")
    assert (first.sex, first.language, first.statement) == ("m", "de", "a01")
    assert first.duration_s == 0.5
    assert len(first.sha256) == 16
    # men 03, 10 and women 08, 09: nobody shares a fold while there are free ones
    assert len({utterance.fold for utterance in found}) == 4


def test_a_second_corpus_joins_and_a_repeated_one_is_replaced(tmp_path: Path) -> None:
    output = tmp_path / "manifest.csv"
    write_manifest(check_corpus(CORPORA["emodb"], emodb(tmp_path / "emodb")), output)
    for number in (1, 2):
        clip(tmp_path / "savee" / "DC" / f"a0{number}.wav", 50 + number)
    write_manifest(check_corpus(CORPORA["savee"], tmp_path / "savee"), output)
    before = output.read_bytes()
    both = read_rows(output)
    assert Counter(row["corpus"] for row in both) == {"emodb": 8, "savee": 2}
    assert {row["path"].split("/")[0] for row in both} == {"emodb", "savee"}
    write_manifest(check_corpus(CORPORA["savee"], tmp_path / "savee"), output)
    assert output.read_bytes() == before
    (tmp_path / "savee" / "DC" / "a01.wav").unlink()
    write_manifest(check_corpus(CORPORA["savee"], tmp_path / "savee"), output)
    assert Counter(row["corpus"] for row in read_rows(output)) == {"emodb": 8, "savee": 1}
    assert not list(tmp_path.glob(".manifest*"))


def test_columns_that_others_added_stay(tmp_path: Path) -> None:
    text = "path,speaker,emotion,corpus,room\nmine/1.wav,me,sad,mine,kitchen\n"
    (tmp_path / "manifest.csv").write_text(text, encoding="utf-8")
    check = check_corpus(CORPORA["emodb"], emodb(tmp_path / "emodb"))
    write_manifest(check, tmp_path / "manifest.csv")
    rows = read_rows(tmp_path / "manifest.csv")
    assert [row["room"] for row in rows if row["corpus"] == "mine"] == ["kitchen"]


def test_speakers_keep_their_folds_from_another_manifest(tmp_path: Path) -> None:
    folder = emodb(tmp_path / "data")
    kept = any_manifest(
        tmp_path, {"speaker": "emodb_03", "fold": 4}, {"speaker": "emodb_08", "fold": 4}
    )
    check = check_corpus(CORPORA["emodb"], folder)
    write_manifest(check, folder / "manifest.csv", kept)
    folds = folds_in(read_rows(folder / "manifest.csv"))
    assert folds["emodb_03"] == folds["emodb_08"] == 4
    assert 4 not in (folds["emodb_09"], folds["emodb_10"])


def test_one_person_has_one_fold_whatever_another_manifest_says(tmp_path: Path) -> None:
    """Speech is there already: who sings gets the fold in which he speaks."""
    output = tmp_path / "manifest.csv"
    for actor in range(1, 8):
        clip(tmp_path / "speech" / f"03-01-03-01-01-01-{actor:02}.wav", actor)
        clip(tmp_path / "song" / f"03-02-03-01-01-01-{actor:02}.wav", 20 + actor)
    other = any_manifest(tmp_path / "speech", {"speaker": "ravdess_07", "fold": 3})
    write_manifest(check_corpus(CORPORA["ravdess_speech"], tmp_path / "speech"), output)
    speech = folds_in(read_rows(output))
    write_manifest(check_corpus(CORPORA["ravdess_song"], tmp_path / "song"), output, other)
    by_speaker: dict[str, set[str]] = {}
    for row in read_rows(output):
        by_speaker.setdefault(row["speaker"], set()).add(row["fold"])
    assert {speaker: {str(fold)} for speaker, fold in speech.items()} == by_speaker


def test_it_writes_nothing_when_nothing_is_usable(tmp_path: Path) -> None:
    (tmp_path / "03a01Fa.wav").write_bytes(b"")
    check = check_corpus(CORPORA["emodb"], tmp_path)
    with pytest.raises(DatasetError) as caught:
        write_manifest(check, tmp_path / "manifest.csv")
    assert caught.value.code == "dataset:user:nothing-usable"
    assert not (tmp_path / "manifest.csv").exists()


def test_a_manifest_must_lie_above_its_recordings(tmp_path: Path) -> None:
    check = check_corpus(CORPORA["emodb"], emodb(tmp_path / "data"))
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(DatasetError) as caught:
        write_manifest(check, tmp_path / "elsewhere" / "manifest.csv")
    assert caught.value.code == "dataset:user:outside"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"path,speaker\n", "dataset:user:columns"),
        ("path,speaker,emotion\n1.wav,Jürgen,sad\n".encode("latin-1"), "dataset:user:not-csv"),
    ],
)
def test_a_manifest_that_can_not_be_read_is_not_overwritten(
    tmp_path: Path, content: bytes, code: str
) -> None:
    (tmp_path / "manifest.csv").write_bytes(content)
    check = check_corpus(CORPORA["emodb"], emodb(tmp_path))
    with pytest.raises(DatasetError) as caught:
        write_manifest(check, tmp_path / "manifest.csv")
    assert caught.value.code == code
    assert (tmp_path / "manifest.csv").read_bytes() == content


def test_it_says_where_it_can_not_write(tmp_path: Path) -> None:
    check = check_corpus(CORPORA["emodb"], emodb(tmp_path))
    with pytest.raises(DatasetError) as caught:
        # so long a name that its scratch file can't be made
        write_manifest(check, tmp_path / ("m" * 250 + ".csv"))
    assert caught.value.code == "dataset:user:unwritable"
