"""Reads of batches: their owners' only."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count, QuerySet

from recognition.models import Batch, Clip, User
from recognition.models.clips import COUNTED_EMOTION


@dataclass
class BatchSums:
    """Of its clips, without those that were deleted."""

    n_clips: int = 0
    n_final: int = 0
    n_failed: int = 0
    emotions: Counter[str] = field(default_factory=Counter)  # the labels that count

    def add(self, state: str, emotion: str, n_clips: int) -> None:
        self.n_clips += n_clips
        self.n_final += n_clips * (state in Clip.FINAL_STATES)
        self.n_failed += n_clips * (state in Clip.ERROR_STATES)
        if emotion:
            self.emotions[emotion] += n_clips


def own_batches(owner: User) -> QuerySet[Batch]:
    return Batch.objects.filter(owner=owner).order_by("created_at")


def sums_of(batches: Iterable[Batch]) -> dict[UUID, BatchSums]:
    """One query for all of them."""
    found = {batch.pk: BatchSums() for batch in batches}
    clips = Clip.objects.filter(batch__in=found).order_by()
    rows = clips.values_list("batch_id", "state", COUNTED_EMOTION).annotate(n=Count("pk"))
    for batch_id, state, emotion, n_clips in rows:
        found[batch_id].add(state, emotion, n_clips)
    return found


def own_batch(user: User, batch_id: UUID) -> Batch:
    """Batch.DoesNotExist for everybody else."""
    return Batch.objects.get(pk=batch_id, owner=user)


def clips_of_batch(batch: Batch) -> list[Clip]:
    """In the order in which they came; one query, since results stand in the clip's own row."""
    return list(Clip.objects.filter(batch=batch).order_by("created_at", "id"))
