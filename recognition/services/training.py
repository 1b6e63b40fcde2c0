"""Somebody asks for a training; a worker of the retrain queue does it."""

from typing import Any

from django.db import transaction

from recognition import tasks
from recognition.jobs.trainings import queue_training, training_options
from recognition.models import TrainingRun, User


@transaction.atomic
def request_training(
    trigger: TrainingRun.Trigger,
    *,
    by: User | None = None,
    options: dict[str, Any] | None = None,
    seed: int = 1,
) -> TrainingRun:
    """Fine-tunes the serving model unless the options say `from_champion: False`.

    Raises RetrainError when a training waits or runs already.
    """
    run = queue_training(trigger, by=by, options=training_options(options), seed=seed)
    transaction.on_commit(lambda: tasks.announce_trainings([run.pk]), robust=True)
    return run
