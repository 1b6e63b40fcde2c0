"""What was deleted and can still be had back, as its page shows it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.utils import timezone
from django.utils.timesince import timeuntil
from django.utils.translation import gettext as _

from recognition.models import Clip
from recognition.presentation.history import HistoryRow, row_of


@dataclass(frozen=True)
class DeletionRow:
    """Clips that were deleted together, and come back together."""

    deleted_at: datetime
    name: str  # the moment as clips-restore takes it
    left: str
    rows: list[HistoryRow]


def deletions_of(clips: Iterable[Clip]) -> list[DeletionRow]:
    """Of clips as the selector gives them: those of one moment stand together."""
    return [
        DeletionRow(moment, moment.isoformat(), left_words(moment), [row_of(clip) for clip in them])
        for moment, them in groupby(clips, key=lambda clip: clip.deleted_at)
        if moment is not None
    ]


def gone_at(moment: datetime) -> datetime:
    """Until when what was deleted at a moment can be had back."""
    return moment + timedelta(seconds=settings.DELETE_UNDO_S)


def left_words(moment: datetime) -> str:
    """For how long it can still be undone, like “9 minutes left”."""
    end, now = gone_at(moment), timezone.now()
    if end - now < timedelta(minutes=1):
        return _("less than a minute left")
    return _("%(time)s left") % {"time": timeuntil(end, now)}
