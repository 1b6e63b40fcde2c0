"""Deleting an account: rows, files and sessions are gone, and nobody else's."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from recognition.jobs.recognize import recognize_clip
from recognition.models import Batch, Clip, Correction, Prediction, Share, Tag, User
from recognition.tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

SignIn = Callable[[User], Client]


def delete(client: Client, password: str = factories.PASSWORD) -> Any:
    return client.post("/settings/delete/", {"password": password})


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def fill(owner: User) -> Clip:
    clip = factories.done_clip(owner)
    factories.explanation(clip)
    clip.tags.add(Tag.objects.create(owner=owner, name="home"))
    Correction.objects.create(clip=clip, author=owner, author_name="owner", emotion="sad")
    Share.objects.create(clip=clip, expires_at=timezone.now())
    Batch.objects.create(owner=owner)
    EmailAddress.objects.create(user=owner, email=owner.email)
    factories.clip(owner, content=b"deleted", deleted_at=timezone.now())
    factories.failed_clip(owner)
    return clip


def test_it_removes_rows_files_and_sessions(owner: User, media_root: Path) -> None:
    fill(owner)
    client, elsewhere = Client(), Client()
    for somewhere in (client, elsewhere):
        words = {"login": "owner", "password": factories.PASSWORD}
        assert somewhere.post("/accounts/login/", words).status_code == 302
    assert len(files_in(media_root)) == 3
    response = delete(client)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert files_in(media_root) == []
    for model in (User, Prediction, Correction, Share, Tag, Batch, EmailAddress, Session):
        assert not model._default_manager.exists(), model
    assert not Clip.with_deleted.exists()
    for old in (client, elsewhere):
        assert old.get("/clips/").status_code == 302
    assert "were deleted" in client.get("/").content.decode()


def test_it_leaves_everybody_elses(owner: User, stranger: User, signed_in: SignIn) -> None:
    theirs = fill(stranger)
    delete(signed_in(owner))
    assert list(User.objects.all()) == [stranger]
    assert Clip.with_deleted.count() == 3
    assert theirs.file.storage.exists(str(theirs.file.name))


@pytest.mark.parametrize("password", ["wrong", ""])
def test_it_asks_for_the_password(owner: User, signed_in: SignIn, password: str) -> None:
    client = signed_in(owner)
    assert delete(client, password).status_code == 422
    assert User.objects.exists()
    assert client.get("/clips/").status_code == 200


def test_its_password_can_not_be_guessed(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    assert {delete(client, "wrong").status_code for _ in range(12)} == {422, 429}
    assert delete(client).status_code == 429
    assert User.objects.exists()


def test_a_worker_that_holds_a_clip_finds_it_gone(owner: User, signed_in: SignIn) -> None:
    clip = factories.clip(owner, content=b"abc", state="running", attempts=1)
    assert delete(signed_in(owner)).status_code == 302
    recognize_clip(clip.pk)
    assert not Clip.with_deleted.exists()


def test_a_file_that_can_not_be_removed_keeps_the_account_and_is_told(
    owner: User, signed_in: SignIn, media_root: Path
) -> None:
    clip = factories.clip(owner, content=b"abc")
    path = media_root / str(clip.file.name)
    path.unlink()
    path.mkdir()
    (path / "stuck").touch()  # a folder that is not empty can't be removed as a file
    response = delete(signed_in(owner))
    assert response.status_code == 500
    assert "1 of your recordings" in response.content.decode()
    assert User.objects.exists()
    (path / "stuck").unlink()
    path.rmdir()
    assert delete(signed_in(owner)).status_code == 302
    assert not User.objects.exists()
