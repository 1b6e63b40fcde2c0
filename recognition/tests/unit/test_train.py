"""manage.py train: what it refuses before anything heavy is loaded, and its options."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from recognition.management.commands.train import Command


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
