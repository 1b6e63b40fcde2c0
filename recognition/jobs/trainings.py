"""Trainings as rows, and the lock by which only one is ever under way."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, connections, transaction
from django.db.models import F
from django.utils import timezone

from recognition.errors import RetrainError
from recognition.jobs.reap import give_up, take_waiting
from recognition.models import TrainingRun, User, WorkState
from recognition.selectors.training import unfinished_training

# Any numbers that nothing else in this database locks.
TRAINING_LOCK = 7_120_021
REQUEST_LOCK = 7_120_022


logger = logging.getLogger(__name__)


def training_options(given: dict[str, Any] | None = None) -> dict[str, Any]:
    """What is not given is as in a training on a schedule: fine-tuning the serving model."""
    return {"from_champion": True, "corpora": "", **(given or {})}


class TrainingLock:
    """Held by a database session of its own, so that it dies with its holder, however that dies."""

    def __init__(self) -> None:
        self._connection = connections.create_connection("default")
        self.is_held = self._ask("SELECT pg_try_advisory_lock(%s)")

    def check(self) -> None:
        """Raises RetrainError when the session was lost, and with it the lock."""
        counted = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s"
        try:
            is_held = self._ask(f"{counted} AND pid = pg_backend_pid()")
        except Exception as error:
            raise RetrainError("retrain:app:lock-lost") from error
        if not is_held:
            raise RetrainError("retrain:app:lock-lost")

    def release(self) -> None:
        self._connection.close()

    def _ask(self, sql: str) -> bool:
        with self._connection.cursor() as cursor:
            cursor.execute(sql, [TRAINING_LOCK])
            return bool(cursor.fetchone()[0])


@contextmanager
def training_lock() -> Iterator[TrainingLock]:
    """Yields at once; `is_held` says whether it is ours or another training is under way."""
    lock = TrainingLock()
    try:
        yield lock
    finally:
        lock.release()


@transaction.atomic
def queue_training(
    trigger: TrainingRun.Trigger, *, by: User | None, options: dict[str, Any], seed: int = 1
) -> TrainingRun:
    """Raises RetrainError when one waits or runs already: two would learn the same."""
    one_request_at_a_time()
    if (other := unfinished_training()) is not None:
        raise RetrainError("retrain:user:under-way", {"run": other.pk})
    return TrainingRun.objects.create(
        trigger=trigger,
        requested_by=by,
        options=options,
        seed=seed,
        announced_at=timezone.now(),
    )


def one_request_at_a_time() -> None:
    """Until the transaction ends; whoever waited sees what the other one did."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [REQUEST_LOCK])


@transaction.atomic
def resume_training() -> TrainingRun:
    """The newest training, if it was killed, waits or failed. Raises RetrainError otherwise."""
    one_request_at_a_time()
    with training_lock() as lock:
        run = TrainingRun.objects.first()
        if run is not None and not lock.is_held:
            raise RetrainError("retrain:user:under-way", {"run": run.pk})
        if run is None or run.state == WorkState.DONE:
            raise RetrainError("retrain:user:nothing-to-resume")
        TrainingRun.objects.filter(pk=run.pk).update(
            state=WorkState.QUEUED,
            attempts=0,
            error_code="",
            error_details={},
            announced_at=timezone.now(),
            started_at=None,
            finished_at=None,
        )
    run.refresh_from_db()
    return run


def reap_trainings() -> list[int]:
    """Trainings to announce to the workers now; those whose holder died begin where they were."""
    if TrainingRun.objects.filter(state=WorkState.RUNNING).exists():
        with training_lock() as lock:
            if lock.is_held:
                bring_back(timezone.now())
    return take_waiting(TrainingRun.objects.all(), timezone.now())


def bring_back(now: datetime) -> None:
    """Only while the lock is ours: then nobody is working on what is said to be running."""
    abandoned = TrainingRun.objects.filter(state=WorkState.RUNNING)
    give_up(abandoned, now, "retrain:app:gave-up", WorkState.FAILED)
    abandoned.filter(attempts__lt=settings.MAX_ATTEMPTS).update(
        state=WorkState.QUEUED, announced_at=F("created_at"), started_at=None
    )


def queue_scheduled_training() -> list[int]:
    """As if somebody had asked; nothing where a training is under way."""
    try:
        run = queue_training(TrainingRun.Trigger.SCHEDULE, by=None, options=training_options())
    except RetrainError as error:
        logger.info("No training by schedule: %s", error.code)
        return []
    return [run.pk]
