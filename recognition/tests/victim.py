"""A process in which a training breaks off where it is told to, again and again.

``python -m recognition.tests.victim STAGE ...`` forks a child for each stage. The child resumes the
training with the real command and is killed, for good, when the stage begins; "disk-full" lets
no file grow when the bundle is kept, "end" lets it end. Each child's end is printed as a line.
"""

import os
import resource
import signal
import sys
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sersite.settings")
django.setup()

from django.core.management import CommandError, call_command  # noqa: E402

from recognition.jobs import retrain  # noqa: E402
from recognition.jobs.progress import Told  # noqa: E402


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_at(stage: str) -> None:
    tell, fitted, copy = Told.stage, Told._on_epoch, retrain.keep_bundle

    def tell_and_die(told: Told, name: str) -> None:
        tell(told, name)
        if name == stage:
            die()

    def say_epoch(told: Told, log: Any) -> None:
        print("epoch", log.epoch, flush=True)
        fitted(told, log)

    def copy_and_die(*args: Any) -> None:
        copy(*args)
        if stage == "between files and row":
            die()

    replacements: Any = ((Told, "stage", tell_and_die), (Told, "_on_epoch", say_epoch))
    for owner, name, function in (*replacements, (retrain, "keep_bundle", copy_and_die)):
        setattr(owner, name, function)


def fill_disk() -> None:
    copy: Any = retrain.keep_bundle

    def copy_without_room(*args: Any) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        try:
            copy(*args)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    setattr(retrain, "keep_bundle", copy_without_room)  # noqa: B010


def train(stage: str) -> int:
    die_at(stage)
    if stage == "disk-full":
        fill_disk()
    try:
        call_command("retrain", resume=True)
    except CommandError as error:
        print("refused", error, flush=True)
        return 1
    return 0


def main(stages: list[str]) -> None:
    for stage in stages:
        child = os.fork()
        if child == 0:
            code = 2
            try:
                code = train(stage)
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        print("ended", stage, os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
