"""A batch that a program sends again is there once, whole, whatever broke off in between."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from recognition import tasks
from recognition.models import Batch, Clip, IdempotencyKey, User
from recognition.services.batches import record_refusals, take_file
from recognition.services.erase import trash_clips
from recognition.tests import factories, recordings

pytestmark = pytest.mark.django_db

BATCHES, CLIPS = "/api/v1/batches/", "/api/v1/clips/"
SignIn = Callable[[User], Client]
SECONDS = (1.0, 1.5, 2.0)


@pytest.fixture
def client(owner: User, signed_in: SignIn) -> Client:
    return signed_in(owner)


def recording(seconds: float, name: str = "a.wav") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, recordings.wav(seconds))


def send(client: Client, *seconds: float, key: str = "k", **fields: Any) -> Any:
    files = [recording(it, f"{it}.wav") for it in seconds or SECONDS]
    body = {"files": files, "speaker_consent": "agreed"} | fields
    return client.post(BATCHES, body, headers={"Idempotency-Key": key})


def n_kept(media_root: Path) -> tuple[int, int, int, int]:
    """Batches, clips, recordings and keys."""
    n_files = sum(path.is_file() for path in media_root.rglob("*"))
    n_clips, n_keys = Clip.with_deleted.count(), IdempotencyKey.objects.count()
    return Batch.objects.count(), n_clips, n_files, n_keys


def test_the_same_again_is_the_same_batch(client: Client, media_root: Path) -> None:
    first, second = send(client), send(client)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first["Location"] == second["Location"] == f"{BATCHES}{first.json()['id']}/"
    assert n_kept(media_root) == (1, 3, 3, 1)


def test_it_is_told_as_it_is_by_now(client: Client) -> None:
    made = send(client).json()
    trash_clips(Clip.objects.filter(pk=made["clips"][0]["id"]))
    again = send(client)
    assert (again.status_code, again.json()["n_clips"]) == (200, 2)


def test_of_a_batch_that_was_deleted_it_says_so(client: Client, media_root: Path) -> None:
    """In the trash, and gone for good: what was sent again is not there."""
    made = send(client, 1.0, 1.5).json()
    trash_clips(Clip.objects.all())
    for _ in range(2):
        again = send(client, 1.0, 1.5)
        assert (again.status_code, again.json()["code"]) == (409, "upload:user:key-batch-gone")
        assert again.json()["extra"] == {"key": "k", "batch_id": made["id"]}
        Clip.with_deleted.all().delete()
    assert send(client, 1.0, 1.5, key="another").status_code == 201


def test_what_was_refused_of_it_is_told_again(client: Client) -> None:
    files = [recording(1), SimpleUploadedFile("b.txt", b"x")]
    first = send(client, files=files)
    for file in files:
        file.seek(0)
    again = send(client, files=files)
    assert (first.status_code, again.status_code) == (201, 200)
    assert [it["file_name"] for it in again.json()["refusals"]] == ["b.txt"]


def test_a_zip_again_is_the_same_batch(client: Client, media_root: Path) -> None:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for seconds in SECONDS:
            archive.writestr(f"{seconds}.wav", recordings.wav(seconds))
    files = [SimpleUploadedFile("all.zip", buffer.getvalue()) for _ in range(2)]
    first, second = (send(client, files=[file]) for file in files)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["n_clips"] == 3
    assert n_kept(media_root) == (1, 3, 3, 1)


def test_without_copies_it_is_the_same_batch_too(client: Client, media_root: Path) -> None:
    first, second = (send(client, keep_copies="false") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["refusals"] == []
    assert n_kept(media_root) == (1, 3, 3, 1)


@pytest.mark.parametrize("seconds", [(1.0, 1.5), (1.5, 1.0, 2.0), (*SECONDS, 2.5)])
def test_a_key_stands_for_these_files_in_this_order(
    client: Client, media_root: Path, seconds: Sequence[float]
) -> None:
    made = send(client).json()
    response = send(client, *seconds)
    assert (response.status_code, response.json()["code"]) == (409, "upload:user:key-reused")
    assert response.json()["extra"] == {"key": "k", "batch_id": made["id"]}
    assert n_kept(media_root) == (1, 3, 3, 1)


def test_a_key_stands_for_the_same_answer_to_whose_voice_it_is(client: Client) -> None:
    send(client)
    response = send(client, speaker_consent="own-voice")
    assert (response.status_code, response.json()["code"]) == (409, "upload:user:key-reused")


def test_a_clip_and_a_batch_have_no_key_in_common(client: Client, media_root: Path) -> None:
    words = {"speaker_consent": "agreed"}
    head = {"Idempotency-Key": "k"}
    batch = send(client, 1.0).json()
    response: Any = client.post(CLIPS, words | {"file": recording(1)}, headers=head)
    assert (response.status_code, response.json()["code"]) == (409, "upload:user:key-reused")
    assert response.json()["extra"]["batch_id"] == batch["id"]
    head = {"Idempotency-Key": "other"}
    clip = client.post(CLIPS, words | {"file": recording(1)}, headers=head).json()
    response = send(client, 1.0, key="other")
    assert (response.status_code, response.json()["code"]) == (409, "upload:user:key-reused")
    assert response.json()["extra"]["clip_id"] == clip["id"]
    assert n_kept(media_root) == (1, 2, 2, 2)


def test_keys_of_others_and_other_keys_make_other_batches(
    client: Client, stranger: User, signed_in: SignIn
) -> None:
    answers = [send(client), send(client, key="k2"), send(signed_in(stranger))]
    assert [it.status_code for it in answers] == [201] * 3
    assert len({it.json()["id"] for it in answers}) == 3


@pytest.mark.parametrize("key", ["", " ", "k" * 256, "a\tb"])
def test_a_key_that_is_none_is_refused(client: Client, media_root: Path, key: str) -> None:
    response = send(client, key=key)
    assert (response.status_code, response.json()["code"]) == (400, "api:user:key-malformed")
    assert n_kept(media_root) == (0, 0, 0, 0)


def test_where_all_was_refused_the_key_is_free_again(client: Client, media_root: Path) -> None:
    wrong = [SimpleUploadedFile("b.txt", b"x")]
    for _ in range(2):
        response = send(client, files=wrong)
        assert (response.status_code, response.json()["code"]) == (422, "upload:user:all-refused")
    assert n_kept(media_root) == (0, 0, 0, 0)
    assert send(client).status_code == 201


def test_a_key_is_kept_for_a_day(client: Client) -> None:
    send(client)
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=24.1))
    assert send(client).status_code == 201
    assert Batch.objects.count() == 2


def test_it_goes_with_the_account(client: Client, owner: User) -> None:
    send(client)
    owner.delete()
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize("key", ["k", None])
@pytest.mark.parametrize("moment", ["the second file", "the end"])
def test_broken_off_it_leaves_nothing_and_is_then_done_whole(
    client: Client,
    media_root: Path,
    monkeypatch: pytest.MonkeyPatch,
    key: str | None,
    moment: str,
) -> None:
    """As by a database that goes away; a process that is killed commits nothing either."""
    client.raise_request_exception = False
    real: Callable[..., None] = record_refusals if moment == "the end" else take_file
    n_calls = 0

    def die(*args: Any, **kwargs: Any) -> None:
        nonlocal n_calls
        n_calls += 1
        if moment == "the end" or n_calls == 2:
            raise OperationalError("the connection is gone")
        real(*args, **kwargs)

    head = {"Idempotency-Key": key} if key else {}
    body = {"speaker_consent": "agreed"}
    monkeypatch.setattr(f"recognition.services.batches.{real.__name__}", die)
    files = [recording(it) for it in SECONDS]
    assert client.post(BATCHES, body | {"files": files}, headers=head).status_code == 500
    assert n_kept(media_root) == (0, 0, 0, 0)
    monkeypatch.undo()
    files = [recording(it) for it in SECONDS]
    whole = client.post(BATCHES, body | {"files": files}, headers=head)
    assert (whole.status_code, whole.json()["n_clips"]) == (201, 3)
    assert n_kept(media_root) == (1, 3, 3, 1 if key else 0)


def test_workers_are_told_when_all_is_kept(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(tasks, "announce_clips", told.extend)
    with django_capture_on_commit_callbacks(execute=True):
        send(client)
        assert told == []
    assert sorted(told) == sorted(Clip.objects.values_list("pk", flat=True))


@pytest.mark.django_db(transaction=True)
def test_what_goes_wrong_after_all_was_kept_takes_nothing_back(
    client: Client, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*args: Any) -> None:
        raise OSError("out of sockets")

    monkeypatch.setattr(tasks, "announce_clips", die)
    assert send(client).status_code == 201
    assert n_kept(media_root) == (1, 3, 3, 1)
    assert send(client).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("copies", ["true", "false"])
def test_the_same_from_everywhere_at_once_is_one_batch(
    owner: User, signed_in: SignIn, media_root: Path, copies: str
) -> None:
    clients = [signed_in(owner) for _ in range(4)]

    def once(client: Client) -> Any:
        try:
            return send(client, keep_copies=copies)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(once, clients))
    assert sorted(it.status_code for it in found) == [200, 200, 200, 201]
    assert len({it.json()["id"] for it in found}) == 1
    assert {it.json()["n_clips"] for it in found} == {3}
    assert n_kept(media_root) == (1, 3, 3, 1)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_the_second_does_it_where_the_first_breaks_off(
    owner: User, signed_in: SignIn, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = [signed_in(owner) for _ in range(2)]
    n_calls = 0

    def break_first(*args: Any, **kwargs: Any) -> None:
        nonlocal n_calls
        n_calls += 1
        if n_calls == 2:  # whoever came first is at the second file, the other one waits
            raise OperationalError("the connection is gone")
        take_file(*args, **kwargs)

    monkeypatch.setattr("recognition.services.batches.take_file", break_first)

    def once(client: Client) -> Any:
        client.raise_request_exception = False
        try:
            return send(client)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(once, clients))
    assert sorted(it.status_code for it in found) == [201, 500]
    assert n_kept(media_root) == (1, 3, 3, 1)


def test_no_batch_of_a_stranger_comes_by_its_key(
    owner: User, stranger: User, signed_in: SignIn
) -> None:
    batch = Batch.objects.create(owner=owner)
    IdempotencyKey.objects.create(owner=owner, key="k", batch=batch, digest=uuid4().hex)
    factories.clip(owner, batch=batch)
    response = send(signed_in(stranger))
    assert response.status_code == 201
    assert response.json()["id"] != str(batch.pk)
