"""Recordings in parts, and not again: by page, program, link and for review all the same."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from recognition.models import Clip, User
from recognition.services.share import share_clip
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
CONTENT = b"0123456789"
SHA256 = "5d" * 32
ETAG = f'"{SHA256}"'
PARTS = {"Range": "bytes=2-5"}


@pytest.fixture
def recorded(owner: User) -> Clip:
    factories.consent(owner)
    return factories.done_clip(owner, content=CONTENT, sha256=SHA256)


@pytest.fixture(params=["page", "api", "link", "review"])
def ask(
    request: pytest.FixtureRequest,
    recorded: Clip,
    owner: User,
    reviewer: User,
    signed_in: SignIn,
) -> Callable[..., Any]:
    """The recording, asked for with these headers."""
    places = {
        "page": (owner, f"/clips/{recorded.pk}/audio/"),
        "api": (owner, f"/api/v1/clips/{recorded.pk}/audio/"),
        "link": (None, f"/s/{share_clip(recorded, n_days=1).token}/audio/"),
        "review": (reviewer, f"/api/v1/reviews/{recorded.pk}/audio/"),
    }
    person, place = places[request.param]
    client = signed_in(person) if person else Client()

    def asked(method: str = "GET", **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.generic(method, place, headers=named)

    return asked


def content_of(response: Any) -> bytes:
    return b"".join(response)


def test_it_names_the_recording_by_its_content(ask: Callable[..., Any]) -> None:
    for response in (ask(), ask(Range="bytes=0-3"), ask("HEAD")):
        assert response["ETag"] == ETAG
    assert content_of(ask()) == CONTENT


@pytest.mark.parametrize("known", [ETAG, f'"other", {ETAG}', f"W/{ETAG}", "*"])
@pytest.mark.parametrize("part", ["", "bytes=2-5", "bytes=99-"])
def test_what_is_known_already_is_not_sent_again(
    ask: Callable[..., Any], known: str, part: str
) -> None:
    """RFC 9110, 13.2.2: that is looked at before any range."""
    for method in ("GET", "HEAD"):
        response = ask(method, If_None_Match=known, Range=part)
        assert (response.status_code, content_of(response)) == (304, b"")
        assert response["ETag"] == ETAG
        assert "private" in response["Cache-Control"]


@pytest.mark.parametrize("known", ['"other"', "nonsense", SHA256])
def test_what_is_not_known_is_sent(ask: Callable[..., Any], known: str) -> None:
    assert content_of(ask(If_None_Match=known)) == CONTENT
    part = ask(If_None_Match=known, **PARTS)
    assert (part.status_code, content_of(part)) == (206, b"2345")
    assert ask(If_None_Match=known, Range="bytes=10-").status_code == 416


def test_a_part_of_the_same_recording_is_sent(ask: Callable[..., Any]) -> None:
    part = ask(If_Range=ETAG, **PARTS)
    assert (part.status_code, content_of(part)) == (206, b"2345")
    assert (part["Content-Range"], part["ETag"]) == ("bytes 2-5/10", ETAG)
    assert ask(If_Range=ETAG, Range="bytes=10-").status_code == 416


@pytest.mark.parametrize(
    "of", ['"other"', f"W/{ETAG}", "Sat, 21 Nov 2026 10:00:00 GMT", "nonsense", f"{ETAG}, {ETAG}"]
)
def test_to_parts_of_another_recording_all_of_it_is_sent(ask: Callable[..., Any], of: str) -> None:
    for wanted in ("bytes=2-5", "bytes=10-"):
        whole = ask(If_Range=of, Range=wanted)
        assert (whole.status_code, content_of(whole)) == (200, CONTENT)
        assert "Content-Range" not in whole


def test_without_a_range_it_does_not_matter_of_what(ask: Callable[..., Any]) -> None:
    assert content_of(ask(If_Range=ETAG)) == CONTENT


def test_only_what_is_got_is_got_in_parts(ask: Callable[..., Any]) -> None:
    head = ask("HEAD", Range="bytes=2-5")
    assert (head.status_code, head["Content-Length"]) == (200, "10")


def test_another_recording_than_was_named_is_not_sent(ask: Callable[..., Any]) -> None:
    assert ask(If_Match='"other"').status_code == 412
    part = ask(If_Match=f'"other", {ETAG}', **PARTS)
    assert (part.status_code, content_of(part)) == (206, b"2345")


def test_the_api_tells_in_its_words_what_was_named_wrongly(
    recorded: Clip, owner: User, signed_in: SignIn
) -> None:
    client, place = signed_in(owner), f"/api/v1/clips/{recorded.pk}/audio/"
    for named, code in (('"other"', "changed"), ("nonsense", "if-match")):
        response = client.get(place, headers={"If-Match": named})
        assert (response.status_code, response.json()["code"]) == (412, f"api:user:{code}")


def test_clips_from_before_they_were_hashed_are_told_apart(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    first, second = (
        client.get(f"/clips/{factories.clip(owner, content=CONTENT).pk}/audio/")["ETag"]
        for _ in range(2)
    )
    assert first != second


def test_nothing_is_said_of_recordings_that_one_may_not_hear(
    recorded: Clip, stranger: User, signed_in: SignIn
) -> None:
    for place in (f"/clips/{recorded.pk}/audio/", f"/api/v1/clips/{recorded.pk}/audio/"):
        for header in ("If-None-Match", "If-Match"):
            response = signed_in(stranger).get(place, headers={header: ETAG})
            assert response.status_code == 404
            assert "ETag" not in response
