"""Bring back what a killed worker, a lost message or a broker that was away left behind."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, QuerySet
from django.db.models.functions import JSONObject
from django.utils import timezone

from recognition.models import Clip

logger = logging.getLogger(__name__)

# However long the queue is, it can't be flooded with copies of its messages.
MOST_A_TURN = 500
# Beyond Celery's hard limit nobody can be working on a clip any more.
GRACE_S = 20


def reap_clips() -> list[UUID]:
    """Clips to announce to the workers now."""
    now = timezone.now()
    abandoned = Clip.objects.filter(
        state=Clip.State.RUNNING,
        started_at__lt=now - timedelta(seconds=settings.RECOGNIZE_TIME_LIMIT_S + GRACE_S),
    )
    n_given_up = give_up(abandoned, now)
    n_back = queue_again(abandoned)
    if n_given_up or n_back:
        logger.warning("Abandoned clips: %d queued again, %d given up", n_back, n_given_up)
    return take_waiting(now)


def give_up(abandoned: QuerySet[Clip], now: datetime) -> int:
    return abandoned.filter(attempts__gte=settings.MAX_ATTEMPTS).update(
        state=Clip.State.QUARANTINED,
        error_code="recognition:app:gave-up",
        error_details=JSONObject(attempts=F("attempts")),
        finished_at=now,
    )


def queue_again(abandoned: QuerySet[Clip]) -> int:
    # as if announced when it was made, so that it is the first of those that are due
    return abandoned.filter(attempts__lt=settings.MAX_ATTEMPTS).update(
        state=Clip.State.QUEUED, announced_at=F("created_at"), started_at=None
    )


def take_waiting(now: datetime) -> list[UUID]:
    """Queued clips that no worker came for in time; two reapers never return the same one."""
    due = Clip.objects.filter(
        state=Clip.State.QUEUED,
        announced_at__lt=now - timedelta(seconds=settings.REAP_QUEUED_AFTER_S),
    ).order_by("announced_at")
    candidates = list(due.values_list("pk", "announced_at")[:MOST_A_TURN])
    return [
        clip_id
        for clip_id, announced_at in candidates
        if due.filter(pk=clip_id, announced_at=announced_at).update(announced_at=now)
    ]
