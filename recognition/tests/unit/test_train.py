"""manage.py train, tune and compare: options, refusals, and small runs from beginning to end."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from mlcore import bundles
from mlcore.dataset import read_manifest
from mlcore.networks import ARCHITECTURES, architecture
from mlcore.tests.ml.conftest import make_data
from recognition.management.commands import compare
from recognition.management.commands.train import Command, _options

QUICK = ("--epochs", "2", "--batch-size", "8", "--copies", "0")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_data(tmp_path_factory.mktemp("data"))


def test_it_asks_for_the_data(tmp_path: Path, settings: Any) -> None:
    settings.CORPORA_DIR = ""
    with pytest.raises(CommandError, match="--data"):
        call_command("train", str(tmp_path / "bundle"))


def test_it_reads_lists_of_corpora_and_folds() -> None:
    parser = Command().create_parser("manage.py", "train")
    found = parser.parse_args(["out", "--corpora", "tess, emodb", "--folds", "1,2"])
    assert found.corpora == ("tess", "emodb")
    assert found.folds == (1, 2)
    assert found.output == Path("out")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--architecture", "perceptron"), "voice_transfer"),
        (("--architecture", "lstm", "--size", "layers=3"), "layers"),
        (("--architecture", "lstm", "--size", "dense"), "dense"),
        (("--cross-validation", "nowhere.json"), "nowhere.json"),
        (("--corpora", "nobody"), "nobody"),
    ],
)
def test_it_says_what_it_can_not_do(
    data: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("train", str(tmp_path / "bundle"), "--data", str(data), *arguments)
    assert not (tmp_path / "bundle").exists()


@pytest.mark.parametrize("parts", ["0", "4"])
def test_one_speaker_is_too_few(data: Path, tmp_path: Path, parts: str) -> None:
    """Who is left when the other one of two is set aside."""
    folder = shutil.copytree(data, tmp_path / "data")
    lines = (data / "manifest.csv").read_text().splitlines()
    two = [line for line in lines if line.startswith(("path,", "0-", "1-"))]
    (folder / "manifest.csv").write_text("\n".join(two) + "\n")
    where = ("--data", str(folder), "--cache", str(tmp_path / "cache"), "--parts", parts)
    with pytest.raises(CommandError, match=r"speakers but has 1.*dataset:user:speakers"):
        options = ("--architecture", "baseline", "--folds", "1")
        call_command("train", str(tmp_path / "bundle"), *where, *options)
    with pytest.raises(CommandError, match="speakers but has 1"):
        options = ("--architectures", "baseline", "--protocols", "speaker_independent")
        call_command("compare", *where, *options, "--results", str(tmp_path / "results"))
    assert not (tmp_path / "bundle").exists()
    assert not list(tmp_path.rglob("*.json"))


def test_it_writes_bundle_report_and_curves(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    options = (
        "--architecture",
        "conv1d",
        "--size",
        "dense=8",
        "--test-folds",
        "0",
        "--folds",
        "1,2,3",
        "--denoise",
    )
    where = ("--data", str(data), "--cache", str(tmp_path / "cache"))
    call_command(
        "train", str(folder), *where, *QUICK, *options, "--test-folds", "0", "--parts", "3"
    )
    report = json.loads((folder / "training.json").read_text())
    info = bundles.read_info(folder)
    assert report["bundle_sha256"] == info.sha256
    assert report["data_hash"] == info.training["data_hash"]
    assert report["seed"] == 1
    assert [log["epoch"] for log in report["epochs"]] == [1, 2]
    assert set(report["reports"]) == {"validation", "test"}
    assert info.sizes["dense"] == 8
    assert info.features.denoise
    assert not architecture("conv1d").features.denoise
    assert (folder / "training.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "n_parts"),
    [
        ((), 8),
        (("--cross-validation",), 0),
        (("--cross-validation", "--architecture=lstm"), 8),
        (("--cross-validation", "--parts=3"), 3),
        (("--parts=0",), 0),
    ],
    ids=str,
)
def test_a_cross_validation_stands_in_for_a_part_that_validates(
    tmp_path: Path, arguments: tuple[str, ...], n_parts: int
) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps({"temperature": 1.0, "not_sure_below": 0.5, "scores": {}}))
    given = [f"{a}={path}" if a == "--cross-validation" else a for a in arguments]
    parsed = Command().create_parser("manage.py", "train").parse_args(["out", *given])
    assert _options(vars(parsed)).n_parts == n_parts


def test_it_says_that_nobody_validated(data: Path, tmp_path: Path, capsys: Any) -> None:
    where = ("--data", str(data), "--cache", str(tmp_path / "cache"))
    options = ("--architecture", "baseline", "--parts", "0")
    call_command("train", str(tmp_path / "bundle"), *where, *QUICK, *options)
    assert "not calibrated" in capsys.readouterr().out


def test_a_search_goes_on_where_it_stopped(data: Path, tmp_path: Path, capsys: Any) -> None:
    where = ("--data", str(data), "--cache", str(tmp_path / "cache"))
    study = ("--study", str(tmp_path / "study.log"), "--json", str(tmp_path / "table.json"))
    options = (*where, *study, "--architecture", "baseline", "--epochs", "2", "--copies", "0")
    call_command("tune", *options, "--trials", "2", "--learning-rate", "1e38")
    assert "2 trials failed" in capsys.readouterr().out
    assert json.loads((tmp_path / "table.json").read_text()) == []
    with pytest.raises(CommandError, match="validation"):
        call_command("tune", *options, "--parts", "0")
    with pytest.raises(CommandError, match="at least 9 speakers"):
        call_command("tune", *options, "--parts", "9")
    call_command("tune", *options, "--trials", "2")
    first = json.loads((tmp_path / "table.json").read_text())
    call_command("tune", *options, "--trials", "3")
    second = json.loads((tmp_path / "table.json").read_text())
    assert (len(first), len(second)) == (2, 3)
    assert [row for row in second if row["trial"] < 2] == first
    assert [row["uar"] for row in second] == sorted((r["uar"] for r in second), reverse=True)


def test_a_comparison_keeps_its_cells_and_writes_tables(
    data: Path, tmp_path: Path, settings: Any, capsys: Any
) -> None:
    settings.BASE_DIR = tmp_path
    mark = "<!-- results: written by manage.py compare -->\n<!-- /results -->\n"
    (tmp_path / "README.md").write_text(f"before\n{mark}after\n")
    results = tmp_path / "results"
    options = (
        *("--data", str(data), "--cache", str(tmp_path / "cache"), "--results", str(results)),
        *("--architectures", "baseline", "--epochs", "2", "--copies", "0", "--parts", "0"),
        "--resume",
    )
    call_command("compare", *options)
    cells = sorted(path.name for path in results.glob("*/*/*.json"))
    folds = [f"speaker_independent-{fold}-1.json" for fold in range(4)]
    assert cells == ["random_split-1.json", *folds]
    cell = json.loads((results / "all" / "baseline" / folds[0]).read_text())
    assert cell["n_test_clips"] == 16
    assert {"data_hash", "code_version", "seed", "scores", "n_parameters"} <= set(cell)
    times = {path: path.stat().st_mtime_ns for path in results.glob("*/*/*")}
    (results / "all" / "baseline" / "random_split-1.json").unlink()
    call_command("compare", *options)
    changed = {p.name for p in results.glob("*/*/*") if times.get(p) != p.stat().st_mtime_ns}
    assert changed == {"random_split-1.json", "random_split-1.npz"}
    # one that a crash cut off is run again, or named where it is only read
    broken = results / "all" / "baseline" / folds[1]
    content = broken.read_bytes()
    broken.write_bytes(content[: len(content) // 2])
    with pytest.raises(CommandError, match=rf"{folds[1]} is damaged"):
        call_command("compare", *options, "--tables")
    call_command("compare", *options)
    assert json.loads(broken.read_text())["scores"] == json.loads(content)["scores"]
    assert (tmp_path / "README.md").read_text().startswith("before\n")
    assert (tmp_path / "README.md").read_text().endswith("after\n")


def test_a_comparison_trains_each_as_it_is_meant_to_be(data: Path) -> None:
    """Our own learn from all speakers; the usual architectures stop early by some of them."""
    parser = compare.Command().create_parser("manage.py", "compare")
    cells = compare._cells(read_manifest(data), vars(parser.parse_args(["--data", str(data)])))
    parts = {cell.options.architecture: cell.options.n_parts for cell in cells}
    ours = {"voice_transfer": 0, "attentive_cnn": 0}
    assert parts == dict.fromkeys(ARCHITECTURES, 8) | ours


def test_it_knows_no_other_protocol(data: Path, tmp_path: Path) -> None:
    options = ("--data", str(data), "--architectures", "baseline", "--results", str(tmp_path))
    with pytest.raises(CommandError, match="by_moonlight"):
        call_command("compare", *options, "--protocols", "by_moonlight")
