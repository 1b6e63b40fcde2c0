"""Links that expire and can be withdrawn: what they show, and what they never show."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from recognition.models import Clip, Share, User
from recognition.services.correct import correct_clip
from recognition.services.describe import add_tags, describe_clip
from recognition.services.erase import delete_clips, restore_clips, trash_clips
from recognition.services.share import share_clip, withdraw_shares
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
HTMX = {"hx-request": "true"}


@pytest.fixture
def clip(owner: User) -> Clip:
    return factories.done_clip(owner, emotion="fearful")


@pytest.fixture
def share(clip: Clip) -> Share:
    return share_clip(clip, n_days=7)


def places(share: Share) -> list[str]:
    return [f"/s/{share.token}/", f"/s/{share.token}/audio/"]


def statuses(share: Share) -> list[int]:
    return [Client().get(place).status_code for place in places(share)]


@pytest.mark.parametrize("days", [1, 7, 30])
def test_it_makes_a_link_for_a_while(clip: Clip, signed_in: SignIn, days: int) -> None:
    response = signed_in(clip.owner).post(f"/clips/{clip.pk}/share/", {"days": days}, headers=HTMX)
    share = Share.objects.get()
    left = share.expires_at - timezone.now()
    assert timedelta(days=days, minutes=-1) < left <= timedelta(days=days)
    assert f"http://localhost:8000/s/{share.token}/" in response.content.decode()
    assert len(share.token) >= 32


@pytest.mark.parametrize("days", ["0", "2", "-1", "365", "", "x", "9" * 30])
def test_it_refuses_another_period(clip: Clip, signed_in: SignIn, days: str) -> None:
    response = signed_in(clip.owner).post(f"/clips/{clip.pk}/share/", {"days": days}, headers=HTMX)
    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert not Share.objects.exists()


def test_a_double_click_makes_one_link(clip: Clip, signed_in: SignIn) -> None:
    for days in (1, 7):
        signed_in(clip.owner).post(f"/clips/{clip.pk}/share/", {"days": days}, headers=HTMX)
    assert Share.objects.count() == 1


@pytest.mark.parametrize(("first", "then", "expected"), [(1, 30, 30), (30, 1, 30)])
def test_a_link_lives_as_long_as_was_ever_asked_and_that_is_said(
    clip: Clip, signed_in: SignIn, first: int, then: int, expected: int
) -> None:
    share = share_clip(clip, n_days=first)
    response = signed_in(clip.owner).post(f"/clips/{clip.pk}/share/", {"days": then}, headers=HTMX)
    share.refresh_from_db()
    left = share.expires_at - timezone.now()
    assert timedelta(days=expected, minutes=-1) < left <= timedelta(days=expected)
    until = f"{share.expires_at:%b %Y, %H:%M} UTC"
    assert f"{share.expires_at.day} {until}. Whoever has it" in response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_clicks_at_the_same_moment_make_one_link(clip: Clip) -> None:
    def click(_: int) -> int:
        share = share_clip(clip, n_days=1)
        connection.close()
        return share.pk

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(click, range(8)))) == 1


def test_anybody_sees_the_result_and_nothing_of_its_owner(clip: Clip, owner: User) -> None:
    describe_clip(clip, name="Grandma calls", note="a secret thought")
    add_tags(clip, "family")
    correct_clip(owner, clip, "calm")
    share = share_clip(clip, n_days=1)
    text = Client().get(f"/s/{share.token}/").content.decode()
    assert "<strong>fearful</strong>" in text
    assert "65&nbsp;%" in text
    assert "In 100 clips like this one it is right about 65 times." in text
    assert "<dt>Valence</dt><dd>−0." in text
    for secret in ("Grandma", "secret", "family", "owner@", "owner", str(clip.pk), "You hear"):
        assert secret not in text
    audio = Client().get(f"/s/{share.token}/audio/")
    assert audio["Content-Disposition"] == 'attachment; filename="clip.wav"'


def test_it_is_the_same_page_for_those_who_are_signed_in(
    share: Share, stranger: User, signed_in: SignIn
) -> None:
    assert signed_in(stranger).get(f"/s/{share.token}/").status_code == 200
    assert signed_in(stranger).get(f"/clips/{share.clip_id}/").status_code == 404


def test_it_is_never_cached_nor_listed(share: Share) -> None:
    for place in places(share):
        response = Client().get(place)
        assert "no-store" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert b'<meta name="robots" content="noindex' in Client().get(places(share)[0]).content


@pytest.mark.parametrize(
    ("wanted", "status", "expected"),
    [
        ("", 200, b"0123456789"),
        ("bytes=2-5", 206, b"2345"),
        ("bytes=7-", 206, b"789"),
        ("bytes=-3", 206, b"789"),
        ("bytes=10-", 416, b""),
    ],
)
def test_a_player_seeks_over_the_link(
    owner: User, wanted: str, status: int, expected: bytes
) -> None:
    share = share_clip(factories.clip(owner, content=b"0123456789"), n_days=1)
    response: Any = Client().get(f"/s/{share.token}/audio/", headers={"range": wanted})
    assert response.status_code == status
    assert b"".join(response) == expected
    assert response["Content-Type"].startswith("audio/wav")
    assert "sandbox" in response["Content-Security-Policy"]


def test_an_expired_link_is_gone(share: Share) -> None:
    Share.objects.update(expires_at=timezone.now())
    assert statuses(share) == [410, 410]
    response = Client().get(places(share)[0])
    assert "that is over" in response.content.decode()
    assert "no-store" in response["Cache-Control"]


def test_a_withdrawn_link_is_gone(share: Share, clip: Clip, signed_in: SignIn) -> None:
    client = signed_in(clip.owner)
    for _ in range(2):  # a second click finds nothing
        response = client.post(f"/clips/{clip.pk}/withdraw/", headers=HTMX)
        assert response.status_code == 200
    assert "Make a link" in response.content.decode()
    assert statuses(share) == [410, 410]
    assert "withdrawn" in Client().get(places(share)[0]).content.decode()


def test_a_new_link_does_not_wake_a_withdrawn_one(share: Share, clip: Clip) -> None:
    withdraw_shares(clip)
    again = share_clip(clip, n_days=1)
    assert again.token != share.token
    assert (statuses(share), statuses(again)) == ([410, 410], [200, 200])


def test_a_link_to_a_deleted_clip_is_gone_until_that_is_undone(share: Share, clip: Clip) -> None:
    deletion = trash_clips(Clip.objects.filter(pk=clip.pk))
    assert statuses(share) == [410, 410]
    assert "has been deleted" in Client().get(places(share)[0]).content.decode()
    restore_clips(clip.owner, deletion.deleted_at)
    assert statuses(share) == [200, 200]


def test_a_link_to_a_purged_clip_is_unknown(share: Share, clip: Clip) -> None:
    delete_clips([clip])
    assert statuses(share) == [404, 404]


def test_a_link_of_an_account_that_was_switched_off_is_gone(share: Share, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert statuses(share) == [410, 410]


@pytest.mark.parametrize("token", ["x", "a" * 32, "a" * 5000, "%00", "..%2f.."])
def test_an_unknown_link_is_told_kindly(token: str) -> None:
    response = Client().get(f"/s/{token}/")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


@pytest.mark.parametrize("make", [factories.clip, factories.failed_clip])
def test_a_link_tells_when_there_is_no_result(owner: User, make: Callable[[User], Clip]) -> None:
    share = share_clip(make(owner), n_days=1)
    response = Client().get(f"/s/{share.token}/")
    assert response.status_code == 200
    words = ("There is no result yet", "No speech was found")
    assert any(it in response.content.decode() for it in words)


def test_a_link_is_only_for_looking(share: Share) -> None:
    for place in places(share):
        assert Client().post(place).status_code == 405


@pytest.mark.parametrize("action", ["share", "withdraw"])
@pytest.mark.parametrize("person", ["reviewer", "stranger", "administrator"])
def test_only_its_owner_shares_a_clip(
    clip: Clip, signed_in: SignIn, request: pytest.FixtureRequest, action: str, person: str
) -> None:
    factories.consent(clip.owner)
    share = share_clip(clip, n_days=1)
    client = signed_in(request.getfixturevalue(person))
    assert client.post(f"/clips/{clip.pk}/{action}/", {"days": 7}).status_code == 404
    assert Share.objects.get() == share
    assert statuses(share) == [200, 200]
    assert share.token not in client.get(f"/clips/{clip.pk}/").content.decode()
