"""Requests that wait for a result, without holding what others need."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore
from uuid import UUID

from django.db import connection

from recognition.api import streams
from recognition.selectors.clips import is_unfinished

MOST = 4  # of the threads in gunicorn.conf.py, beside those of live updates
MOST_SECONDS = 30
FIRST_PAUSE_S, LONGEST_PAUSE_S, GROWTH = 0.05, 0.5, 1.5

_places = BoundedSemaphore(MOST)


@contextmanager
def place() -> Iterator[bool]:
    """False where as many wait as may."""
    has_one = _places.acquire(blocking=False)
    try:
        yield has_one
    finally:
        if has_one:
            _places.release()


def wait_for_result(clip_id: UUID, *, seconds: float) -> None:
    """Until there is one, the time is over, or the process has to end; not at all without a place.

    Most results come within a moment, so the first looks follow each other quickly. Between them no
    connection to the database is held.
    """
    with place() as has_one:
        ends_at, pause = time.monotonic() + seconds, FIRST_PAUSE_S
        while has_one and streams.goes_on() and is_unfinished(clip_id):
            left = ends_at - time.monotonic()
            if left <= 0:
                return
            let_go()
            time.sleep(min(pause, left))
            pause = min(GROWTH * pause, LONGEST_PAUSE_S)


def let_go() -> None:
    if not connection.in_atomic_block:
        connection.close()
