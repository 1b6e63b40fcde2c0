"""Live updates from the real web process: what is told, to whom, to how many, and how it ends."""

import json
import runpy
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest
import requests
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from recognition.api import streams
from recognition.api.access import session_works
from recognition.models import ApiToken, Batch, Clip, User
from recognition.selectors.tokens import token_works
from recognition.services.erase import trash_clips
from recognition.services.tokens import TokenWish, make_token, revoke_token
from recognition.tests import factories
from recognition.tests.processes import Surroundings, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

AS_A_BROWSER = {"Accept": "text/event-stream"}


class Told(NamedTuple):
    name: str
    data: dict[str, Any]
    id: str


class Stream:
    """What a browser makes of it; a heartbeat is an event of the name “:”."""

    def __init__(self, response: requests.Response) -> None:
        self.response = response
        self.told = self._told()

    def _told(self) -> Iterator[Told]:
        fields: dict[str, str] = {}
        for line in self.response.iter_lines(chunk_size=1, decode_unicode=True):
            name, _, value = line.partition(": ")
            if line == ":":
                yield Told(":", {}, "")
            elif line:
                fields[name] = value
            elif "event" in fields:
                yield Told(fields["event"], json.loads(fields["data"]), fields.get("id", ""))
                fields = {}

    def next(self) -> Told:
        return next(self.told)

    def states(self, *, n: int) -> list[tuple[str, Any]]:
        return [(it.name, it.data.get("state")) for it in (self.next() for _ in range(n))]


class Asked(NamedTuple):
    """One person, who asks the running site."""

    address: str
    cookies: dict[str, str]

    def get(self, path: str, **headers: str) -> requests.Response:
        return requests.get(
            self.address + path,
            headers=AS_A_BROWSER | headers,
            cookies=self.cookies,
            stream=True,
            timeout=20,
        )

    def live(self, subject: Clip | Batch, **headers: str) -> requests.Response:
        return self.get(live_path(subject), **headers)


def live_path(subject: Clip | Batch) -> str:
    kind = "clip" if isinstance(subject, Clip) else "batch"
    return reverse(f"api-{kind}-live", args=[subject.pk])


@pytest.fixture(scope="module")
def site(surroundings: Surroundings) -> Iterator[str]:
    with surroundings.web() as (address, _):
        yield address


@pytest.fixture
def ask(site: str, signed_in: Callable[[User], Client]) -> Callable[[User], Asked]:
    def as_user(user: User) -> Asked:
        return Asked(site, {"sessionid": signed_in(user).cookies["sessionid"].value})

    return as_user


def begin(clip: Clip) -> None:
    Clip.objects.filter(pk=clip.pk).update(state="running", attempts=1, started_at=timezone.now())


def finish(clip: Clip) -> None:
    result = {"emotion": "sad", "confidence": 0.75, "is_sure": True}
    Clip.objects.filter(pk=clip.pk).update(state="done", finished_at=timezone.now(), **result)


def test_it_tells_each_state_of_a_clip_when_it_comes(
    ask: Callable[[User], Asked], owner: User, clip: Clip
) -> None:
    with ask(owner).live(clip) as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Accel-Buffering"] == "no"
        stream = Stream(response)
        queued = stream.next()
        assert (queued.name, queued.data["state"], queued.data["is_final"]) == (
            *("state", "queued", False),
        )
        begin(clip)
        assert stream.states(n=1) == [("state", "running")]
        finish(clip)
        done = stream.next()
        assert (done.name, done.id) == ("state", "done-1")
        assert done.data == {
            "id": str(clip.pk),
            "state": "done",
            "is_final": True,
            "emotion": "sad",
            "confidence": 0.75,
            "is_sure": True,
            "error_code": "",
        }
        assert [told.name for told in stream.told] == ["end"]


def test_who_comes_back_is_told_what_is_new_only(ask: Callable[[User], Asked], owner: User) -> None:
    clip = factories.done_clip(owner)
    browser = ask(owner)
    with browser.live(clip) as response:
        last = Stream(response).next()
    with browser.live(clip, **{"Last-Event-ID": last.id}) as response:
        assert (response.status_code, response.content) == (204, b"")
    with browser.live(clip, **{"Last-Event-ID": "running-1"}) as response:
        assert [told.name for told in Stream(response).told] == ["state", "end"]


def test_it_tells_why_a_clip_has_no_result(ask: Callable[[User], Asked], owner: User) -> None:
    with ask(owner).live(factories.failed_clip(owner)) as response:
        told = Stream(response).next()
    assert (told.data["state"], told.data["error_code"]) == ("failed", "audio:user:no-speech")


