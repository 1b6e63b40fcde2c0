"""The way out by program: all data as a ZIP, and the account deleted."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client

from recognition.models import ApiToken, Clip, User
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
ACCOUNT, DOWNLOAD = "/api/v1/account/", "/api/v1/account/download/"
RIGHT = {"password": factories.PASSWORD}


def end(client: Client, body: Any = RIGHT, **headers: str) -> Any:
    return client.delete(ACCOUNT, body, content_type="application/json", headers=headers)


def archive_of(response: Any) -> ZipFile:
    return ZipFile(BytesIO(b"".join(response.streaming_content)))


def test_all_data_come_as_from_the_page(owner: User, stranger: User, signed_in: SignIn) -> None:
    clip = factories.clip(owner, content=b"sound", note="from the kitchen")
    factories.clip(stranger)
    token = factories.token(owner, "read")
    program = Client(headers={"Authorization": f"Bearer {token}"})
    response = program.get(DOWNLOAD)
    assert (response.status_code, response["Content-Type"]) == (200, "application/zip")
    assert response["Cache-Control"] == "no-store"
    assert "sersite-my-data.zip" in response["Content-Disposition"]
    archive = archive_of(response)
    page = archive_of(signed_in(owner).post("/settings/download/"))
    assert archive.namelist() == page.namelist()
    for name in ("clips.json", f"audio/{clip.pk}.wav"):
        assert archive.read(name) == page.read(name)
    (told,) = json.loads(archive.read("clips.json"))
    assert told["note"] == "from the kitchen"


def test_data_are_for_who_may_read(owner: User, reviewer: User) -> None:
    for person, scope in ((owner, "upload"), (reviewer, "review")):
        token = factories.token(person, scope)
        response = Client(headers={"Authorization": f"Bearer {token}"}).get(DOWNLOAD)
        assert (response.status_code, response.json()["code"]) == (403, "api:user:scope")
    assert Client().get(DOWNLOAD).status_code == 401


def test_a_download_takes_no_parameter_and_no_head(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    response = client.get(f"{DOWNLOAD}?user=1")
    assert (response.status_code, response.json()["code"]) == (400, "api:user:unknown-field")
    assert client.head(DOWNLOAD).status_code == 405


@pytest.mark.django_db(transaction=True)
def test_it_deletes_the_account_with_everything_in_it(
    owner: User, stranger: User, signed_in: SignIn, media_root: Path
) -> None:
    factories.clip(owner, content=b"sound")
    factories.token(owner)
    theirs = factories.clip(stranger)
    client = signed_in(owner)
    assert end(client).status_code == 204
    assert list(User.objects.all()) == [stranger]
    assert list(Clip.with_deleted.all()) == [theirs]
    assert not ApiToken.objects.exists()
    assert [path for path in media_root.rglob("*") if path.is_file()] == [Path(theirs.file.path)]
    assert client.get(ACCOUNT).status_code == 401
    assert "sessionid" not in {name for name, it in client.cookies.items() if it.value}


@pytest.mark.parametrize("password", ["wrong", f" {factories.PASSWORD}"])
def test_the_password_is_asked_for_again(owner: User, signed_in: SignIn, password: str) -> None:
    client = signed_in(owner)
    response = end(client, {"password": password})
    assert (response.status_code, response.json()["code"]) == (403, "account:user:password")
    assert response.json()["message"] == "This is not your password."
    assert client.get(ACCOUNT).status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "api:user:invalid"),
        ({"password": ""}, "api:user:invalid"),
        ({"password": 5}, "api:user:invalid"),
        ({"password": None}, "api:user:invalid"),
        (RIGHT | {"user": "stranger"}, "api:user:unknown-field"),
        ([], "api:user:invalid"),
    ],
)
def test_a_body_of_another_kind_deletes_nothing(
    owner: User, signed_in: SignIn, body: Any, code: str
) -> None:
    response = end(signed_in(owner), body)
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert User.objects.exists()


def test_the_password_can_not_be_guessed_here_and_on_the_page_together(
    owner: User, signed_in: SignIn
) -> None:
    client = signed_in(owner)
    for _ in range(5):
        client.post("/settings/delete/", {"password": "wrong"})
    answers = [end(client, {"password": "wrong"}) for _ in range(6)]
    assert [it.status_code for it in answers] == [403] * 5 + [429]
    assert answers[-1]["Retry-After"] == "60"
    assert end(client).status_code == 429
    assert User.objects.exists()


def test_no_token_deletes_an_account_and_no_other_site_either(owner: User) -> None:
    token = factories.token(owner, "read", "upload")
    response = end(Client(headers={"Authorization": f"Bearer {token}"}))
    assert (response.status_code, response.json()["code"]) == (403, "api:user:session-only")
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    response = end(client)
    assert (response.status_code, response.json()["code"]) == (403, "api:user:csrf")
    assert end(Client()).status_code == 401
    assert User.objects.exists()


def test_an_account_that_changed_meanwhile_stays(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    seen = client.get(ACCOUNT)["ETag"]
    User.objects.filter(pk=owner.pk).update(name="Ada")
    response = end(client, **{"If-Match": seen})
    assert (response.status_code, response.json()["code"]) == (412, "api:user:changed")
    assert User.objects.exists()


def test_recordings_that_can_not_be_removed_keep_the_account(
    owner: User, signed_in: SignIn, media_root: Path
) -> None:
    path = media_root / str(factories.clip(owner, content=b"abc").file.name)
    path.unlink()
    path.mkdir()
    (path / "stuck").touch()
    response = end(signed_in(owner))
    assert (response.status_code, response.json()["code"]) == (500, "account:app:files-left")
    assert response.json()["extra"] == {"n_clips": 1}
    assert User.objects.exists()
