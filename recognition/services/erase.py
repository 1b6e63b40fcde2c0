"""Deleting clips: the row first, its file when that is certain."""

from collections.abc import Iterable
from functools import partial

from django.db import transaction

from recognition.models import Clip


@transaction.atomic
def delete_clips(clips: Iterable[Clip]) -> int:
    """A worker that holds one of them finds its row gone and drops its result."""
    n_deleted = 0
    for clip in clips:
        transaction.on_commit(partial(clip.file.storage.delete, str(clip.file.name)))
        clip.delete()
        n_deleted += 1
    return n_deleted
