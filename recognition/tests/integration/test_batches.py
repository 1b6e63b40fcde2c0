"""Batches: files one by one, copies, retries, the page, its table, and who may see it."""

import csv
import io
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from recognition.errors import UploadError
from recognition.models import Batch, Clip, User
from recognition.services.submit import Terms, submit_clip
from recognition.tests import factories, recordings

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]


@pytest.fixture
def client(owner: User, signed_in: SignIn) -> Client:
    return signed_in(owner)


@pytest.fixture
def batch(owner: User) -> Batch:
    return Batch.objects.create(owner=owner)


def send(client: Client, name: str, content: bytes, **words: str) -> Any:
    upload = SimpleUploadedFile(name, content)
    body = {"file": upload, "speaker_consent": "agreed"} | words
    return client.post("/clips/new/file/", body)


def test_it_takes_the_files_of_a_batch_one_by_one(client: Client) -> None:
    started = client.post("/batches/").json()
    for seconds in (1, 2):
        response = send(client, f"{seconds}.wav", recordings.wav(seconds), batch=started["id"])
        assert response.status_code == 201
        assert response.json()["clips"][0]["name"] == f"{seconds}.wav"
    page = client.get(started["url"]).content.decode()
    assert "1.wav" in page
    assert "2.wav" in page
    assert "0 of 2 clips are judged" in page


