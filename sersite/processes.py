"""Processes of ours: under which account they run, how they end, and that none outlives us.

`python -m sersite.processes MARK` is the guard: it waits until its parent is gone, however that
came about, and then ends every process that carries the parent's mark.
"""

import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

# Children inherit it; its value is the folder that the processes work on.
MARK = "SERSITE_PROCESSES_OF"
PATIENCE_S = 20


@dataclass(frozen=True)
class Account:
    """Who runs the database: never root, which PostgreSQL refuses."""

    uid: int
    gid: int

    @classmethod
    def for_folder(cls, folder: Path) -> "Account":
        """Ourselves; when we are root, who owns the folder already, else nobody."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        if folder.exists() and (owner := folder.stat()).st_uid != 0:
            return cls(owner.st_uid, owner.st_gid)
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid)

    @property
    def is_ours(self) -> bool:
        return self.uid == os.geteuid()

    def popen_options(self) -> dict[str, Any]:
        """For subprocess: that account, and a folder to work in which it can reach."""
        options: dict[str, Any] = {"cwd": "/"}
        if not self.is_ours:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def can(self, *command: str | Path) -> bool:
        """Tried out as that account: modes, owners and mounts can't be out-guessed."""
        try:
            done = subprocess.run(
                command, capture_output=True, timeout=PATIENCE_S, **self.popen_options()
            )
        except OSError:
            return False
        return done.returncode == 0

    def own(self, path: Path) -> None:
        if not self.is_ours:
            os.chown(path, self.uid, self.gid)


def marked_processes(mark: str) -> list[psutil.Process]:
    """All but this one and those that are not ours to look into."""
    found = []
    for process in psutil.process_iter():
        try:
            is_marked = process.environ().get(MARK) == mark
        except (psutil.Error, OSError):
            continue
        if is_marked and process.pid != os.getpid():
            found.append(process)
    return found


def processes_working_in(folder: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            is_there = Path(process.cwd()) == folder
        except (psutil.Error, OSError):
            continue
        if is_there:
            found.append(process)
    return found


def end_processes(processes: Iterable[psutil.Process], first_signal: int = signal.SIGTERM) -> None:
    """Ask, wait, then kill."""
    asked = list(processes)
    for process in asked:
        send(process, first_signal)
    for process in still_running(asked):
        send(process, signal.SIGKILL)
    still_running(asked)


def still_running(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that our patience does not outlast; a zombie has ended, its parent only looks away."""
    deadline = time.monotonic() + PATIENCE_S
    left = [process for process in processes if not has_ended(process)]
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = [process for process in left if not has_ended(process)]
    return left


def has_ended(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return True


def send(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.Error:
        return  # gone already


def server_mark(mark: str) -> str:
    """Of the servers that the marked processes use, and that have to go last."""
    return f"{mark} (servers)"


def end_marked(mark: str) -> None:
    end_processes(marked_processes(mark))
    # SIGINT is PostgreSQL's fast shutdown
    end_processes(marked_processes(server_mark(mark)), signal.SIGINT)


def interrupt_on_signals() -> None:
    """Ctrl-C, SIGTERM and a closed terminal all stop us; the second one no longer disturbs that."""
    asking = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(*_: object) -> None:
        for number in asking:
            signal.signal(number, lambda *_: None)
        raise KeyboardInterrupt

    for number in asking:
        signal.signal(number, interrupt)


@contextmanager
def guarded(mark: str) -> Iterator[None]:
    """It notices our end by the end of its standard input, even if we are killed."""
    guard = subprocess.Popen(
        [sys.executable, "-m", "sersite.processes", mark],
        stdin=subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
        start_new_session=True,
    )
    try:
        yield
    finally:
        guard.communicate()


if __name__ == "__main__":
    sys.stdin.buffer.read()
    end_marked(sys.argv[1])
