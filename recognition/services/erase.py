"""Deleting clips: first so that it can be undone; the reaper makes it final (jobs.purge)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from recognition import tasks
from recognition.errors import EraseError
from recognition.jobs.purge import delete_clips, undo_until
from recognition.models import Clip, User

__all__ = ["Deletion", "delete_clips", "restore_clips", "trash_clips"]


@dataclass(frozen=True)
class Deletion:
    """Clips that were deleted together; the moment is their name when it is undone."""

    deleted_at: datetime
    n_clips: int


def trash_clips(clips: QuerySet[Clip]) -> Deletion:
    """Nobody sees them from now on, and after DELETE_UNDO_S they are gone for good."""
    now = timezone.now()
    return Deletion(now, clips.filter(deleted_at__isnull=True).update(deleted_at=now))


@transaction.atomic
def restore_clips(owner: User, deleted_at: datetime) -> int:
    """Undo one deletion. Raises EraseError when it was purged, or undone before."""
    return bring_back(Clip.with_deleted.filter(owner=owner, deleted_at=deleted_at), deleted_at)


@transaction.atomic
def restore_clip(clip: Clip) -> None:
    """Only this one of those that were deleted with it. Raises EraseError as restore_clips."""
    if clip.deleted_at is None:
        raise EraseError("erase:user:nothing-to-undo")
    same = Clip.with_deleted.filter(pk=clip.pk, deleted_at=clip.deleted_at)
    bring_back(same, clip.deleted_at)


def bring_back(clips: QuerySet[Clip], deleted_at: datetime) -> int:
    if deleted_at <= undo_until(timezone.now()):
        raise EraseError("erase:user:purged")
    queue_unfinished(clips)
    n_clips = clips.update(deleted_at=None)
    if not n_clips:
        raise EraseError("erase:user:nothing-to-undo")
    return n_clips


def queue_unfinished(clips: QuerySet[Clip]) -> None:
    """A worker that finished meanwhile found no clip and dropped its result."""
    unfinished = clips.filter(state__in=[Clip.State.QUEUED, Clip.State.RUNNING])
    ids = list(unfinished.values_list("pk", flat=True))
    unfinished.update(
        state=Clip.State.QUEUED, attempts=0, announced_at=timezone.now(), started_at=None
    )
    transaction.on_commit(lambda: tasks.announce_clips(ids), robust=True)
