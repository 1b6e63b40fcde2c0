"""Deleting clips for good: what was deleted a while ago, and what must not be had back."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from recognition.models import Clip, IdempotencyKey, User
from recognition.models.keys import KEPT

logger = logging.getLogger(__name__)

# Few at a time, each turn a transaction: rows are locked no longer than their files take.
MOST_A_TURN = 100


@transaction.atomic
def delete_clips(clips: Iterable[Clip]) -> int:
    """For good, the row first. A worker that holds one finds it gone and drops its result."""
    n_deleted = 0
    for clip in clips:
        transaction.on_commit(partial(clip.file.storage.delete, str(clip.file.name)))
        clip.delete()
        n_deleted += 1
    return n_deleted


def undo_until(now: datetime) -> datetime:
    """What was deleted after this moment can still be had back, and nothing else."""
    return now - timedelta(seconds=settings.DELETE_UNDO_S)


def purge_deleted_clips() -> int:
    """What nobody can have back any more; run twice or beside itself it ends the same."""
    return purge_all(Clip.with_deleted.filter(deleted_at__lte=undo_until(timezone.now())))


def purge_expired_clips() -> int:
    """What is older than its owner wants clips to be kept, deleted or not."""
    n_purged, now = 0, timezone.now()
    owners = User.objects.filter(retention_days__isnull=False)
    for owner_id, days in owners.values_list("pk", "retention_days"):
        oldest = now - timedelta(days=days or 0)
        n_purged += purge_all(Clip.with_deleted.filter(owner=owner_id, created_at__lt=oldest))
    return n_purged


def purge_all(due: QuerySet[Clip], *, waits: bool = False) -> int:
    n_purged = 0
    while n_now := purge_some(due, waits=waits):
        n_purged += n_now
    return n_purged


@transaction.atomic
def purge_some(due: QuerySet[Clip], *, waits: bool) -> int:
    """The file first: broken off here, the row is still there and brings the next turn back."""
    free = due.select_for_update(skip_locked=not waits)
    return sum(purge(clip) for clip in list(free.order_by("created_at")[:MOST_A_TURN]))


def purge(clip: Clip) -> bool:
    """A file that can't be removed keeps its row, and holds up nobody else."""
    try:
        clip.file.storage.delete(str(clip.file.name))
    except OSError as error:
        logger.error("The file of clip %s can't be removed: %s", clip.pk, error)
        return False
    clip.delete()
    return True


def forget_old_keys() -> int:
    """From then on the same key makes a new clip."""
    old = IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT)
    return old.delete()[0]
