"""Reads of batches: their owners' only."""

from uuid import UUID

from recognition.models import Batch, Clip, User


def own_batch(user: User, batch_id: UUID) -> Batch:
    """Batch.DoesNotExist for everybody else."""
    return Batch.objects.get(pk=batch_id, owner=user)


def clips_of_batch(batch: Batch) -> list[Clip]:
    """In the order in which they came; one query, since results stand in the clip's own row."""
    return list(Clip.objects.filter(batch=batch).order_by("created_at", "id"))
