"""Celery's shells: each imports its job inside, so that the web process never loads it."""

import logging
from collections.abc import Iterable
from uuid import UUID

from celery import shared_task
from django.conf import settings
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

TIME_LIMIT_S = settings.RECOGNIZE_TIME_LIMIT_S


def announce_clips(clip_ids: Iterable[UUID]) -> None:
    """Wake the workers. A broker that is away loses nothing: the reaper announces again."""
    for clip_id in clip_ids:
        try:
            recognize_clip.delay(str(clip_id))
        except OperationalError as error:
            logger.warning("Clip %s waits for the reaper: the broker is away (%s)", clip_id, error)
            return


def announce_explanations(explanation_ids: Iterable[int]) -> None:
    """As announce_clips."""
    for explanation_id in explanation_ids:
        try:
            explain_prediction.delay(explanation_id)
        except OperationalError as error:
            logger.warning("Explanation %s waits: the broker is away (%s)", explanation_id, error)
            return


def announce_portraits(portrait_ids: Iterable[int]) -> None:
    """As announce_clips."""
    for portrait_id in portrait_ids:
        try:
            portray_clip.delay(portrait_id)
        except OperationalError as error:
            logger.warning("Portrait %s waits: the broker is away (%s)", portrait_id, error)
            return


def announce_trainings(run_ids: Iterable[int]) -> None:
    """As announce_clips."""
    for run_id in run_ids:
        try:
            retrain.delay(run_id)
        except OperationalError as error:
            logger.warning("Training %s waits: the broker is away (%s)", run_id, error)
            return


def announce_agreements(agreement_ids: Iterable[int]) -> None:
    """As announce_clips."""
    for agreement_id in agreement_ids:
        try:
            measure_agreement.delay(agreement_id)
        except OperationalError as error:
            logger.warning("Agreement %s waits: the broker is away (%s)", agreement_id, error)
            return


@shared_task(soft_time_limit=TIME_LIMIT_S, time_limit=TIME_LIMIT_S + 10)
def recognize_clip(clip_id: str) -> None:
    from recognition.jobs.recognize import recognize_clip as job

    job(UUID(clip_id))


@shared_task(soft_time_limit=TIME_LIMIT_S, time_limit=TIME_LIMIT_S + 10)
def explain_prediction(explanation_id: int) -> None:
    from recognition.jobs.explain import explain_prediction as job

    job(explanation_id)


@shared_task(soft_time_limit=TIME_LIMIT_S, time_limit=TIME_LIMIT_S + 10)
def portray_clip(portrait_id: int) -> None:
    from recognition.jobs.portray import portray_clip as job

    job(portrait_id)


@shared_task(soft_time_limit=TIME_LIMIT_S, time_limit=TIME_LIMIT_S + 10)
def measure_agreement(agreement_id: int) -> None:
    from recognition.jobs.agreement import measure_agreement as job

    job(agreement_id)


@shared_task
def reap_agreements() -> None:
    from recognition.jobs.reap import reap_agreements as job

    announce_agreements(job())


@shared_task
def reap_clips() -> None:
    from recognition.jobs.reap import reap_clips as job

    announce_clips(job())


@shared_task
def reap_deleted_clips() -> None:
    from recognition.jobs.purge import purge_deleted_clips as job

    job()


@shared_task
def reap_examples() -> None:
    from recognition.jobs.examples import remove_old_examples as job

    job()


@shared_task
def reap_expired_clips() -> None:
    from recognition.jobs.purge import purge_expired_clips as job

    job()


@shared_task
def reap_explanations() -> None:
    from recognition.jobs.reap import reap_explanations as job

    announce_explanations(job())


@shared_task
def reap_idempotency_keys() -> None:
    from recognition.jobs.purge import forget_old_keys as job

    job()


@shared_task
def reap_portraits() -> None:
    from recognition.jobs.reap import reap_portraits as job

    announce_portraits(job())


@shared_task
def reap_request_counts() -> None:
    from recognition.jobs.request_counts import forget_old_counts as job

    job()


@shared_task
def retrain(run_id: int) -> None:
    from recognition.jobs.retrain import run_training as job

    job(run_id)


@shared_task
def reap_trainings() -> None:
    from recognition.jobs.trainings import reap_trainings as job

    announce_trainings(job())


@shared_task
def reap_uploads() -> None:
    from recognition.jobs.uploads import remove_old_uploads as job

    job()


@shared_task
def retrain_on_schedule() -> None:
    from recognition.jobs.trainings import queue_scheduled_training as job

    announce_trainings(job())


@shared_task
def shadow_clips() -> None:
    from recognition.jobs.shadow import shadow_clips as job

    job()


@shared_task
def collect_models() -> None:
    from recognition.jobs.collect import collect_models as job

    job()
