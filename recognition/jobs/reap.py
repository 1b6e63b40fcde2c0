"""Bring back what a killed worker, a lost message or a broker that was away left behind."""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F, QuerySet
from django.db.models.functions import JSONObject
from django.utils import timezone

from recognition.models import Agreement, Clip, Explanation, Portrait

logger = logging.getLogger(__name__)

# However long the queue is, it can't be flooded with copies of its messages.
MOST_A_TURN = 500
# Beyond Celery's hard limit nobody can be working on it any more.
GRACE_S = 20


def reap_clips() -> list[UUID]:
    """Clips to announce to the workers now."""
    return reap(
        Clip.objects.all(), gave_up="recognition:app:gave-up", given_up=Clip.State.QUARANTINED
    )


def reap_explanations() -> list[int]:
    """Explanations to announce to the workers now."""
    return reap(
        Explanation.objects.all(),
        gave_up="explanation:app:gave-up",
        given_up=Explanation.State.FAILED,
    )


def reap_portraits() -> list[int]:
    """Portraits to announce to the workers now."""
    return reap(
        Portrait.objects.all(), gave_up="portrait:app:gave-up", given_up=Portrait.State.FAILED
    )


def reap_agreements() -> list[int]:
    """Agreement reports to announce to the workers now."""
    return reap(
        Agreement.objects.all(), gave_up="agreement:app:gave-up", given_up=Agreement.State.FAILED
    )


def reap(rows: QuerySet[Any], *, gave_up: str, given_up: str) -> list[Any]:
    """Of rows that are queued, claimed and finished as clips are."""
    now = timezone.now()
    abandoned = rows.filter(
        state="running",
        started_at__lt=now - timedelta(seconds=settings.RECOGNIZE_TIME_LIMIT_S + GRACE_S),
    )
    n_given_up = give_up(abandoned, now, gave_up, given_up)
    n_back = queue_again(abandoned)
    if n_given_up or n_back:
        name = rows.model._meta.verbose_name_plural
        logger.warning("Abandoned %s: %d queued again, %d given up", name, n_back, n_given_up)
    return take_waiting(rows, now)


def give_up(abandoned: QuerySet[Any], now: datetime, code: str, state: str) -> int:
    return abandoned.filter(attempts__gte=settings.MAX_ATTEMPTS).update(
        state=state,
        error_code=code,
        error_details=JSONObject(attempts=F("attempts")),
        finished_at=now,
    )


def queue_again(abandoned: QuerySet[Any]) -> int:
    # as if announced when it was made, so that it is the first of those that are due
    return abandoned.filter(attempts__lt=settings.MAX_ATTEMPTS).update(
        state="queued", announced_at=F("created_at"), started_at=None
    )


def take_waiting(rows: QuerySet[Any], now: datetime) -> list[Any]:
    """Queued ones that no worker came for in time; two reapers never return the same one."""
    due = rows.filter(
        state="queued",
        announced_at__lt=now - timedelta(seconds=settings.REAP_QUEUED_AFTER_S),
    ).order_by("announced_at")
    candidates = list(due.values_list("pk", "announced_at")[:MOST_A_TURN])
    return [
        row_id
        for row_id, announced_at in candidates
        if due.filter(pk=row_id, announced_at=announced_at).update(announced_at=now)
    ]
