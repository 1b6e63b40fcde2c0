"""manage.py import_corpus: what it prints and writes, and how it fails."""

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from mlcore.dataset import read_manifest
from mlcore.tests import synth


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Write three good clips named as in SAVEE and one that is empty."""
    for number, name in enumerate(("DC/a01.wav", "JE/a01.wav", "JK/h02.wav")):
        path = tmp_path / "savee" / name
        path.parent.mkdir(parents=True)
        noise = 0.1 * np.random.default_rng(number).standard_normal(8000)
        synth.write(path, noise.astype(np.float32))
    (tmp_path / "savee" / "DC" / "a02.wav").write_bytes(b"")
    return tmp_path / "savee"


def run(*arguments: str | Path) -> str:
    """Run the command and return its standard output."""
    output = io.StringIO()
    call_command("import_corpus", *map(str, arguments), stdout=output)
    return output.getvalue()


def test_it_reports_and_writes_a_manifest_that_can_be_read(folder: Path) -> None:
    report = folder.parent / "report.json"
    printed = run("savee", folder, "--json", report)
    for words in ("3 usable, 480 published", "DC/a02.wav: The file is empty", "emotion", "missing"):
        assert words in printed
    assert [u.path for u in read_manifest(folder)] == ["DC/a01.wav", "JE/a01.wav", "JK/h02.wav"]
    found = json.loads(report.read_text(encoding="utf-8"))
    assert found["clips"] == {"usable": 3, "published": 480}
    assert found["speakers"] == {"usable": 3, "published": 4}
    kinds = [finding["kind"] for finding in found["findings"]]
    assert (kinds.count("empty"), kinds.count("missing")) == (1, 476)


def test_it_imports_one_corpus_after_the_other(folder: Path) -> None:
    other = folder.parent / "emovo" / "f1"
    other.mkdir(parents=True)
    synth.write(other / "dis-f1-b1.wav", synth.voice(1.0))
    output = folder.parent / "manifest.csv"
    run("savee", folder, "--output", output)
    run("emovo", folder.parent / "emovo", "--output", output, "--folds-from", output)
    found = read_manifest(folder.parent)
    assert {u.corpus for u in found} == {"savee", "emovo"}
    assert {u.fold for u in found if u.corpus == "savee"} == {0, 1, 2}


def test_it_checks_any_manifest_and_writes_only_where_it_is_told(folder: Path) -> None:
    text = "path,speaker,emotion\nDC/a01.wav,DC,angry\nDC/a02.wav,DC,sad\nJE/a01.wav,JE,hungry\n"
    (folder / "manifest.csv").write_text(text, encoding="utf-8")
    printed = run("csv", folder)
    assert "unknown emotion 'hungry'" in printed
    assert "clips       1 usable\n" in printed
    assert (folder / "manifest.csv").read_text(encoding="utf-8") == text
    run("csv", folder / "manifest.csv", "--output", folder / "good.csv")
    assert [u.path for u in read_manifest(folder / "good.csv")] == ["DC/a01.wav"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("emodb", "savee"), "nothing-usable"),
        (("meld", "savee"), "table"),
        (("savee", "nowhere"), "no-folder"),
        (("csv", "nowhere"), "missing"),
        (("savee", "savee", "--output", "savee/DC/manifest.csv"), "outside"),
        (("savee", "savee", "--folds-from", "nowhere.csv"), "missing"),
        (("savee", "savee", "--json", "nowhere/report.json"), "unwritable"),
    ],
)
def test_it_fails_with_a_typed_error(folder: Path, arguments: tuple[str, ...], code: str) -> None:
    name, *others = arguments
    paths = [a if a.startswith("--") else folder.parent / a for a in others]
    with pytest.raises(CommandError, match=f"dataset:user:{code}"):
        run(name, *paths)
    assert not list(folder.rglob("manifest.csv"))


def test_it_exits_with_1_when_nothing_is_usable(tmp_path: Path) -> None:
    (tmp_path / "03a01Fa.wav").write_bytes(b"")
    command = [sys.executable, "manage.py", "import_corpus", "emodb", str(tmp_path)]
    result = subprocess.run(
        command, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert "dataset:user:nothing-usable" in result.stderr
    assert "Traceback" not in result.stderr