def test_it_says_at_once_why_a_file_is_refused_and_keeps_it_with_the_batch(
    client: Client, batch: Batch
) -> None:
    response = send(client, "a.wav", recordings.TEXT, batch=str(batch.pk))
    assert response.status_code == 422
    refusal = response.json()["refusals"][0]
    assert refusal["code"] == "audio:user:not-audio"
    assert "not an audio file we know" in refusal["message"]
    assert "not an audio file we know" in client.get(f"/batches/{batch.pk}/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_same_file_sent_several_times_at_a_moment_is_kept_once(
    owner: User, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = recordings.wav()
    save = Clip.save

    def save_late(clip: Clip, **options: Any) -> None:
        time.sleep(0.2)  # so that all are between looking and keeping at a time
        save(clip, **options)

    monkeypatch.setattr(Clip, "save", save_late)

    def send_once(person: User) -> str:
        try:
            clip = submit_clip(
                person, SimpleUploadedFile("a.wav", content), Terms(allows_copies=False)
            )
            return f"kept {clip.pk}"
        except UploadError as error:
            return f"{error.code} {error.details['clip_id']}"
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        said = list(threads.map(send_once, [owner, stranger] * 6))
    kept = Clip.objects.get(owner=owner)
    assert Clip.objects.filter(owner=stranger).count() == 1
    assert sorted(said[::2]) == [f"kept {kept.pk}", *[f"upload:user:duplicate {kept.pk}"] * 5]
    files = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    assert len(files) == 2


def test_it_needs_exactly_one_file(client: Client) -> None:
    response = client.post("/clips/new/file/", {"speaker_consent": "agreed"})
    assert (response.status_code, response.json()["code"]) == (422, "upload:user:no-file")


def test_it_takes_no_more_files_than_fit_into_a_batch(
    client: Client, batch: Batch, settings: Any
) -> None:
    settings.UPLOAD_MAX_FILES = 1
    assert send(client, "a.wav", recordings.wav(1), batch=str(batch.pk)).status_code == 201
    response = send(client, "b.wav", recordings.wav(2), batch=str(batch.pk))
    assert response.json()["refusals"][0]["code"] == "upload:user:batch-full"


def test_it_knows_a_file_again_by_its_content(client: Client, batch: Batch) -> None:
    send(client, "first.wav", recordings.wav())
    twin = Clip.objects.get()
    refusal = send(client, "other name.wav", recordings.wav(), batch=str(batch.pk)).json()
    assert refusal["clips"] == []
    assert refusal["refusals"][0]["code"] == "upload:user:duplicate"
    assert "You have this recording already, as “first.wav”." in refusal["refusals"][0]["message"]
    assert refusal["refusals"][0]["clip_url"] == f"/clips/{twin.pk}/"
    assert Clip.objects.count() == 1


def test_it_does_not_tell_what_others_have_sent(
    client: Client, stranger: User, signed_in: SignIn
) -> None:
    send(client, "a.wav", recordings.wav())
    assert send(signed_in(stranger), "a.wav", recordings.wav()).status_code == 201


def test_a_deleted_clip_is_no_reason_to_refuse_its_file(client: Client) -> None:
    send(client, "a.wav", recordings.wav())
    client.post(f"/clips/{Clip.objects.get().pk}/delete/")
    assert send(client, "a.wav", recordings.wav()).status_code == 201


def test_it_keeps_a_copy_when_the_person_wants_it(client: Client, batch: Batch) -> None:
    send(client, "first.wav", recordings.wav())
    twin = Clip.objects.get()
    send(client, "again.wav", recordings.wav(), batch=str(batch.pk))
    page = client.get(f"/batches/{batch.pk}/").content.decode()
    assert f'action="/clips/{twin.pk}/copy/"' in page
    words = {"file_name": "again.wav", "speaker_consent": "agreed", "batch": str(batch.pk)}
    response = client.post(f"/clips/{twin.pk}/copy/", words)
    assert response["Location"] == f"/batches/{batch.pk}/"
    copy = Clip.objects.get(name="again.wav")
    assert (copy.batch, copy.sha256, copy.state) == (batch, twin.sha256, "queued")
    assert copy.file.read() == twin.file.read()
    batch.refresh_from_db()
    assert batch.refusals == []


def test_it_keeps_copies_of_the_plain_form_only_when_asked_to(client: Client) -> None:
    words = {"speaker_consent": "agreed"}
    for extra, n_clips in (({}, 1), ({}, 1), ({"keep_copies": "on"}, 2)):
        upload = SimpleUploadedFile("a.wav", recordings.wav())
        response = client.post("/clips/new/", {"files": upload} | words | extra)
        assert Clip.objects.count() == n_clips
    assert response.status_code == 302


def test_it_tries_the_failed_clips_again(client: Client, owner: User, batch: Batch) -> None:
    failed = factories.failed_clip(owner, batch=batch)
    other = factories.failed_clip(owner)
    assert "1 clip has no result." in client.get(f"/batches/{batch.pk}/").content.decode()
    client.post(f"/batches/{batch.pk}/retry/")
    failed.refresh_from_db()
    other.refresh_from_db()
    assert (failed.state, other.state) == ("queued", "failed")


def done_clip(owner: User, batch: Batch, **fields: Any) -> Clip:
    facts: dict[str, Any] = {
        "emotion": "happy",
        "confidence": 0.8,
        "is_sure": True,
        "state": "done",
    }
    return factories.clip(owner, batch=batch, **facts | fields)


def test_it_stops_asking_when_all_are_judged(client: Client, owner: User, batch: Batch) -> None:
    done_clip(owner, batch)
    clip = factories.clip(owner, batch=batch)
    page = client.get(f"/batches/{batch.pk}/").content.decode()
    assert "1 of 2 clips are judged" in page
    assert "hx-get" in page
    Clip.objects.filter(pk=clip.pk).update(
        state="done", finished_at=clip.announced_at, emotion="sad", confidence=0.3, is_sure=False
    )
    page = client.get(f"/batches/{batch.pk}/").content.decode()
    assert "All 2 clips are judged" in page
    assert "not sure" in page
    assert "hx-get" not in page


def test_it_asks_the_database_as_often_for_many_clips_as_for_one(
    client: Client,
    owner: User,
    batch: Batch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(30):
        done_clip(owner, batch)
    with django_assert_max_num_queries(5):
        client.get(f"/batches/{batch.pk}/")


def test_its_table_is_safe_for_spreadsheets(client: Client, owner: User, batch: Batch) -> None:
    done_clip(owner, batch, name="=HYPERLINK(1).wav")
    factories.failed_clip(owner, batch=batch, name="@x.wav")
    send(client, "+1.txt", b"x", batch=str(batch.pk))
    response = client.get(f"/batches/{batch.pk}/table.csv")
    assert response["Content-Type"].startswith("text/csv")
    assert "attachment" in response["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [row["file"] for row in rows] == ["'=HYPERLINK(1).wav", "'@x.wav", "'+1.txt"]
    assert [row["state"] for row in rows] == ["done", "failed", "refused"]
    assert (rows[0]["emotion"], rows[0]["confidence"], rows[0]["sure"]) == ("happy", "0.8", "yes")
    assert rows[1]["code"] == "audio:user:no-speech"
    assert rows[2]["code"] == "upload:user:extension"


PLACES = ["/batches/{}/", "/batches/{}/table.csv"]


@pytest.mark.parametrize("place", PLACES)
def test_only_its_owner_sees_a_batch(
    batch: Batch, reviewer: User, stranger: User, signed_in: SignIn, place: str
) -> None:
    address = place.format(batch.pk)
    assert signed_in(batch.owner).get(address).status_code == 200
    for person in (reviewer, stranger):
        assert signed_in(person).get(address).status_code == 404
    assert Client().get(address).status_code == 302


@pytest.mark.parametrize("person", ["reviewer", "stranger"])
def test_only_its_owner_changes_a_batch(
    batch: Batch, signed_in: SignIn, request: pytest.FixtureRequest, person: str
) -> None:
    clip = factories.failed_clip(batch.owner, batch=batch)
    client = signed_in(request.getfixturevalue(person))
    words = {"speaker_consent": "agreed", "file_name": "x.wav"}
    assert client.post(f"/batches/{batch.pk}/retry/").status_code == 404
    assert send(client, "a.wav", recordings.wav(), batch=str(batch.pk)).status_code == 404
    assert client.post(f"/clips/{clip.pk}/copy/", words).status_code == 404
    assert Clip.objects.get().state == "failed"


def test_it_answers_404_to_a_batch_that_is_no_address(client: Client) -> None:
    assert send(client, "a.wav", recordings.wav(), batch="x").status_code == 404
    assert not Clip.objects.exists()
