"""How a stream goes on and ends, whatever it tells."""

import time
from dataclasses import dataclass, field

import pytest

from recognition.api import streams
from recognition.api.streams import Event, EventStream, open_stream


@dataclass
class Watch:
    """Tells what it was given, then nothing."""

    news_of_looks: list[list[Event]] = field(default_factory=list)
    is_over: bool = False

    def news(self) -> list[Event]:
        return self.news_of_looks.pop(0) if self.news_of_looks else []


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LOOK_EVERY_S", 0.001)


def until(monkeypatch: pytest.MonkeyPatch, *answers: bool) -> None:
    given = iter(answers)
    monkeypatch.setattr(streams, "goes_on", lambda: next(given))


def test_an_event_is_written_as_browsers_read_it() -> None:
    event = Event("state", {"state": "done", "name": "a\nb"}, "done-1")
    words = b'id: done-1\nevent: state\ndata: {"state": "done", "name": "a\\nb"}\n\n'
    assert event.encode() == words
    assert Event("end", {}).encode() == b"event: end\ndata: {}\n\n"


def test_it_ends_with_words_when_there_is_nothing_more_to_come() -> None:
    stream = EventStream(1, Watch(is_over=True), [Event("state", {})])
    assert list(stream) == [
        b"retry: 1000\n\nevent: state\ndata: {}\n\n",
        b"event: end\ndata: {}\n\n",
    ]


def test_after_its_life_a_browser_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LIFE_S", 0)
    assert list(EventStream(1, Watch())) == [b"retry: 1000\n\n"]


def test_it_ends_when_the_process_is_asked_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    until(monkeypatch, True, False)
    news = [[Event("state", {"n": 1})], [Event("state", {"n": 2})]]
    assert list(EventStream(1, Watch(news)))[1:] == [b'event: state\ndata: {"n": 1}\n\n']


def test_whoever_listens_is_asked_for_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while there is always something new."""
    answers = [True, True, False]
    monkeypatch.setattr(streams, "CHECK_EVERY_S", 0.05)
    began = time.monotonic()
    watch = Watch([[Event("state", {})] for _ in range(1000)])
    told = list(EventStream(1, watch, [], lambda: answers.pop(0)))
    assert answers == []
    assert time.monotonic() - began >= 0.15
    assert 2 < len(told) <= 150
    assert b"event: end" not in b"".join(told)  # it has not ended, it is only not told any more


def test_its_heart_beats_while_nothing_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_S", 0)
    until(monkeypatch, True, True, False)
    assert list(EventStream(1, Watch()))[1:] == [b":\n\n"] * 2
    monkeypatch.setattr(streams, "HEARTBEAT_S", 60)
    until(monkeypatch, True, True, False)
    assert list(EventStream(1, Watch()))[1:] == []


def test_there_are_few_at_a_time_for_one_and_for_all() -> None:
    held = [EventStream(user_id, Watch()) for user_id in (1, 1, 1, 2, 2, 3, 3, 4, 4, 5)]
    opened = [open_stream(stream) for stream in held]
    assert opened == [True, True, False, True, True, True, True, True, True, False]
    held[0].close()
    held[0].close()  # twice does no harm
    assert [open_stream(stream) for stream in held[-1:]] == [True]
    for stream in held:
        stream.close()


def test_one_that_was_lost_on_the_way_holds_no_place() -> None:
    assert all(open_stream(EventStream(1, Watch())) for _ in range(10))
