"""Server-sent events out of a thread of the web process.

Why a thread that looks: the database is the truth, and a short query four times a second costs a
thousandth of what recognizing does. LISTEN would tell a result 0.1 s earlier, for a thread more, a
connection that may break unnoticed, and a NOTIFY in every place that writes. A stream's thread
keeps its database connection as every thread does, so streams need none of their own. They are
few and short; whoever gets none polls, as do pages without scripts.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol
from weakref import WeakSet

LOOK_EVERY_S = 0.25
HEARTBEAT_S = 3  # a browser that went away is noticed at the second one
CHECK_EVERY_S = 3  # whether whoever listens still may: one query more in a dozen, two by session
LIFE_S = 60  # also roles are looked at anew at least so often
RECONNECT_MS = 1000
MOST = 8  # of the threads in gunicorn.conf.py
MOST_OF_USER = 2


def goes_on() -> bool:
    """Until the process is asked to stop: gunicorn.conf.py puts what knows that in this place."""
    return True


@dataclass(frozen=True)
class Event:
    name: str
    data: dict[str, object]
    id: str = ""  # what Last-Event-ID says when somebody comes back

    def encode(self) -> bytes:
        mark = f"id: {self.id}\n" if self.id else ""
        return f"{mark}event: {self.name}\ndata: {json.dumps(self.data)}\n\n".encode()


class Watch(Protocol):
    is_over: bool

    def news(self) -> list[Event]: ...


def anybody() -> bool:
    return True


@dataclass(eq=False)
class EventStream:
    """Holds its place until it is closed; one that nobody holds any more has none."""

    user_id: int
    watch: Watch
    first: list[Event] = field(default_factory=list)
    may_listen: Callable[[], bool] = anybody
    checked_at: float = 0

    def __iter__(self) -> Iterator[bytes]:
        yield f"retry: {RECONNECT_MS}\n\n".encode() + encoded(self.first)
        told_at = self.checked_at = time.monotonic()
        ends_at = told_at + LIFE_S
        while self.goes_on() and time.monotonic() < ends_at:
            time.sleep(LOOK_EVERY_S)
            if news := self.watch.news():
                yield encoded(news)
            elif time.monotonic() - told_at > HEARTBEAT_S:
                yield b":\n\n"
            else:
                continue
            told_at = time.monotonic()
        if self.watch.is_over:
            yield encoded([Event("end", {})])

    def goes_on(self) -> bool:
        """Without a word where access ended: who comes back is told why."""
        if self.watch.is_over or not goes_on():
            return False
        if time.monotonic() - self.checked_at < CHECK_EVERY_S:
            return True
        self.checked_at = time.monotonic()
        return self.may_listen()

    def close(self) -> None:
        with _lock:
            _open.discard(self)


_open: WeakSet[EventStream] = WeakSet()
_lock = threading.Lock()


def open_stream(stream: EventStream) -> bool:
    """False if there is no place, for this person or at all."""
    with _lock:
        n_own = sum(other.user_id == stream.user_id for other in _open)
        if len(_open) >= MOST or n_own >= MOST_OF_USER:
            return False
        _open.add(stream)
        return True


def encoded(events: list[Event]) -> bytes:
    return b"".join(event.encode() for event in events)
