"""Clips side by side by program: those that a person may see, two to four of them."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from mlcore.labels import EMOTIONS
from recognition.models import Clip, ClipAccess, User
from recognition.services.describe import add_tags
from recognition.services.erase import trash_clips
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
PLACE = "/api/v1/compare/"


@pytest.fixture
def client(owner: User, signed_in: SignIn) -> Client:
    return signed_in(owner)


def compare(client: Client, *clips: Clip) -> Any:
    return client.get(PLACE, {"clip": [str(clip.pk) for clip in clips]})


def test_it_puts_clips_side_by_side(client: Client, owner: User) -> None:
    happy, sad = (factories.done_clip(owner, emotion=emotion) for emotion in ("happy", "sad"))
    waiting, failed = factories.clip(owner), factories.failed_clip(owner)
    body = compare(client, sad, waiting, happy, failed).json()
    assert [it["id"] for it in body["clips"]] == [
        str(clip.pk) for clip in (sad, waiting, happy, failed)
    ]
    assert [it["counted_emotion"] for it in body["clips"]] == ["sad", "", "happy", ""]
    assert body["clips"][3]["error"]["code"] == "audio:user:no-speech"
    places = [it["place"] for it in body["clips"]]
    assert places[1] is places[3] is None
    assert places[0]["valence"] < 0 < places[2]["valence"]
    assert [row["emotion"] for row in body["rows"]] == list(EMOTIONS)
    rows = {row["emotion"]: row["percents"] for row in body["rows"]}
    assert rows["sad"] == [65.0, None, 5.0, None]
    assert rows["happy"] == [5.0, None, 65.0, None]


def test_without_any_result_there_are_no_rows(client: Client, owner: User) -> None:
    body = compare(client, factories.clip(owner), factories.clip(owner)).json()
    assert body["rows"] == []


@pytest.mark.parametrize("n_clips", [0, 1, 5])
def test_it_says_how_many_it_can_compare(client: Client, owner: User, n_clips: int) -> None:
    response = compare(client, *(factories.clip(owner) for _ in range(n_clips)))
    assert (response.status_code, response.json()["code"]) == (400, "compare:user:number")
    assert response.json()["extra"] == {"n_clips": n_clips}
    assert f"but {n_clips} were chosen" in response.json()["message"]


def test_one_clip_twice_is_one(client: Client, clip: Clip) -> None:
    assert compare(client, clip, clip).json()["extra"] == {"n_clips": 1}


@pytest.mark.parametrize("wrong", ["x", "1", str(uuid4()), "1" * 5000])
def test_what_is_no_clip_is_not_found(client: Client, clip: Clip, wrong: str) -> None:
    response = client.get(PLACE, {"clip": [str(clip.pk), wrong]})
    assert (response.status_code, response.json()["code"]) == (404, "api:user:not-found")


def test_a_foreign_or_deleted_clip_is_not_found(
    client: Client, owner: User, stranger: User
) -> None:
    mine, foreign, deleted = (factories.done_clip(it) for it in (owner, stranger, owner))
    trash_clips(Clip.objects.filter(pk=deleted.pk))
    for other in (foreign, deleted):
        response = compare(client, mine, other)
        assert response.status_code == 404
        assert other.name not in response.content.decode()


def test_a_reviewer_is_told_no_names(owner: User, reviewer: User, signed_in: SignIn) -> None:
    clips = [factories.done_clip(owner, name="my boss.wav", note="secret") for _ in range(2)]
    add_tags(clips[0], "work")
    client = signed_in(reviewer)
    assert compare(client, *clips).status_code == 404
    factories.consent(owner)
    response = compare(client, *clips)
    assert response.status_code == 200
    for word in ("boss", "secret", "work"):
        assert word not in response.content.decode()
    assert set(ClipAccess.objects.values_list("what", flat=True)) == {"api"}
    assert ClipAccess.objects.count() == 2


def test_it_takes_no_other_parameters(client: Client, owner: User) -> None:
    ids = [str(factories.clip(owner).pk) for _ in range(2)]
    response = client.get(PLACE, {"clip": ids, "owner__password": "a"})
    assert (response.status_code, response.json()["code"]) == (400, "api:user:unknown-field")


def test_a_token_needs_the_scope_to_read(owner: User) -> None:
    clips = [factories.clip(owner) for _ in range(2)]
    for scope, status in (("read", 200), ("upload", 403)):
        secret = factories.token(owner, scope)
        client = Client(headers={"Authorization": f"Bearer {secret}"})
        assert compare(client, *clips).status_code == status
