"""manage.py retrain: from what reviewers settled to a candidate that was compared."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mlcore.errors import SersiteError
from recognition.errors import RetrainError
from recognition.jobs.trainings import queue_training, resume_training, training_options
from recognition.management.training import Bars
from recognition.messages import sentence
from recognition.models import TrainingRun, WorkState


class Command(BaseCommand):
    help = (
        "Trains a candidate on settled clips of people who consent, and compares it with the "
        "serving model. What serves does not change; see promote."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--from-champion",
            action="store_true",
            help="fine-tune the serving model: enough for a few dozen clips, without corpora",
        )
        parser.add_argument(
            "--corpora",
            type=Path,
            metavar="FOLDER",
            help="with manifest.csv: learned from, too; fold 0 judges where it was never heard",
        )
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--epochs", type=int, help="at most (default: the recipe's)")
        parser.add_argument("--again", action="store_true", help="even if nothing is new")
        parser.add_argument(
            "--resume", action="store_true", help="go on with the training that was broken off"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = resume_training() if options["resume"] else queue(options)
            self.stdout.write(f"Training {run.pk}")
            train(run)
        except SersiteError as error:
            raise CommandError(f"{sentence(error.code, error.details)} [{error.code}]") from error
        except KeyboardInterrupt:
            raise CommandError(sentence("retrain:user:interrupted", {})) from None
        run.refresh_from_db()
        if run.state == WorkState.FAILED:
            words = sentence(run.error_code, run.error_details)
            raise CommandError(f"{words} [{run.error_code}]")
        for line in outcome(run):
            self.stdout.write(line)


def queue(options: dict[str, Any]) -> TrainingRun:
    corpora = options["corpora"]
    wanted = {
        "from_champion": options["from_champion"],
        "corpora": str(corpora.resolve()) if corpora else "",
        "epochs": options["epochs"] or 0,
        "again": options["again"],
    }
    return queue_training(
        TrainingRun.Trigger.COMMAND,
        by=None,
        options=training_options(wanted),
        seed=options["seed"],
    )


def train(run: TrainingRun) -> None:
    # TensorFlow takes seconds to import; --help and mistakes shall not wait for it.
    from recognition.jobs.retrain import run_training

    with Bars() as bars:
        if not run_training(run.pk, bars.progress()):
            raise RetrainError("retrain:user:under-way", {"run": run.pk})


def outcome(run: TrainingRun) -> Iterator[str]:
    data = run.data or {}
    yield f"{data['n_clips']} settled clips of {data['n_speakers']} people"
    if data["outcome"] == "nothing-new":
        yield "Nothing new since the last training: no candidate was made. (--again trains anyway.)"
        return
    if data["outcome"] == "judged-again":
        yield "Nothing new to learn: the candidate was compared again. (--again trains anyway.)"
    verdict, version = data["verdict"], data.get("version", run.challenger)
    yield f"{data['n_gold_clips']} gold clips of {data['n_gold_speakers']} people"
    for reason in verdict["reasons"]:
        details = ", ".join(f"{key} {figure(value)}" for key, value in reason["details"].items())
        yield f"  {'good' if reason['is_good'] else 'BAD '}  {reason['code']:<16} {details}"
    yield f"{version} is {verdict['outcome']}"
    if verdict["outcome"] == "better":
        version_id = data.get("version_id", run.challenger_id)
        yield f"manage.py promote {version_id} lets it serve."


def figure(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
