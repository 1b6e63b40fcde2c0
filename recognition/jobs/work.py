"""How a worker takes work and lays it down, whatever is made: twice, late, or beside itself."""

import logging
from typing import TypeVar

from django.db.models import F, QuerySet
from django.utils import timezone

from mlcore.errors import SersiteError
from recognition.models import Work, WorkState

logger = logging.getLogger(__name__)

W = TypeVar("W", bound=Work)


def claim(rows: QuerySet[W], work_id: int) -> W | None:
    """One worker gets it: the row count of a conditional UPDATE decides."""
    mine = rows.filter(pk=work_id)
    n_claimed = mine.filter(state=WorkState.QUEUED).update(
        state=WorkState.RUNNING, attempts=F("attempts") + 1, started_at=timezone.now()
    )
    return mine.first() if n_claimed else None


def fail(work: Work, error: SersiteError) -> None:
    name = work._meta.verbose_name
    logger.info("The %s %s: %s", name, work.pk, error.code)
    finish(work, WorkState.FAILED, error_code=error.code, error_details=error.details)


def finish(work: Work, state: WorkState, **changes: object) -> None:
    """Nothing is kept if the claim was lost meanwhile: reaped, or the clip was deleted."""
    held = type(work)._default_manager.filter(
        pk=work.pk,
        state=WorkState.RUNNING,
        attempts=work.attempts,
        started_at=work.started_at,
    )
    if not held.update(state=state, finished_at=timezone.now(), **changes):
        name = work._meta.verbose_name
        logger.warning("The %s %s: the claim was lost, it is dropped", name, work.pk)
