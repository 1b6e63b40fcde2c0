"""manage.py evaluate: what it prints and writes, and whom it refuses."""

import csv
import io
import json
from itertools import product
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


def test_it_writes_a_page_and_what_was_said_of_every_clip(tmp_path: Path) -> None:
    data = write_data(tmp_path, ["anna", "ben", "carl", "dora", "emil"])
    printed = evaluate(
        "--data", data, "--page", tmp_path / "page", "--posteriors", tmp_path / "p.csv"
    )
    page = (tmp_path / "page" / "index.html").read_text()
    report = evaluate_json(data, tmp_path)
    assert f"{report['overall']['uar']:.3f}" in page
    assert report["overall"]["uar_interval"] is not None
    assert "95 % interval" in printed
    with (tmp_path / "p.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["speaker"] for row in rows] == ["anna", "ben", "carl", "dora", "emil"]
    assert all(sum(float(row[e]) for e in EMOTIONS) == pytest.approx(1, abs=1e-4) for row in rows)


def evaluate_json(data: Path, folder: Path, *arguments: str) -> dict[str, Any]:
    """Run the command and return its report."""
    evaluate("--data", data, "--json", folder / "report.json", *arguments)
    content: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return content


def test_it_says_why_there_are_no_intervals(tmp_path: Path) -> None:
    assert "fewer than 5 speakers" in evaluate("--data", write_data(tmp_path, ["anna", "ben"]))


def test_it_spoils_clips_and_judges_them_again(tmp_path: Path) -> None:
    data = write_data(tmp_path, ["anna", "ben", "carl"])
    report = evaluate_json(data, tmp_path, "--robustness", "2")
    conditions = report["robustness"]["conditions"]
    assert [c["name"] for c in conditions][:2] == ["clean", "noise_20_db"]
    assert len(conditions) == 13
    assert all(c["n_clips"] == 2 for c in conditions)
    assert report["overall"]["n_clips"] == 3


def test_it_judges_some_clips_of_each_corpus(tmp_path: Path) -> None:
    data = write_data(tmp_path, ["anna", "ben", "carl"])
    report = evaluate_json(data, tmp_path, "--limit", "2")
    assert report["overall"]["n_clips"] == 2
    assert report["limit"] == 2


@pytest.mark.parametrize(
    ("option", "place"),
    [
        *product(("--json", "--posteriors"), ("missing/folder/x", "file/x", "a_folder")),
        ("--page", "file/x"),
        ("--page", "file"),
    ],
)
def test_it_refuses_a_place_it_can_not_write_to_before_it_judges(
    tmp_path: Path, option: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "a_folder").mkdir()
    data = write_data(tmp_path, ["anna"])
    monkeypatch.setattr("mlcore.inference.Recognizer.recognize", None)
    with pytest.raises(CommandError, match=f"{place}.*report:user:unwritable"):
        evaluate("--data", data, option, tmp_path / place)


def test_it_names_the_corpora_that_there_are(tmp_path: Path) -> None:
    data = write_data(tmp_path, ["anna"])
    with pytest.raises(CommandError, match=r"no corpus maed; it has made.*dataset:user:corpora"):
        evaluate("--data", data, "--corpora", "made,maed")


def test_it_says_when_no_clip_is_left(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="dataset:user:no-rows"):
        evaluate("--data", write_data(tmp_path, ["anna"]), "--folds", "4")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--folds", "one"), "'one' is not a list of numbers"),
        (("--limit", "0"), "'0' is not a whole number above 0"),
        (("--limit", "1.5"), "'1.5' is not a whole number"),
        (("--robustness", "-3"), "'-3' is not a whole number|expected"),
        (("--engine", "torch"), "invalid choice"),
    ],
)
def test_it_refuses_numbers_that_are_none(
    tmp_path: Path, arguments: tuple[str, str], words: str
) -> None:
    with pytest.raises(CommandError, match=words):
        evaluate("--data", write_data(tmp_path, ["anna"]), *arguments)


def test_it_tells_why_clips_were_refused(tmp_path: Path) -> None:
    data = write_data(tmp_path, ["anna", "ben"])
    (data / "1.wav").unlink()
    printed = evaluate("--data", data)
    assert "1 refused" in printed
    assert "1 [audio:user:missing]" in printed
