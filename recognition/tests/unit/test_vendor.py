"""Scripts of others are what their note says, byte for byte."""

import hashlib
import re
from pathlib import Path

import pytest

VENDOR = Path(__file__).parents[3] / "static" / "vendor"


@pytest.mark.parametrize(
    "note", sorted(VENDOR.glob("*/VERSIONS.txt")), ids=lambda it: it.parent.name
)
def test_it_is_the_script_that_its_note_names(note: Path) -> None:
    words = note.read_text()
    found = re.findall(r"^file +(\S+)\n(?:.+\n)*?sha256 +([0-9a-f]{64})$", words, re.M)
    assert {name for name, _ in found} == {file.name for file in note.parent.glob("*.js")}
    for name, sha256 in found:
        assert hashlib.sha256((note.parent / name).read_bytes()).hexdigest() == sha256
    assert (note.parent / "LICENSE").is_file()