def test_a_batch_tells_of_each_clip_that_changed_and_the_sums(
    ask: Callable[[User], Asked], owner: User
) -> None:
    batch = Batch.objects.create(owner=owner)
    first, second = (factories.clip(owner, batch=batch) for _ in range(2))
    browser = ask(owner)
    with browser.live(batch) as response:
        stream = Stream(response)
        assert stream.states(n=2) == [("state", "queued")] * 2
        sums = stream.next()
        assert (sums.name, sums.data["n_clips"], sums.data["n_final"]) == ("sums", 2, 0)
        begin(first)
        changed = stream.next()
        assert (changed.data["id"], changed.data["state"]) == (str(first.pk), "running")
        last = stream.next()
        assert last.name == "sums"
    with browser.live(batch, **{"Last-Event-ID": last.id}) as response:
        stream = Stream(response)
        finish(second)
        assert (stream.next().data["id"], stream.next().data["n_final"]) == (str(second.pk), 1)
        trash_clips(Clip.objects.filter(pk=first.pk))
        gone, sums, end = stream.told
        assert (gone.name, gone.data["id"]) == ("gone", str(first.pk))
        assert sums.data == {"n_clips": 1, "n_final": 1, "n_failed": 0, "is_final": True}
        assert end.name == "end"
    with browser.live(batch, **{"Last-Event-ID": sums.id}) as response:
        assert response.status_code == 204


def test_it_tells_sooner_than_a_page_would_ask(ask: Callable[[User], Asked], owner: User) -> None:
    batch = Batch.objects.create(owner=owner)
    clips = [factories.clip(owner, batch=batch) for _ in range(5)]
    delays = []
    with ask(owner).live(batch) as response:
        stream = Stream(response)
        stream.states(n=6)
        for clip in clips:
            finish(clip)
            began = time.monotonic()
            assert stream.next().data["id"] == str(clip.pk)
            delays.append(time.monotonic() - began)
            assert stream.next().name == "sums"
    assert min(delays) < 0.5  # half of what a page waits; the quickest, on a busy machine


def test_a_clip_that_is_deleted_meanwhile_is_gone(
    ask: Callable[[User], Asked], owner: User, clip: Clip
) -> None:
    with ask(owner).live(clip) as response:
        stream = Stream(response)
        assert stream.next().name == "state"
        trash_clips(Clip.objects.filter(pk=clip.pk))
        assert [told.name for told in stream.told] == ["gone", "end"]


def test_it_tells_nobody_else(
    ask: Callable[[User], Asked], site: str, owner: User, stranger: User, reviewer: User
) -> None:
    batch = Batch.objects.create(owner=owner)
    clip = factories.clip(owner, batch=batch)
    for person in (stranger, reviewer):
        for subject in (clip, batch):
            with ask(person).live(subject) as response:
                assert response.status_code == 404
                assert response.json()["code"] == "api:user:not-found"
    for subject in (clip, batch):
        with Asked(site, {}).live(subject) as response:
            assert response.status_code == 401
            assert response.json()["code"] == "api:user:not-authenticated"


def test_a_program_is_told_by_a_token_that_may_read(site: str, owner: User, clip: Clip) -> None:
    program = Asked(site, {})
    reads, revoked = (make_token(owner, TokenWish(name, ["read"], 30)) for name in ("r", "gone"))
    uploads = make_token(owner, TokenWish("u", ["upload"], 30))
    revoke_token(revoked[0])
    for (_, secret), status in ((reads, 200), (uploads, 403), (revoked, 401)):
        with program.live(clip, Authorization=f"Bearer {secret}") as response:
            assert response.status_code == status


def test_a_reviewer_is_told_no_longer_than_the_owner_consents(
    ask: Callable[[User], Asked], owner: User, reviewer: User, clip: Clip
) -> None:
    factories.consent(owner)
    with ask(reviewer).live(clip) as response:
        stream = Stream(response)
        assert stream.next().data["state"] == "queued"
        User.objects.filter(pk=owner.pk).update(review_consent_at=None)
        finish(clip)
        assert [told.name for told in stream.told] == ["gone", "end"]


