"""All data of one person as a ZIP: complete, and nobody else's."""

import json
import tracemalloc
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client
from django.utils import timezone

from recognition.models import ApiToken, Batch, Clip, ClipAccess, Correction, Share, Tag, User
from recognition.presentation.takeout import takeout
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]


def download(client: Client) -> ZipFile:
    response: Any = client.post("/settings/download/")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/zip"
    return ZipFile(BytesIO(b"".join(response.streaming_content)))


def read(archive: ZipFile, name: str) -> Any:
    return json.loads(archive.read(name))


def make_clips(owner: User) -> tuple[Clip, Clip]:
    heard = factories.done_clip(owner)
    heard.file.storage.delete(str(heard.file.name))
    heard.file.storage.save(str(heard.file.name), BytesIO(b"the recording"))
    batch = Batch.objects.create(owner=owner)
    Clip.objects.filter(pk=heard.pk).update(note="from the kitchen", batch=batch)
    factories.explanation(heard, state="done", data={"parts": [1]})
    factories.portrait(heard, state="done", data={"peaks": [2]})
    heard.tags.add(Tag.objects.create(owner=owner, name="home"))
    Correction.objects.create(clip=heard, author=owner, author_name="owner", emotion="sad")
    Share.objects.create(clip=heard, expires_at=timezone.now())
    return heard, factories.clip(owner, content=b"deleted", deleted_at=timezone.now())


def test_it_names_tokens_but_holds_none(owner: User, stranger: User, signed_in: SignIn) -> None:
    secret = factories.token(owner, "read", "upload", revoked_at=timezone.now())
    factories.token(stranger)
    archive = download(signed_in(owner))
    (token,) = read(archive, "account.json")["tokens"]
    assert (token["scopes"], token["begins"]) == (["read", "upload"], secret[:8])
    assert token["revoked"]
    everything = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert ApiToken.objects.get(user=owner).digest not in everything
    assert secret[8:] not in everything


def test_it_holds_everything_of_the_person(
    owner: User, administrator: User, signed_in: SignIn
) -> None:
    heard, deleted = make_clips(owner)
    signed_in(administrator).get(f"/clips/{heard.pk}/")
    client = Client()
    client.post("/accounts/login/", {"login": "owner", "password": factories.PASSWORD})
    archive = download(client)
    account = read(archive, "account.json")
    assert (account["email"], account["tags"]) == ("owner@example.org", ["home"])
    assert account["sessions"]
    clip, gone = read(archive, "clips.json")
    assert (clip["note"], clip["tags"]) == ("from the kitchen", ["home"])
    assert clip["corrections"][0]["emotion"] == "sad"
    assert clip["links"]
    assert clip["predictions"][0]["posteriors"]["happy"] == pytest.approx(0.65)
    assert clip["predictions"][0]["segments"][0]["emotion"] == "happy"
    assert gone["deleted_at"]
    assert (clip["batch"], gone["batch"]) == (account["batches"][0]["id"], None)
    [explanation] = read(archive, "explanations.json")
    assert (explanation["clip"], explanation["data"]) == (clip["id"], {"parts": [1]})
    [portrait] = read(archive, "portraits.json")
    assert (portrait["clip"], portrait["data"]) == (clip["id"], {"peaks": [2]})
    assert archive.read(f"audio/{heard.pk}.wav") == b"the recording"
    assert archive.read(f"audio/{deleted.pk}.wav") == b"deleted"
    assert read(archive, "looks.json")[0]["by"] == "administrator"
    assert archive.testzip() is None


def test_it_holds_nothing_of_anybody_else(owner: User, stranger: User, signed_in: SignIn) -> None:
    theirs, _ = make_clips(owner)
    ClipAccess.objects.create(clip_id=theirs.pk, owner_name="owner", user_name="x", what="page")
    archive = download(signed_in(stranger))
    assert read(archive, "clips.json") == read(archive, "looks.json") == []
    everything = b"".join(archive.read(name) for name in archive.namelist())
    for secret in (b"owner@", str(theirs.pk).encode(), b"kitchen", b"home", b"the recording"):
        assert secret not in everything
    assert not [name for name in archive.namelist() if name.startswith("audio/")]


def test_it_is_sent_while_it_is_made_with_little_in_memory(owner: User) -> None:
    n_bytes = 30_000_000
    clip = factories.clip(owner, content=bytes(n_bytes))
    n_sent = 0
    tracemalloc.start()
    for number, piece in enumerate(takeout(owner)):
        if number == 1:
            tracemalloc.reset_peak()  # what is loaded once does not count
        n_sent += len(piece)
    used, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert n_sent > n_bytes
    assert most - used < 3_000_000
    archive = ZipFile(BytesIO(b"".join(takeout(owner))))
    assert archive.read(f"audio/{clip.pk}.wav") == bytes(n_bytes)


def test_nothing_is_left_open_when_nobody_waits_for_the_rest(owner: User) -> None:
    factories.clip(owner, content=bytes(1_000_000))
    sent = takeout(owner)
    next(sent)
    sent.close()
    assert list(sent) == []


def test_it_never_holds_a_secret_of_the_account(owner: User, signed_in: SignIn) -> None:
    archive = download(signed_in(owner))
    owner.refresh_from_db()
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert owner.password.encode() not in everything


def test_it_leaves_out_a_recording_that_is_gone(owner: User, signed_in: SignIn) -> None:
    clip = factories.clip(owner, content=b"abc")
    clip.file.storage.delete(str(clip.file.name))
    archive = download(signed_in(owner))
    assert len(read(archive, "clips.json")) == 1
    assert not [name for name in archive.namelist() if name.startswith("audio/")]


def test_it_is_only_for_people_with_a_session_and_never_a_plain_link(
    owner: User, signed_in: SignIn
) -> None:
    assert Client().post("/settings/download/").status_code == 302
    assert signed_in(owner).get("/settings/download/").status_code == 405
