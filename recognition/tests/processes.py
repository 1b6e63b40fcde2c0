"""The real processes of the site, started for a test on the test database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from recognition.benchmark import answers, free_port
from recognition.models import Clip, User
from recognition.services.submit import submit_clip

BIN = Path(sys.executable).parent
RESULT_TIMEOUT_S = 60
START_TIMEOUT_S = 120  # a cold TensorFlow or numba cache on a busy machine


@dataclass
class Process:
    popen: subprocess.Popen[bytes]
    log: Path

    def says(self, words: str) -> bool:
        return words in self.log.read_text(errors="replace")

    def kill(self) -> None:
        """kill -9 of the process and all its children, as a crash or the kernel would."""
        os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait(10)


@dataclass(frozen=True)
class Surroundings:
    """Where the processes of one test session find database, broker and media."""

    environment: dict[str, str]
    folder: Path

    @contextmanager
    def running(self, name: str, *command: str, **extra: str) -> Iterator[Process]:
        log = self.folder / f"{name}-{time.monotonic_ns()}.log"
        with log.open("wb") as file:
            popen = subprocess.Popen(
                [str(BIN / command[0]), *command[1:]],
                env=self.environment | extra,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        process = Process(popen, log)
        try:
            yield process
        finally:
            if popen.poll() is None:
                popen.terminate()
                try:
                    popen.wait(15)
                except subprocess.TimeoutExpired:
                    process.kill()

    @contextmanager
    def worker(self, **extra: str) -> Iterator[Process]:
        """A recognition worker that has loaded its model and takes work."""
        options = (
            "-Q",
            "reap,recognize,later",
            "--concurrency",
            "1",
            "-n",
            "test@%h",
            "--loglevel",
            "INFO",
        )
        with self.running("worker", "celery", "-A", "sersite", "worker", *options, **extra) as it:
            wait_until(lambda: it.says(" ready."), START_TIMEOUT_S, it)
            yield it

    @contextmanager
    def beat(self, **extra: str) -> Iterator[Process]:
        schedule = str(self.folder / f"beat-{time.monotonic_ns()}")
        with self.running("beat", "celery", "-A", "sersite", "beat", "-s", schedule, **extra) as it:
            yield it

    @contextmanager
    def web(self) -> Iterator[tuple[str, Process]]:
        """Yields the address of the site and the gunicorn that serves it."""
        collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
        subprocess.run(collect, env=self.environment, check=True, timeout=START_TIMEOUT_S)
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        options = ("--bind", f"127.0.0.1:{port}")
        with self.running("web", "gunicorn", "sersite.wsgi", *options, SITE_URL=address) as it:
            wait_until(lambda: answers(f"{address}/health/"), START_TIMEOUT_S, it)
            yield address, it


def database_url() -> str:
    database = connection.settings_dict
    return (
        f"postgresql://{database['USER']}:{database['PASSWORD']}"
        f"@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    )


def wait_until(
    condition: Callable[[], object], timeout_s: float, process: Process | None = None
) -> None:
    """Fails with the end of the process's log, so that CI shows why."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        died = process is not None and process.popen.poll() is not None
        if died or time.monotonic() > deadline:
            log = process.log.read_text(errors="replace")[-4000:] if process else ""
            raise AssertionError(f"Waited {timeout_s} s in vain{' (it died)' * died}\n{log}")
        time.sleep(0.05)


def submit(owner: User, content: bytes, name: str = "a.wav") -> Clip:
    return submit_clip(owner, SimpleUploadedFile(name, content))


def wait_for(clip: Clip) -> Clip:
    def is_final() -> bool:
        clip.refresh_from_db()
        return clip.is_final

    wait_until(is_final, RESULT_TIMEOUT_S)
    return clip
