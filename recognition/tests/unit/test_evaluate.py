"""manage.py evaluate: what it prints and writes, and whom it refuses."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from mlcore.bundles import read_info, shipped_bundle
from mlcore.labels import EMOTIONS
from mlcore.tests import synth


def write_data(folder: Path, speakers: list[str]) -> Path:
    """Write one clip a speaker and its manifest."""
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "corpus", "speaker", "emotion", "fold"])
        for number, speaker in enumerate(speakers):
            synth.write(folder / f"{number}.wav", synth.voice(1.0, seed=number))
            writer.writerow([f"{number}.wav", "made", speaker, EMOTIONS[number % 8], number % 2])
    return folder


def evaluate(*arguments: str | Path) -> str:
    """Run the command and return its standard output."""
    output = io.StringIO()
    call_command("evaluate", *map(str, arguments), stdout=output)
    return output.getvalue()


def test_it_prints_and_writes_every_score(tmp_path: Path) -> None:
    data = write_data(tmp_path, ["anna", "ben", "carl"])
    printed = evaluate("--data", data, "--json", tmp_path / "report.json")
    for word in ("UAR", "accuracy", "macro-F1", "weighted F1", "ECE", "precision", "neutral"):
        assert word in printed
    report = json.loads((tmp_path / "report.json").read_text())
    overall = report["overall"]
    assert overall["n_clips"] == 3
    assert {"uar", "accuracy", "macro_f1", "weighted_f1", "ece", "confusion"} <= set(overall)
    assert set(overall["emotions"]) == set(EMOTIONS[:3])
    assert report["speakers"] == ["anna", "ben", "carl"]
    assert report["model"]["sha256"] == read_info(shipped_bundle()).sha256


def test_it_refuses_speakers_that_the_bundle_was_trained_on(tmp_path: Path) -> None:
    seen = min(read_info(shipped_bundle()).training_speakers)
    data = write_data(tmp_path, ["anna", seen])
    with pytest.raises(CommandError, match=f"{seen}.*dataset:user:seen-speakers"):
        evaluate("--data", data)


def test_it_evaluates_chosen_folds(tmp_path: Path) -> None:
    seen = min(read_info(shipped_bundle()).training_speakers)
    data = write_data(tmp_path, ["anna", seen, "carl"])
    assert "clips        2" in evaluate("--data", data, "--folds", "0", "--corpora", "made")


def test_it_asks_for_the_data(settings: Any) -> None:
    settings.CORPORA_DIR = ""
    with pytest.raises(CommandError, match="--data"):
        evaluate()


def test_it_names_a_missing_manifest(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="dataset:user:missing"):
        evaluate("--data", tmp_path)
