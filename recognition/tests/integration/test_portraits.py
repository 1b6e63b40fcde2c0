"""Asking for a portrait: who may, what comes back, and that asking again costs nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from recognition import tasks
from recognition.models import Clip, Portrait, User
from recognition.services.erase import delete_clips
from recognition.services.portray import request_portrait
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def announced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Which portraits the workers were told of."""
    ids: list[int] = []
    monkeypatch.setattr(tasks, "announce_portraits", ids.extend)
    return ids


def place(clip: Clip) -> str:
    return f"/clips/{clip.pk}/portrait/"


def test_it_is_queued_once_however_often_it_is_asked_for(
    clip: Clip, signed_in: SignIn, announced: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    client = signed_in(clip.owner)
    assert client.get(place(clip)).json() == {"state": "none", "error": None, "portrait": None}
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(3):
            response = client.post(place(clip))
            assert (response.status_code, response.json()["state"]) == (202, "queued")
    assert announced == [Portrait.objects.get().pk]


def test_it_gives_the_data_when_it_is_done(clip: Clip, signed_in: SignIn) -> None:
    factories.portrait(clip, state="done", data={"duration_s": 1})
    client = signed_in(clip.owner)
    response = client.post(place(clip))
    assert response.status_code == 200
    assert response.json() == client.get(place(clip)).json()
    assert response.json()["portrait"] == {"duration_s": 1}


def test_it_says_why_it_failed_and_is_tried_again_when_asked_for_again(
    clip: Clip, signed_in: SignIn, announced: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    code, details = "portrait:app:gave-up", {"attempts": 3}
    portrait = factories.portrait(clip, state="failed", error_code=code, error_details=details)
    client = signed_in(clip.owner)
    error = client.get(place(clip)).json()["error"]
    assert error["code"] == code
    assert "3 times" in error["message"]
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(place(clip)).json()["state"] == "queued"
    assert announced == [portrait.pk]


def test_only_who_may_see_the_clip_can_ask(
    clip: Clip, reviewer: User, stranger: User, signed_in: SignIn
) -> None:
    for person in (reviewer, stranger):
        assert signed_in(person).post(place(clip)).status_code == 404
        assert signed_in(person).get(place(clip)).status_code == 404
        with pytest.raises(Clip.DoesNotExist):
            request_portrait(person, clip)
    assert not Portrait.objects.exists()
    factories.consent(clip.owner)
    assert signed_in(reviewer).post(place(clip)).status_code == 202
    assert signed_in(stranger).post(place(clip)).status_code == 404
    assert Client().post(place(clip)).status_code == 302


def test_it_is_erased_with_its_clip(clip: Clip) -> None:
    factories.portrait(clip, state="done", data={})
    delete_clips([clip])
    assert not Portrait.objects.exists()
