"""manage.py export: its files, its table, and what it refuses before anything heavy is loaded."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from mlcore.bundles import read_info, shipped_bundle
from recognition.tests.unit.test_evaluate import write_data


def export(*arguments: str | Path) -> str:
    """Run the command and return its standard output."""
    output = io.StringIO()
    call_command("export", *map(str, arguments), stdout=output)
    return output.getvalue()


def test_it_writes_the_file_and_a_report_with_its_figures(tmp_path: Path, settings: Any) -> None:
    data = write_data(tmp_path, ["anna", "ben", "carl", "dora"])
    output = tmp_path / "out"
    printed = export("default", output, "--format", "onnx", "--data", data, "--limit", "2")
    for words in ("keras", "onnx", "UAR", "agreement", "3 s clip", "2 clips of speakers"):
        assert words in printed
    info = read_info(shipped_bundle())
    report = json.loads((output / "export.json").read_text())
    assert report["model"] == {"name": info.name, "sha256": info.sha256}
    assert report["files"] == {"model.onnx": info.files["model.onnx"]}
    assert report["n_clips"] == 2
    assert report["formats"]["onnx"]["agreement"] == 1.0
    assert {path.name for path in output.iterdir()} == {"export.json", "model.onnx"}


def test_it_says_that_speakers_were_trained_on(tmp_path: Path) -> None:
    data = write_data(tmp_path, [min(read_info(shipped_bundle()).training_speakers)])
    printed = export("default", tmp_path / "out", "--format", "onnx", "--data", data)
    assert "1 clips. Agreement only" in printed


def test_it_names_a_missing_bundle(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"bundle\.json.*bundle:app:missing"):
        export(tmp_path / "none", tmp_path / "out", "--format", "onnx")
    assert not (tmp_path / "out").exists()
