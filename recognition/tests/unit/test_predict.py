"""manage.py predict: its three forms, and that a bad file stops nothing."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from mlcore.labels import EMOTIONS
from mlcore.tests import synth

KEYS = [
    "path",
    "emotion",
    "confidence",
    "posteriors",
    "valence",
    "arousal",
    "duration_s",
    "segments",
    "error",
]
ROOT = Path(__file__).parents[3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one good recording, one silent one, a text file and a foreign one."""
    (tmp_path / "sub").mkdir()
    synth.write(tmp_path / "sub" / "good.wav", synth.voice(2.0))
    synth.write(tmp_path / "silent.flac", 0 * synth.voice(1.0))
    (tmp_path / "text.wav").write_text("This is no recording.")
    (tmp_path / "notes.txt").write_text("never looked at")
    return tmp_path


def predict(*arguments: str | Path, code: int = 0) -> str:
    """Run the command and return its standard output."""
    output = io.StringIO()
    if code:
        with pytest.raises(SystemExit) as caught:
            call_command("predict", *map(str, arguments), stdout=output)
        assert caught.value.code == code
    else:
        call_command("predict", *map(str, arguments), stdout=output)
    return output.getvalue()


def test_it_writes_one_json_object_a_line(folder: Path) -> None:
    lines = [json.loads(line) for line in predict("--json", folder, code=1).splitlines()]
    assert [list(line) for line in lines] == [KEYS] * 3
    silent, good, text = lines
    assert good["error"] is None
    assert list(good["posteriors"]) == list(EMOTIONS)
    assert good["emotion"] in EMOTIONS
    assert good["duration_s"] == pytest.approx(2.0)
    (segment,) = good["segments"]
    assert segment["posteriors"] == pytest.approx(good["posteriors"])
    for line, error_code in ((silent, "audio:user:no-speech"), (text, "audio:user:not-audio")):
        assert line["emotion"] is line["confidence"] is line["posteriors"] is None
        assert line["error"]["code"] == error_code
        assert line["error"]["message"].endswith(".")


def test_it_writes_csv(folder: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(predict("--csv", folder, code=1))))
    assert len(rows) == 3
    good = next(row for row in rows if row["emotion"])
    assert sum(float(good[emotion]) for emotion in EMOTIONS) == pytest.approx(1, abs=1e-4)
    assert {row["error_code"] for row in rows} == {
        "",
        "audio:user:no-speech",
        "audio:user:not-audio",
    }


def test_it_writes_a_table_for_people(folder: Path) -> None:
    lines = predict(folder, code=1).splitlines()
    assert len(lines) == 4
    assert all(emotion in lines[0] for emotion in EMOTIONS)
    assert "No speech was found" in next(line for line in lines if "silent" in line)
    assert next(line for line in lines if "good" in line).count("%") == 9


def test_good_files_alone_end_well(folder: Path) -> None:
    good = folder / "sub" / "good.wav"
    assert len(predict("--json", good, good).splitlines()) == 2


def test_a_missing_file_is_a_line_with_its_reason(tmp_path: Path) -> None:
    (line,) = predict("--json", tmp_path / "nowhere.wav", code=1).splitlines()
    assert json.loads(line)["error"]["code"] == "audio:user:missing"


def test_it_says_which_bundle_is_missing(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"bundle\.json.*bundle:app:missing"):
        predict("--model", tmp_path / "none", folder)


def test_it_runs_from_a_fresh_checkout_without_any_environment(folder: Path) -> None:
    result = subprocess.run(
        [sys.executable, "manage.py", "predict", "--json", str(folder)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1, result.stderr
    # the progress bar is on standard error, nothing but objects on standard output
    assert len([json.loads(line) for line in result.stdout.splitlines()]) == 3
    assert "clip" in result.stderr
