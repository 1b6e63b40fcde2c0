"""Several clips deleted, tagged and had back by program: all of them, or none."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recognition.models import Clip, Tag, User
from recognition.services.describe import add_tags
from recognition.services.erase import trash_clips
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
PLACE, DELETED, JSON = "/api/v1/clips/selection/", "/api/v1/clips/deleted/", "application/json"


@pytest.fixture
def client(owner: User, signed_in: SignIn) -> Client:
    return signed_in(owner)


@pytest.fixture
def clips(owner: User) -> list[Clip]:
    return [factories.done_clip(owner) for _ in range(3)]


def ids(clips: list[Clip]) -> list[str]:
    return [str(clip.pk) for clip in clips]


def change(client: Client, action: str, clips: list[Clip], **more: Any) -> Any:
    return client.post(PLACE, {"action": action, "clips": ids(clips)} | more, JSON)


def rows() -> list[Any]:
    return list(Clip.with_deleted.order_by("pk").values())


def test_it_deletes_and_restores_what_was_named(client: Client, clips: list[Clip]) -> None:
    for _ in range(2):  # sent again after a lost answer
        response = change(client, "delete", clips[:2])
        assert response.status_code == 200
        expected = {"action": "delete", "n_clips": 2, "clips": ids(clips[:2]), "tags": []}
        assert response.json() == expected
        assert Clip.objects.get() == clips[2]
    back = change(client, "restore", clips[1:2])
    assert (back.status_code, back.json()["clips"]) == (200, ids(clips[1:2]))
    assert set(Clip.objects.all()) == set(clips[1:])


def test_it_restores_clips_of_several_deletions(client: Client, clips: list[Clip]) -> None:
    for clip in clips:
        trash_clips(Clip.objects.filter(pk=clip.pk))
    assert change(client, "restore", clips).json()["n_clips"] == 3
    assert Clip.objects.count() == 3


def test_it_tags_all_or_none(client: Client, owner: User, clips: list[Clip]) -> None:
    add_tags(clips[2], "Loud")
    response = change(client, "tag", clips, tags=["interview", "loud"])
    assert response.json()["tags"] == ["interview", "Loud"]
    for clip in clips:
        assert {tag.name for tag in clip.tags.all()} == {"interview", "Loud"}
    clips[1].tags.add(*(Tag.objects.create(owner=owner, name=f"t{n}") for n in range(18)))
    full = change(client, "tag", clips, tags=["one too many"])
    assert (full.status_code, full.json()["code"]) == (422, "describe:user:too-many-tags")
    assert not Tag.objects.filter(name="one too many").exists()


def test_a_clip_that_is_named_twice_counts_once(client: Client, clips: list[Clip]) -> None:
    assert change(client, "delete", [clips[0], clips[0]]).json()["n_clips"] == 1


def test_many_are_tagged_in_as_many_queries_as_one(client: Client, owner: User) -> None:
    clips, n_queries = [factories.done_clip(owner) for _ in range(30)], []
    add_tags(clips[0], "loud")
    for chosen in (clips[:1], clips):
        with CaptureQueriesContext(connection) as asked:
            assert change(client, "tag", chosen, tags=["loud", "new"]).status_code == 200
        n_queries.append(len(asked))
    assert n_queries[1] <= n_queries[0]
    assert all(clip.tags.count() == 2 for clip in clips)


@pytest.mark.parametrize("action", ["delete", "restore", "tag"])
@pytest.mark.parametrize("other", ["unknown", "foreign"])
def test_if_one_is_not_there_nothing_is_done(
    client: Client, stranger: User, clips: list[Clip], action: str, other: str
) -> None:
    if action == "restore":
        trash_clips(Clip.objects.all())
    foreign = factories.done_clip(stranger)
    missing = str(foreign.pk) if other == "foreign" else str(uuid4())
    before, more = rows(), {"tags": ["new"]} if action == "tag" else {}
    body = {"action": action, "clips": [*ids(clips), missing]} | more
    response: Any = client.post(PLACE, body, JSON)
    assert (response.status_code, response.json()["code"]) == (404, "selection:user:unknown")
    assert response.json()["extra"] == {"n_clips": 1, "clips": [missing]}
    assert rows() == before
    assert not Tag.objects.exists()


def test_deleted_clips_are_not_tagged(client: Client, clips: list[Clip]) -> None:
    trash_clips(Clip.objects.filter(pk=clips[0].pk))
    response = change(client, "tag", clips, tags=["new"])
    assert response.json()["extra"]["clips"] == ids(clips[:1])
    assert not Tag.objects.exists()


def test_what_can_not_all_be_had_back_stays_deleted(client: Client, clips: list[Clip]) -> None:
    trash_clips(Clip.objects.filter(pk__in=[clip.pk for clip in clips[:2]]))
    there = change(client, "restore", clips)
    assert (there.status_code, there.json()["code"]) == (409, "erase:user:nothing-to-undo")
    hour_ago = timezone.now() - timedelta(hours=1)
    Clip.with_deleted.filter(pk=clips[0].pk).update(deleted_at=hour_ago)
    late = change(client, "restore", clips[:2])
    assert (late.status_code, late.json()["code"]) == (409, "erase:user:purged")
    assert Clip.objects.get() == clips[2]


@pytest.mark.parametrize("person", ["stranger", "reviewer", "administrator"])
@pytest.mark.parametrize("action", ["delete", "restore", "tag"])
def test_nobody_else_changes_them(
    owner: User, clips: list[Clip], signed_in: SignIn, request: Any, person: str, action: str
) -> None:
    """Whoever may see them, too."""
    factories.consent(owner)
    trash_clips(Clip.objects.filter(pk=clips[0].pk))
    before, more = rows(), {"tags": ["new"]} if action == "tag" else {}
    client = signed_in(request.getfixturevalue(person))
    response = change(client, action, clips[:1] if action == "restore" else clips[1:], **more)
    assert (response.status_code, response.json()["code"]) == (404, "selection:user:unknown")
    assert rows() == before
    assert client.get(DELETED).json()["results"] == []


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"action", "clips"}),
        ({"action": "delete"}, {"clips"}),
        ({"action": "delete", "clips": []}, {"clips"}),
        ({"action": "delete", "clips": "all"}, {"clips"}),
        ({"action": "delete", "clips": [1]}, {"clips"}),
        ({"action": "delete", "clips": ["nonsense"]}, {"clips"}),
        ({"action": "delete", "clips": [str(uuid4()) for _ in range(201)]}, {"clips"}),
        ({"action": "format-disk", "clips": [str(uuid4())]}, {"action"}),
        ({"action": ["delete"], "clips": [str(uuid4())]}, {"action"}),
        ({"action": "tag", "clips": [str(uuid4())]}, {"tags"}),
        ({"action": "tag", "clips": [str(uuid4())], "tags": []}, {"tags"}),
        ({"action": "tag", "clips": [str(uuid4())], "tags": ["a,b"]}, {"tags"}),
        ({"action": "tag", "clips": [str(uuid4())], "tags": "a"}, {"tags"}),
        ({"action": "delete", "clips": [str(uuid4())], "tags": ["a"]}, {"tags"}),
    ],
)
def test_it_refuses_what_is_no_selection(client: Client, body: Any, fields: set[str]) -> None:
    response: Any = client.post(PLACE, body, JSON)
    assert (response.status_code, response.json()["code"]) == (400, "api:user:invalid")
    assert set(response.json()["extra"]["fields"]) == fields


def test_it_refuses_fields_that_there_are_not(client: Client, clips: list[Clip]) -> None:
    response = change(client, "delete", clips, owner=1)
    assert (response.status_code, response.json()["code"]) == (400, "api:user:unknown-field")
    assert Clip.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_many_at_once_wait_for_each_other(owner: User) -> None:
    """In whatever order the clips are named: none holds what another one waits for."""
    clips = [factories.clip(owner) for _ in range(12)]
    clients, together = [Client() for _ in range(4)], Barrier(4)
    for client in clients:
        client.force_login(owner)

    def tag(number: int) -> int:
        mine = clips[:: -1 if number % 2 else 1]
        together.wait()
        try:
            return int(change(clients[number], "tag", mine, tags=["a", f"t{number}"]).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(tag, range(4))) == [200] * 4
    for clip in clips:
        assert {tag.name for tag in clip.tags.all()} == {"a", "t0", "t1", "t2", "t3"}


def test_a_token_needs_the_scope_to_change(owner: User, clips: list[Clip]) -> None:
    reads, uploads = (
        Client(headers={"Authorization": f"Bearer {factories.token(owner, scope)}"})
        for scope in ("read", "upload")
    )
    assert change(reads, "delete", clips).json()["code"] == "api:user:scope"
    assert Clip.objects.count() == 3
    assert change(uploads, "delete", clips).status_code == 200
    assert uploads.get(DELETED).status_code == 403
    assert len(reads.get(DELETED).json()["results"]) == 3


def test_it_lists_what_can_be_had_back(
    client: Client, owner: User, clips: list[Clip], settings: Any
) -> None:
    settings.DELETE_UNDO_S = 600
    now = timezone.now()
    for clip, seconds in zip(clips, (599, 60, 601), strict=True):
        moment = now - timedelta(seconds=seconds)
        Clip.with_deleted.filter(pk=clip.pk).update(deleted_at=moment)
    body = client.get(DELETED).json()
    assert (body["next"], body["previous"]) == (None, None)
    assert [it["id"] for it in body["results"]] == ids([clips[1], clips[0]])
    first = Clip.with_deleted.get(pk=clips[1].pk)
    assert first.deleted_at is not None
    gone_at = (first.deleted_at + timedelta(seconds=600)).isoformat().replace("+00:00", "Z")
    assert (body["results"][0]["gone_at"], body["results"][0]["emotion"]) == (gone_at, "happy")


def test_very_many_of_one_deletion_come_once_each(client: Client, owner: User) -> None:
    made = {str(factories.clip(owner).pk) for _ in range(60)}
    trash_clips(Clip.objects.all())
    found, address, n_pages = [], DELETED, 0
    while address:
        page = client.get(address).json()
        found += [it["id"] for it in page["results"]]
        address, n_pages = page["next"], n_pages + 1
    assert (set(found), len(found), n_pages) == (made, 60, 3)
    second = client.get(client.get(DELETED).json()["next"]).json()
    first = client.get(second["previous"]).json()
    assert [it["id"] for it in first["results"]] == found[:25]


@pytest.mark.parametrize("cursor", ["x", "bz05OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk=", "cD14"])
def test_an_invented_cursor_shows_nothing(client: Client, cursor: str) -> None:
    response = client.get(DELETED, {"cursor": cursor})
    assert response.status_code == 400 or response.json()["results"] == []
    refused = client.get(DELETED, {"owner": 1})
    assert (refused.status_code, refused.json()["code"]) == (400, "api:user:unknown-field")
