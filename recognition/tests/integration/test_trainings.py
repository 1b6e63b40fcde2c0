"""Never two trainings at once: a lock that dies with its holder, and what follows from that."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from recognition import tasks
from recognition.errors import RetrainError
from recognition.jobs.trainings import (
    TRAINING_LOCK,
    queue_scheduled_training,
    queue_training,
    reap_trainings,
    resume_training,
    training_lock,
)
from recognition.jobs.work import claim
from recognition.models import TrainingRun, User
from recognition.services.training import request_training
from recognition.tests.processes import Process, Surroundings, wait_until
from recognition.tests.teaching import training

pytestmark = pytest.mark.django_db

HOLDER = """
import os, time
os.environ["DJANGO_SETTINGS_MODULE"] = "sersite.settings"
import django
django.setup()
from recognition.jobs.trainings import training_lock
with training_lock() as lock:
    print("held", lock.is_held, flush=True)
    time.sleep(600)
"""


@contextmanager
def holder(surroundings: Surroundings) -> Iterator[Process]:
    """Another process that trains."""
    with surroundings.running("holder", sys.executable, "-c", HOLDER) as process:
        wait_until(lambda: process.says("held True"), 60, process)
        yield process


def holds_lock() -> bool:
    with training_lock() as lock:
        return lock.is_held


def test_the_lock_is_one_persons_and_free_again_afterwards() -> None:
    with training_lock() as lock:
        assert lock.is_held
        assert not holds_lock()
        lock.check()
    assert holds_lock()


def test_the_lock_dies_with_a_killed_holder(surroundings: Surroundings) -> None:
    with holder(surroundings) as process:
        assert not holds_lock()
        process.kill()
        wait_until(holds_lock, 10)


def test_a_lost_lock_is_noticed() -> None:
    """The database was restarted, or an administrator ended the session."""
    with training_lock() as lock:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks"
                " WHERE locktype = 'advisory' AND objid = %s AND database ="
                " (SELECT oid FROM pg_database WHERE datname = current_database())",
                [TRAINING_LOCK],
            )
        with pytest.raises(RetrainError) as caught:
            lock.check()
    assert caught.value.code == "retrain:app:lock-lost"


def test_somebody_asks_for_a_training(
    administrator: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    told: list[int] = []
    monkeypatch.setattr(tasks, "announce_trainings", told.extend)
    with django_capture_on_commit_callbacks(execute=True):
        run = request_training(TrainingRun.Trigger.ADMIN, by=administrator)
    assert told == [run.pk]
    assert (run.state, run.trigger, run.requested_by) == ("queued", "admin", administrator)
    assert run.options == {"from_champion": True, "corpora": ""}


@pytest.mark.parametrize("state", ["queued", "running"])
def test_nobody_asks_for_a_second_one_at_a_time(state: str) -> None:
    first = training(state)
    with pytest.raises(RetrainError) as caught:
        request_training(TrainingRun.Trigger.ADMIN)
    assert (caught.value.code, caught.value.details) == (
        "retrain:user:under-way",
        {"run": first.pk},
    )
    assert queue_scheduled_training() == []
    assert TrainingRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_ask_at_once_one_gets_a_training() -> None:
    def ask(_: int) -> bool:
        try:
            queue_training(TrainingRun.Trigger.COMMAND, by=None, options={})
        except RetrainError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(ask, range(4))) == 1
    assert TrainingRun.objects.count() == 1


def test_the_schedule_asks_as_a_person_does() -> None:
    [run_id] = queue_scheduled_training()
    run = TrainingRun.objects.get(pk=run_id)
    assert (run.trigger, run.requested_by) == ("schedule", None)
    assert run.options["from_champion"] is True


def test_the_reaper_brings_back_what_a_killed_worker_trained(surroundings: Surroundings) -> None:
    """Only when its holder is dead, however long it takes."""
    run = training("running", attempts=1, started_at=timezone.now() - timedelta(days=2))
    TrainingRun.objects.update(created_at=timezone.now() - timedelta(days=2))
    with holder(surroundings) as process:
        assert reap_trainings() == []
        run.refresh_from_db()
        assert run.state == "running"
        process.kill()
        wait_until(holds_lock, 10)
    assert reap_trainings() == [run.pk]
    run.refresh_from_db()
    assert (run.state, run.attempts, run.started_at) == ("queued", 1, None)


def test_the_reaper_gives_a_training_up_after_the_last_attempt(settings: Any) -> None:
    settings.MAX_ATTEMPTS = 3
    run = training("running", attempts=3)
    assert reap_trainings() == []
    run.refresh_from_db()
    assert (run.state, run.error_code) == ("failed", "retrain:app:gave-up")
    assert run.error_details == {"attempts": 3}


@pytest.mark.parametrize("state", ["queued", "running", "failed"])
def test_a_training_that_did_not_end_well_is_resumed(state: str) -> None:
    run = training(state, attempts=3)
    assert resume_training() == run
    again = claim(TrainingRun.objects.all(), run.pk)
    assert again is not None
    assert (again.attempts, again.error_code) == (1, "")


@pytest.mark.django_db(transaction=True)
def test_resuming_and_asking_at_once_leave_one_unfinished_training() -> None:
    """Who resumes waits for who asks, and goes on with what was asked for."""
    training("failed")

    def resume() -> TrainingRun:
        try:
            return resume_training()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            asked = queue_training(TrainingRun.Trigger.COMMAND, by=None, options={})
            resumed = threads.submit(resume)
            with pytest.raises(TimeoutError):
                resumed.result(timeout=0.5)
        assert resumed.result(timeout=10) == asked
    assert TrainingRun.objects.filter(state__in=["queued", "running"]).get() == asked


def test_there_is_nothing_to_resume_after_a_good_end() -> None:
    training("failed")
    training("done")
    with pytest.raises(RetrainError) as caught:
        resume_training()
    assert caught.value.code == "retrain:user:nothing-to-resume"


def test_a_training_that_another_process_does_is_not_resumed() -> None:
    training("running")
    with training_lock():
        with pytest.raises(RetrainError) as caught:
            resume_training()
    assert caught.value.code == "retrain:user:under-way"
