"""A real worker of the retrain queue, woken as the site wakes it."""

import pytest

from recognition.models import TrainingRun
from recognition.services.training import request_training
from recognition.tests.processes import START_TIMEOUT_S, Surroundings, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shared_media")]

WORKER = ("celery", "-A", "sersite", "worker", "-Q", "retrain", "-n", "retrain@%h", "-c", "1")


def test_it_takes_a_training_that_somebody_asked_for(surroundings: Surroundings) -> None:
    """There is nothing to learn yet, and the training says so."""
    with surroundings.running("retrain", *WORKER, "--loglevel", "INFO") as worker:
        wait_until(lambda: worker.says(" ready."), START_TIMEOUT_S, worker)
        run = request_training(TrainingRun.Trigger.ADMIN)

        def has_ended() -> bool:
            run.refresh_from_db()
            return run.finished_at is not None

        wait_until(has_ended, START_TIMEOUT_S, worker)
    assert (run.state, run.error_code) == ("failed", "retrain:user:no-examples")
    assert run.attempts == 1
