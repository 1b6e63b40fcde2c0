"""The notebooks run from beginning to end, on a small part of the data."""

import os
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from mlcore.corpora.manifest import MANIFEST

ROOT = Path(__file__).parents[3]
NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def some_data(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy EmoDB and every hundredth clip of the other corpora."""
    folder = tmp_path_factory.mktemp("some")
    head, *rows = (corpora / MANIFEST).read_text(encoding="utf-8").splitlines()
    kept = [row for n, row in enumerate(rows) if ",emodb," in row or n % 100 == 0]
    (folder / MANIFEST).write_text("\n".join([head, *kept]) + "\n", encoding="utf-8")
    for row in kept:
        path = row.split(",")[0]
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(corpora / path, folder / path)
    return folder


def _read(path: Path) -> Any:
    return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path: Path, some_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORPORA_DIR", str(some_data))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    notebook = _read(path)
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(ROOT)}})
    client.execute()  # raises what a cell raises
    assert any(cell.get("outputs") for cell in notebook.cells)


def test_there_are_three_and_they_hold_no_output() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "exploring_the_data",
        "reading_an_evaluation",
        "training_a_model",
    ]
    for path in NOTEBOOKS:
        cells = _read(path).cells
        assert not any(cell.get("outputs") for cell in cells)
