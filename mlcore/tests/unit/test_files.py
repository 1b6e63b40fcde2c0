"""Files are written as a whole or not at all."""

import subprocess
import sys
from pathlib import Path

import pytest

from mlcore.files import replacing, write_text

DIES_HALF_WAY = """
import os, pathlib, signal, sys
from mlcore.files import replacing
with replacing(pathlib.Path(sys.argv[1])) as scratch:
    scratch.write_text("ne")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_it_replaces_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_text(path, "old")
    write_text(path, "für alle")
    assert path.read_bytes() == "für alle".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_keeps_the_old_file_and_no_scratch(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_text(path, "old")
    with pytest.raises(RuntimeError), replacing(path) as scratch:
        scratch.write_text("ne")
        raise RuntimeError("no disk today")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_killed_write_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_text(path, "old")
    killed = subprocess.run([sys.executable, "-c", DIES_HALF_WAY, str(path)], check=False)
    assert killed.returncode == -9
    assert path.read_text() == "old"
    assert list(tmp_path.glob("*.json")) == [path]
