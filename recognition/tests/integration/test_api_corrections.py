"""Corrections by program: the owner's word, append-only."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from recognition.models import Clip, Correction, User
from recognition.services.correct import correct_clip
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
JSON = "application/json"


def place(clip: Clip) -> str:
    return f"/api/v1/clips/{clip.pk}/corrections/"


@pytest.fixture
def client(owner: User, signed_in: SignIn) -> Client:
    return signed_in(owner)


@pytest.fixture
def heard(owner: User) -> Clip:
    return factories.done_clip(owner, emotion="happy")


def correct(client: Client, clip: Clip, emotion: str, **more: str) -> Any:
    return client.post(place(clip), {"emotion": emotion} | more, JSON)


def test_what_is_said_stays_on_record(client: Client, heard: Clip) -> None:
    made = correct(client, heard, "sad", reason="a sob")
    assert made.status_code == 201
    assert (made.json()["emotion"], made.json()["reason"]) == ("sad", "a sob")
    assert made.json()["author_name"] == "owner"
    correct(client, heard, "calm")
    listed = client.get(place(heard)).json()
    assert [it["emotion"] for it in listed["results"]] == ["calm", "sad"]
    assert (listed["next"], listed["previous"]) == (None, None)
    assert Clip.objects.get().corrected_emotion == "calm"


def test_said_twice_it_is_one_correction(client: Client, heard: Clip) -> None:
    first, second = correct(client, heard, "sad"), correct(client, heard, "sad")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert Correction.objects.count() == 1


def test_long_lists_come_in_pages(client: Client, owner: User, heard: Clip) -> None:
    for number in range(27):
        correct_clip(owner, heard, "sad", f"reason {number}")
    first = client.get(place(heard)).json()
    second = client.get(first["next"]).json()
    reasons = [it["reason"] for it in [*first["results"], *second["results"]]]
    assert reasons == [f"reason {number}" for number in reversed(range(27))]
    assert client.get(second["previous"]).json()["results"] == first["results"]
    wrong = client.get(f"{place(heard)}?cursor=x")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "api:user:cursor")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "api:user:invalid"),
        ({"emotion": ""}, "api:user:invalid"),
        ({"emotion": "glad"}, "api:user:invalid"),
        ({"emotion": ["sad"]}, "api:user:invalid"),
        ({"emotion": "sad", "reason": "x" * 201}, "api:user:invalid"),
        ({"emotion": "sad", "author": 1}, "api:user:unknown-field"),
    ],
)
def test_it_refuses_what_is_no_correction(
    client: Client, heard: Clip, body: Any, code: str
) -> None:
    response = client.post(place(heard), body, JSON)
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert not Correction.objects.exists()


def test_without_a_result_there_is_nothing_to_correct(client: Client, clip: Clip) -> None:
    response = correct(client, clip, "sad")
    assert (response.status_code, response.json()["code"]) == (409, "correct:user:no-result")


def test_reviewers_read_what_was_said_but_not_by_whom(
    client: Client, owner: User, heard: Clip, reviewer: User, stranger: User, signed_in: SignIn
) -> None:
    correct(client, heard, "sad", reason="my sister")
    assert signed_in(reviewer).get(place(heard)).status_code == 404
    factories.consent(owner)
    (told,) = signed_in(reviewer).get(place(heard)).json()["results"]
    assert (told["emotion"], told["author_name"], told["reason"]) == ("sad", "The owner", "")
    assert signed_in(stranger).get(place(heard)).status_code == 404
