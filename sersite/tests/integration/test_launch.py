"""What `make run` starts: in a checkout of its own, stopped by Ctrl-C and by kill -9."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from sersite.embedded import free_port
from sersite.processes import marked_processes, server_mark

ROOT = Path(__file__).resolve().parents[3]
START_TIMEOUT_S = 120
END_TIMEOUT_S = 60
SERVERS = ("DATABASE_URL", "REDIS_URL")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, so that a site that runs here is not disturbed."""
    folder = tmp_path_factory.mktemp("launch")
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)
    ignored = shutil.ignore_patterns("var", ".*", "__pycache__", "tests", "docs")
    return shutil.copytree(ROOT, folder / "checkout", ignore=ignored)


def n_left(checkout: Path) -> int:
    mark = str(checkout.resolve() / "var")
    return len(marked_processes(mark)) + len(marked_processes(server_mark(mark)))


@contextmanager
def launched(checkout: Path, port: int) -> Iterator[tuple["subprocess.Popen[bytes]", Path]]:
    """In a process group of its own, as a terminal would have it."""
    log = checkout.parent / f"{time.monotonic_ns()}.log"
    environment = {name: text for name, text in os.environ.items() if name not in SERVERS}
    with log.open("wb") as file:
        launcher = subprocess.Popen(
            [sys.executable, "-m", "sersite.launch"],
            cwd=checkout,
            env=environment | {"PORT": str(port)},
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield launcher, log
    finally:
        if launcher.poll() is None:
            launcher.kill()
        wait_for_end(checkout)


def wait_for_text(log: Path, text: str, launcher: "subprocess.Popen[bytes]") -> str:
    deadline = time.monotonic() + START_TIMEOUT_S
    while text not in (said := log.read_text(errors="replace")):
        assert launcher.poll() is None, said[-4000:]
        assert time.monotonic() < deadline, said[-4000:]
        time.sleep(0.1)
    return said


def wait_for_end(checkout: Path) -> None:
    deadline = time.monotonic() + END_TIMEOUT_S
    while n_left(checkout):
        assert time.monotonic() < deadline, f"{n_left(checkout)} processes outlive the site"
        time.sleep(0.1)


def test_it_starts_everything_keeps_all_data_and_ends_on_ctrl_c(checkout: Path) -> None:
    port = free_port()
    with launched(checkout, port) as (launcher, log):
        said = wait_for_text(log, "sersite is at", launcher)
        assert f"http://localhost:{port}" in said
        password = re.search(r"generated password: (\S+)", said)
        assert password
        for name in ("web.1", "worker.1", "training.1", "beat.1"):
            assert f"{name} started" in said
        wait_for_text(log, "recognize@", launcher)
        with urlopen(f"http://127.0.0.1:{port}/accounts/login/", timeout=10) as page:
            assert page.status == 200
        os.killpg(launcher.pid, signal.SIGINT)
        assert launcher.wait(END_TIMEOUT_S) == 0
        assert n_left(checkout) == 0
    with launched(checkout, port) as (launcher, log):
        said = wait_for_text(log, "sersite is at", launcher)
        assert password[1] in said
        assert "(kept in" not in said  # no second administrator was made
        os.kill(launcher.pid, signal.SIGTERM)
        assert launcher.wait(END_TIMEOUT_S) == 0
        assert n_left(checkout) == 0


@pytest.mark.parametrize("victim", ["launcher", "supervisor"])
def test_no_process_outlives_a_kill(checkout: Path, victim: str) -> None:
    with launched(checkout, free_port()) as (launcher, log):
        wait_for_text(log, "sersite is at", launcher)
        children = psutil.Process(launcher.pid).children()
        supervisor = next(it for it in children if "honcho" in " ".join(it.cmdline()))
        (launcher if victim == "launcher" else supervisor).kill()
        launcher.wait(END_TIMEOUT_S)
        wait_for_end(checkout)


def test_it_stops_when_it_is_interrupted_while_it_prepares(checkout: Path) -> None:
    shutil.rmtree(checkout / "var" / "static", ignore_errors=True)
    with launched(checkout, free_port()) as (launcher, log):
        deadline = time.monotonic() + START_TIMEOUT_S
        while not (checkout / "var" / "servers" / "redis.url").exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.killpg(launcher.pid, signal.SIGINT)
        assert launcher.wait(END_TIMEOUT_S) == 0
        assert n_left(checkout) == 0
        assert "Traceback" not in log.read_text()


def test_the_site_survives_the_end_of_its_database(checkout: Path) -> None:
    port = free_port()
    with launched(checkout, port) as (launcher, log):
        wait_for_text(log, "sersite is at", launcher)
        servers = marked_processes(server_mark(str(checkout.resolve() / "var")))
        next(it for it in servers if "bin/postgres" in it.cmdline()[0]).kill()
        wait_for_text(log, "is started again", launcher)
        deadline = time.monotonic() + END_TIMEOUT_S
        while not is_healthy(port):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        os.killpg(launcher.pid, signal.SIGINT)
        assert launcher.wait(END_TIMEOUT_S) == 0


def is_healthy(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health/", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_a_second_start_says_that_it_runs_already(checkout: Path) -> None:
    with launched(checkout, free_port()) as (launcher, log):
        wait_for_text(log, "sersite is at", launcher)
        with launched(checkout, free_port()) as (second, second_log):
            assert second.wait(END_TIMEOUT_S) == 1
            said = second_log.read_text()
            assert f"sersite already runs here, as process {launcher.pid}" in said
            assert launcher.poll() is None
            os.killpg(launcher.pid, signal.SIGINT)
            launcher.wait(END_TIMEOUT_S)