ENDINGS: dict[str, Callable[[User], object]] = {
    "revoked": lambda user: ApiToken.objects.filter(user=user).update(revoked_at=timezone.now()),
    "expired": lambda user: ApiToken.objects.filter(user=user).update(expiry=timezone.now()),
    "blocked": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "gone": lambda user: user.delete(),
}
SESSION_ENDINGS: dict[str, Callable[[User], object]] = {
    "signed out": lambda user: Session.objects.all().delete(),
    "other password": lambda user: User.objects.filter(pk=user.pk).update(password="other"),
    "blocked": ENDINGS["blocked"],
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_it_ends_soon_after_its_token(site: str, owner: User, clip: Clip, ending: str) -> None:
    head = {"Authorization": f"Bearer {factories.token(owner)}"}
    ends_soon(Asked(site, {}), clip, lambda: ENDINGS[ending](owner), head)


@pytest.mark.parametrize("ending", SESSION_ENDINGS)
def test_it_ends_soon_after_its_session(
    ask: Callable[[User], Asked], owner: User, clip: Clip, ending: str
) -> None:
    ends_soon(ask(owner), clip, lambda: SESSION_ENDINGS[ending](owner), {})


def ends_soon(asked: Asked, clip: Clip, end: Callable[[], object], head: dict[str, str]) -> None:
    with asked.live(clip, **head) as response:
        stream = Stream(response)
        assert stream.next().name == "state"
        end()
        began = time.monotonic()
        assert {told.name for told in stream.told} <= {":", "gone", "end"}
        assert time.monotonic() - began < 3 * streams.CHECK_EVERY_S
    with asked.live(clip, **head) as response:
        assert response.status_code == 401


def test_who_still_may_listen_goes_on_listening(
    ask: Callable[[User], Asked], owner: User, clip: Clip
) -> None:
    with ask(owner).live(clip) as response:
        stream = Stream(response)
        assert stream.next().name == "state"
        for _ in range(2):  # each after a look at who listens
            assert stream.next().name == ":"
        finish(clip)
        assert [told.name for told in stream.told] == ["state", "end"]


def test_it_costs_few_queries_to_see_who_listens(
    owner: User, signed_in: Callable[[User], Client], django_assert_num_queries: Any
) -> None:
    factories.token(owner)
    token = ApiToken.objects.get()
    with django_assert_num_queries(1):
        assert token_works(token.pk)
    request = HttpRequest()
    request.session = signed_in(owner).session
    with django_assert_num_queries(2):
        assert session_works(request, owner)


def test_it_only_takes_what_it_knows(ask: Callable[[User], Asked], owner: User, clip: Clip) -> None:
    path = live_path(clip)
    with ask(owner).get(f"{path}?every=1") as response:
        assert (response.status_code, response.json()["code"]) == (400, "api:user:unknown-field")
    address, cookies = ask(owner)
    assert requests.head(address + path, cookies=cookies, timeout=20).status_code == 405


def test_a_person_has_few_streams_and_gets_the_place_back(
    ask: Callable[[User], Asked], owner: User, stranger: User, clip: Clip
) -> None:
    browser = ask(owner)
    with ExitStack() as stack:
        held = [stack.enter_context(browser.live(clip)) for _ in range(streams.MOST_OF_USER)]
        assert [it.status_code for it in held] == [200] * streams.MOST_OF_USER
        with browser.live(clip) as refused:
            assert refused.status_code == 503
            assert refused.headers["Retry-After"] == "5"
            assert refused.headers["Content-Type"] == "application/json"
            assert refused.json()["code"] == "api:app:no-stream"
            assert refused.json()["extra"] == {"retry_after_s": 5}
        with ask(stranger).live(factories.clip(stranger)) as others:
            assert others.status_code == 200
        held[0].close()  # the browser goes away without a word

        def has_place() -> bool:
            with browser.live(clip) as response:
                return response.status_code == 200

        wait_until(has_place, 5 * streams.HEARTBEAT_S)


def test_streams_leave_threads_to_everybody_else(
    ask: Callable[[User], Asked], site: str, stranger: User
) -> None:
    people = [factories.user(f"person{n}") for n in range(streams.MOST // streams.MOST_OF_USER)]
    with ExitStack() as stack:
        for person in people:
            clip = factories.clip(person)
            for _ in range(streams.MOST_OF_USER):
                response = stack.enter_context(ask(person).live(clip))
                assert response.status_code == 200
        with ask(stranger).live(factories.clip(stranger)) as refused:
            assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert requests.get(f"{site}/health/", timeout=20).ok


def test_at_most_half_of_the_threads_are_for_streams() -> None:
    assert runpy.run_path("gunicorn.conf.py")["threads"] >= 2 * streams.MOST


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_the_web_process_stops_with_streams_open(
    surroundings: Surroundings,
    signed_in: Callable[[User], Client],
    owner: User,
    sign: signal.Signals,
) -> None:
    cookies = {"sessionid": signed_in(owner).cookies["sessionid"].value}
    with surroundings.web() as (address, gunicorn):
        with Asked(address, cookies).live(factories.clip(owner)) as response:
            stream = Stream(response)
            assert stream.next().name == "state"
            gunicorn.popen.send_signal(sign)
            assert {told.name for told in stream.told} <= {":"}  # it ends, in good order
        gunicorn.popen.wait(streams.LIFE_S / 4)  # and nobody waits until its life is over
        assert not gunicorn.says("Traceback")
        assert not gunicorn.says("SIGKILL")
