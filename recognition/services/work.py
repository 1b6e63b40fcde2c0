"""What workers make when somebody asks for it: asked for once, redone when it failed."""

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction
from django.utils import timezone

from recognition.models import Work, WorkState

W = TypeVar("W", bound=Work)


@transaction.atomic
def request_work(kind: type[W], announce: Callable[[list[int]], None], **of: object) -> W:
    """What is there or under way is left alone."""
    now = timezone.now()
    work, is_new = kind._default_manager.get_or_create(**of, defaults={"announced_at": now})
    n_again = kind._default_manager.filter(pk=work.pk, state=WorkState.FAILED).update(
        state=WorkState.QUEUED,
        attempts=0,
        error_code="",
        error_details={},
        announced_at=now,
        started_at=None,
        finished_at=None,
    )
    if is_new or n_again:
        transaction.on_commit(lambda: announce([work.pk]), robust=True)
    work.refresh_from_db()
    return work
