"""Links to a clip by program: made, looked at, prolonged and withdrawn by its owner alone."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from recognition.models import Clip, Share, User
from recognition.services.erase import trash_clips
from recognition.services.share import share_clip
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
JSON = "application/json"
NONE = {"url": None, "expires_at": None}


@pytest.fixture
def client(owner: User, signed_in: SignIn) -> Client:
    return signed_in(owner)


def place(clip: Clip) -> str:
    return f"/api/v1/clips/{clip.pk}/share/"


def make(client: Client, clip: Clip, body: Any) -> Any:
    return client.post(place(clip), body, JSON)


def days_left(body: dict[str, str]) -> float:
    return (datetime.fromisoformat(body["expires_at"]) - timezone.now()) / timedelta(days=1)


def test_it_makes_a_link_that_anybody_can_open(client: Client, clip: Clip) -> None:
    assert client.get(place(clip)).json() == NONE
    made = make(client, clip, {"days": 7})
    share = Share.objects.get()
    assert made.status_code == 201
    assert made.json()["url"] == f"http://localhost:8000/s/{share.token}/"
    assert days_left(made.json()) == pytest.approx(7, abs=0.01)
    assert "no-store" in made["Cache-Control"]
    assert client.get(place(clip)).json() == made.json()
    assert Client().get(f"/s/{share.token}/").status_code == 200


@pytest.mark.parametrize(("then", "expected"), [(30, 30), (1, 7)])
def test_a_link_that_works_is_kept_and_never_shortened(
    client: Client, clip: Clip, then: int, expected: int
) -> None:
    first = make(client, clip, {"days": 7}).json()
    again = make(client, clip, {"days": then})
    assert (again.status_code, again.json()["url"]) == (200, first["url"])
    assert days_left(again.json()) == pytest.approx(expected, abs=0.01)


def test_it_withdraws_a_link_and_says_so_twice(client: Client, clip: Clip) -> None:
    address = make(client, clip, {"days": 1}).json()["url"].removeprefix("http://localhost:8000")
    for _ in range(2):
        response = client.delete(place(clip))
        assert (response.status_code, response.content) == (204, b"")
    assert client.get(place(clip)).json() == NONE
    assert Client().get(address).status_code == 410
    assert make(client, clip, {"days": 1}).status_code == 201


def test_an_expired_link_is_none(client: Client, clip: Clip) -> None:
    share_clip(clip, n_days=1)
    Share.objects.update(expires_at=timezone.now())
    assert client.get(place(clip)).json() == NONE


@pytest.mark.parametrize("days", [0, 2, -7, 7.5, "7", True, None, [7], 10**30])
def test_it_refuses_another_period(client: Client, clip: Clip, days: Any) -> None:
    response = make(client, clip, {"days": days})
    assert (response.status_code, response.json()["code"]) == (400, "api:user:invalid")
    assert list(response.json()["extra"]["fields"]) == ["days"]
    assert not Share.objects.exists()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid"),
        ([], "invalid"),
        ({"days": 7, "token": "mine"}, "unknown-field"),
        ({"days": 7, "clip__owner__password": "a"}, "unknown-field"),
    ],
)
def test_it_refuses_what_is_no_wish(client: Client, clip: Clip, body: Any, code: str) -> None:
    response = make(client, clip, body)
    assert (response.status_code, response.json()["code"]) == (400, f"api:user:{code}")
    assert not Share.objects.exists()


@pytest.mark.parametrize("person", ["reviewer", "stranger", "administrator"])
def test_it_is_the_owners_alone(
    clip: Clip, signed_in: SignIn, request: pytest.FixtureRequest, person: str
) -> None:
    """Of who may see the clip, too."""
    factories.consent(clip.owner)
    share = share_clip(clip, n_days=1)
    before = Share.objects.values().get()
    client = signed_in(request.getfixturevalue(person))
    for response in (
        client.get(place(clip)),
        make(client, clip, {"days": 30}),
        client.delete(place(clip)),
    ):
        assert (response.status_code, response.json()["code"]) == (404, "api:user:not-found")
        assert share.token not in response.content.decode()
    assert Share.objects.values().get() == before
    assert Client().get(f"/s/{share.token}/").status_code == 200


def test_a_deleted_clip_has_no_link(client: Client, clip: Clip) -> None:
    trash_clips(Clip.objects.all())
    for response in (
        client.get(place(clip)),
        make(client, clip, {"days": 7}),
        client.delete(place(clip)),
    ):
        assert response.status_code == 404


def test_a_token_needs_the_scope_of_what_it_does(owner: User, clip: Clip) -> None:
    reads, uploads = (
        Client(headers={"Authorization": f"Bearer {factories.token(owner, scope)}"})
        for scope in ("read", "upload")
    )
    for refused in (
        make(reads, clip, {"days": 7}),
        reads.delete(place(clip)),
        uploads.get(place(clip)),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "api:user:scope")
    assert make(uploads, clip, {"days": 7}).status_code == 201
    assert reads.get(place(clip)).json()["url"]
    assert uploads.delete(place(clip)).status_code == 204
