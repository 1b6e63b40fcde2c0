"""manage.py train, killed by kill -9 at any moment: the last good bundle stays."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.core.management import call_command

from mlcore import bundles
from mlcore.tests.ml.conftest import make_data

MANAGE = Path(__file__).parents[3] / "manage.py"
START_TIMEOUT_S = 120
N_EPOCHS = 40


def kill_when(is_time: Callable[[], bool], arguments: list[str]) -> None:
    """Start a command for real and kill it as the kernel would."""
    command = [sys.executable, str(MANAGE), *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        ends = time.monotonic() + START_TIMEOUT_S
        while not is_time():
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < ends
            time.sleep(0.005)
    finally:
        process.kill()
    assert process.wait() == -signal.SIGKILL


def test_a_killed_training_leaves_the_last_bundle_and_goes_on(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    make_data(data)
    folder = tmp_path / "bundles" / "tiny"
    shutil.copytree(bundles.shipped_bundle("permissive"), folder)
    last = bundles.read_info(folder)
    cache = tmp_path / "cache"
    command = [
        *("train", str(folder), "--architecture", "baseline"),
        *("--data", str(data), "--cache", str(cache), "--parts", "4", "--copies", "0"),
        *("--epochs", str(N_EPOCHS), "--patience", str(N_EPOCHS)),
    ]

    def has_checkpoint() -> bool:
        return any(cache.glob("checkpoints/*/state.json"))

    def writes() -> bool:
        return any(folder.parent.glob(f"{bundles.SCRATCH}*"))

    for is_time in (has_checkpoint, writes):
        kill_when(is_time, command)
        assert bundles.read_info(folder) == last
    call_command(*command)
    found = bundles.read_info(folder)
    assert (found.name, found.architecture) == ("tiny", "baseline")
    report = json.loads((folder / "training.json").read_text())
    assert report["bundle_sha256"] == found.sha256
    assert [log["epoch"] for log in report["epochs"]] == [*range(1, N_EPOCHS + 1)]
