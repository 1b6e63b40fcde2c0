"""The history as a file by program: the page's own exports, with filters taken strictly."""

import json
from collections.abc import Callable
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from recognition.forms.history import HistoryForm
from recognition.models import User
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
FORMATS = ["csv", "json", "xlsx"]


@pytest.fixture
def client(owner: User, signed_in: SignIn) -> Client:
    return signed_in(owner)


def export(client: Client, extension: str, **query: Any) -> Any:
    return client.get(f"/api/v1/clips/export.{extension}", query)


@pytest.mark.parametrize("extension", ["csv", "json"])
def test_it_is_what_the_page_exports(client: Client, owner: User, extension: str) -> None:
    for emotion in ("happy", "sad"):
        factories.done_clip(owner, emotion=emotion, name=f"=1+{emotion}")
    response = export(client, extension)
    page: Any = client.get(f"/clips/export.{extension}")
    assert response.status_code == 200
    assert response.getvalue() == page.getvalue()
    for header in ("Content-Type", "Content-Disposition", "Cache-Control"):
        assert response[header] == page[header]


def test_it_comes_as_a_spreadsheet(client: Client, owner: User) -> None:
    factories.done_clip(owner)
    response = export(client, "xlsx")
    assert response["Content-Type"].endswith("spreadsheetml.sheet")
    assert response.getvalue().startswith(b"PK")


def test_it_holds_what_fits_and_is_ones_own(client: Client, owner: User, stranger: User) -> None:
    for user in (owner, stranger):
        for confidence in (0.5, 0.9):
            factories.done_clip(user, emotion="sad", confidence=confidence)
        factories.done_clip(user, emotion="calm")
    response = export(client, "json", emotion=["sad", "angry"], sort="surest")
    clips = json.loads(response.getvalue())
    assert [(clip["emotion"], clip["confidence"]) for clip in clips] == [("sad", 0.9), ("sad", 0.5)]


def test_it_holds_those_that_are_named(client: Client, owner: User) -> None:
    clips = [factories.done_clip(owner) for _ in range(3)]
    named = [clips[0].pk, clips[2].pk, clips[0].pk]
    told = json.loads(export(client, "json", clip=named).getvalue())
    assert [it["id"] for it in told] == [str(clips[2].pk), str(clips[0].pk)]


def test_it_says_which_can_not_be_found(client: Client, owner: User, stranger: User) -> None:
    own, other = factories.done_clip(owner), factories.done_clip(stranger, name="hers.wav")
    gone = factories.done_clip(owner, deleted_at=timezone.now())
    response = export(client, "json", clip=[own.pk, other.pk, gone.pk])
    body = response.json()
    assert (response.status_code, body["code"]) == (404, "selection:user:unknown")
    assert set(body["extra"]["clips"]) == {str(other.pk), str(gone.pk)}


@pytest.mark.parametrize(
    "query",
    [
        {"clip": "mine"},
        {"clip": ""},
        {"clip": str(uuid4()), "sort": "oldest"},
        {"clip": [str(uuid4()) for _ in range(101)]},
    ],
)
def test_it_refuses_names_that_are_none(client: Client, query: Any) -> None:
    response = export(client, "csv", **query)
    assert (response.status_code, response.json()["code"]) == (400, "api:user:invalid")
    assert list(response.json()["extra"]["fields"]) == ["clip"]


@pytest.mark.parametrize("extension", FORMATS)
def test_without_clips_it_is_empty_and_whole(client: Client, extension: str) -> None:
    response = export(client, extension)
    assert response.status_code == 200
    assert response.getvalue()


def test_a_chunk_of_clips_is_in_memory(client: Client, owner: User, monkeypatch: Any) -> None:
    """The rest is not even asked for until it is wanted."""
    module = import_module("recognition.selectors.history")
    monkeypatch.setattr(module, "CHUNK_SIZE", 2)
    asked: list[str] = []
    page = module.Search.page

    def counted(search: Any, cursor: str, *, size: int) -> Any:
        asked.append(cursor)
        return page(search, cursor, size=size)

    monkeypatch.setattr(module.Search, "page", counted)
    for _ in range(5):
        factories.done_clip(owner)
    response = export(client, "csv")
    assert response.streaming
    lines = iter(response)
    assert next(lines)  # the heading
    assert len(asked) <= 1
    assert len([*lines]) == len(asked) == 3


@pytest.mark.parametrize("extension", FORMATS)
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"emotion": "glad"}, "invalid"),
        ({"min": "60", "max": "50"}, "invalid"),
        ({"sort": ""}, "invalid"),
        ({"state": ["done", "failed"]}, "invalid"),
        ({"cursor": "x"}, "unknown-field"),
        ({"user__password__startswith": "a"}, "unknown-field"),
    ],
)
def test_a_wrong_filter_is_refused_in_the_shape_of_the_api(
    client: Client, extension: str, query: Any, code: str
) -> None:
    for accepted in ("text/csv", "*/*"):
        response: Any = client.get(
            f"/api/v1/clips/export.{extension}", query, headers={"Accept": accepted}
        )
        assert (response.status_code, response["Content-Type"]) == (400, "application/json")
        assert response.json()["code"] == f"api:user:{code}"
    if code == "unknown-field":
        known = {*HistoryForm.base_fields, "clip"}
        assert set(response.json()["extra"]["allowed"]) == known


@pytest.mark.parametrize("extension", ["pdf", "CSV", "csv.exe", "%00"])
def test_it_knows_three_formats(client: Client, extension: str) -> None:
    response = export(client, extension)
    assert (response.status_code, response.json()["code"]) == (404, "api:user:not-found")


def test_whatever_is_accepted_it_comes_as_its_address_says(client: Client, owner: User) -> None:
    response: Any = client.get("/api/v1/clips/export.csv", headers={"Accept": "application/json"})
    assert (response.status_code, response["Content-Type"]) == (200, "text/csv; charset=utf-8")


@pytest.mark.parametrize("method", ["HEAD", "POST", "DELETE"])
def test_it_can_only_be_got(client: Client, method: str) -> None:
    response: Any = client.generic(method, "/api/v1/clips/export.csv")
    assert (response.status_code, response["Allow"]) == (405, "GET")


def test_a_token_needs_the_scope_to_read(owner: User) -> None:
    factories.done_clip(owner)
    for scope, status in (("read", 200), ("upload", 403)):
        client = Client(headers={"Authorization": f"Bearer {factories.token(owner, scope)}"})
        assert export(client, "csv").status_code == status
    assert export(Client(), "csv").status_code == 401
