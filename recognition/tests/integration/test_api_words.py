"""Refusals speak of what a program sent, not of what a page shows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from recognition.models import User
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
JSON = "application/json"


@pytest.fixture
def client(owner: User, signed_in: SignIn) -> Client:
    return signed_in(owner)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("clips/?min=80&max=10", "max: This ends before “min” begins."),
        ("clips/?since=2026-02-02&until=2026-02-01", "until: This ends before “since” begins."),
        ("statistics/?since=2026-02-02&until=2026-02-01", "until: This ends before “since” begins"),
    ],
)
def test_they_name_parameters(client: Client, address: str, words: str) -> None:
    response = client.get(f"/api/v1/{address}")
    assert response.status_code == 400
    assert words in response.json()["message"]


def test_one_clip_twice_is_one(client: Client, owner: User) -> None:
    clip = factories.done_clip(owner)
    response = client.get(f"/api/v1/compare/?clip={clip.pk}&clip={clip.pk}")
    assert response.status_code == 400
    assert "Two to four different clips" in response.json()["message"]
    assert "history" not in response.json()["message"]


def test_no_list_is_named_that_nobody_sees(client: Client) -> None:
    response = client.patch("/api/v1/account/", {"time_zone": "Mars"}, JSON)
    assert response.status_code == 400
    assert "no time zone “Mars”. Give its name as in Europe/Berlin" in response.json()["message"]


@pytest.mark.parametrize("names", [["a", "\u200b"], ["\u202e"]])
def test_no_tag_vanishes(client: Client, owner: User, names: list[str]) -> None:
    clip = factories.clip(owner)
    body = {"action": "tag", "clips": [str(clip.pk)], "tags": names}
    path = f"/api/v1/clips/{clip.pk}/tags/"
    for response in (
        client.put(path, {"tags": names}, JSON),
        client.post(path, {"tags": names}, JSON),
        client.post("/api/v1/clips/selection/", body, JSON),
    ):
        assert (response.status_code, response.json()["code"]) == (400, "api:user:invalid")
        assert "A tag has at least one sign that can be seen." in response.json()["message"]
    assert not clip.tags.exists()


def test_too_many_files_are_not_too_big(client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    for path in ("clips", "batches"):
        files = [SimpleUploadedFile(f"{number}.wav", b"x") for number in range(3)]
        response = client.post(f"/api/v1/{path}/", {"files": files})
        assert (response.status_code, response.json()["code"]) == (
            *(413, "upload:user:too-many-parts"),
        )
        assert "More than 2 files" in response.json()["message"]


@pytest.mark.parametrize("page", ["docs", "redoc"])
@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_pages_of_the_api_refuse_as_the_api_does(page: str, method: str) -> None:
    client = Client(enforce_csrf_checks=True)
    response = getattr(client, method)(f"/api/v1/{page}/")
    assert (response.status_code, response.json()["code"]) == (405, "api:user:method-not-allowed")
    assert response["Allow"] == "GET, HEAD"
    assert client.get(f"/api/v1/{page}/").status_code == 200
