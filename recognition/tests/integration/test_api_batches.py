"""Many files at once by program."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from recognition.models import Batch, Clip, User
from recognition.tests import factories, recordings

pytestmark = pytest.mark.django_db

PLACE = "/api/v1/batches/"
SignIn = Callable[[User], Client]


@pytest.fixture
def client(owner: User, signed_in: SignIn) -> Client:
    return signed_in(owner)


def wavs(*names: str) -> list[SimpleUploadedFile]:
    return [
        SimpleUploadedFile(name, recordings.wav(1 + number / 10))
        for number, name in enumerate(names)
    ]


def words(files: Any, **fields: Any) -> dict[str, Any]:
    return {"files": files, "speaker_consent": "agreed"} | fields


def zipped(**members: bytes) -> SimpleUploadedFile:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.wav", content)
    return SimpleUploadedFile("all.zip", buffer.getvalue())


def n_kept(media_root: Path) -> tuple[int, int, int]:
    n_files = sum(path.is_file() for path in media_root.rglob("*"))
    return Batch.objects.count(), Clip.with_deleted.count(), n_files


def test_it_takes_several_files(client: Client) -> None:
    response = client.post(PLACE, words(wavs("a.wav", "b.wav")))
    assert response.status_code == 201
    body = response.json()
    assert response["Location"] == f"{PLACE}{body['id']}/"
    assert [clip["name"] for clip in body["clips"]] == ["a.wav", "b.wav"]
    assert (body["n_clips"], body["n_final"], body["refusals"]) == (2, 0, [])
    assert client.get(response["Location"]).json() == body
    assert set(Clip.objects.values_list("speaker_consent", flat=True)) == {"agreed"}
    assert Clip.objects.filter(batch=body["id"]).count() == 2


def test_it_takes_what_is_in_a_zip(client: Client) -> None:
    archive = zipped(a=recordings.wav(1), b=recordings.wav(2), c=recordings.TEXT)
    body = client.post(PLACE, words(archive)).json()
    assert [clip["name"] for clip in body["clips"]] == ["a.wav", "b.wav"]
    (refusal,) = body["refusals"]
    assert (refusal["file_name"], refusal["code"]) == ("c.wav", "audio:user:not-audio")
    assert "not an audio file" in refusal["message"]


def test_copies_are_refused_if_that_is_wanted(client: Client) -> None:
    first = client.post(PLACE, words(wavs("a.wav"))).json()["clips"][0]
    files = wavs("again.wav", "new.wav")
    body = client.post(PLACE, words(files, keep_copies="false")).json()
    (refusal,) = body["refusals"]
    assert (refusal["code"], refusal["clip"]) == ("upload:user:duplicate", first["id"])
    assert [clip["name"] for clip in body["clips"]] == ["new.wav"]


def test_where_nothing_was_accepted_nothing_is_kept(client: Client, media_root: Path) -> None:
    files = [SimpleUploadedFile("a.txt", b"x"), SimpleUploadedFile("b.wav", recordings.TEXT)]
    response = client.post(PLACE, words(files))
    assert (response.status_code, response.json()["code"]) == (422, "upload:user:all-refused")
    refusals = response.json()["extra"]["refusals"]
    assert [it["code"] for it in refusals] == ["upload:user:extension", "audio:user:not-audio"]
    assert n_kept(media_root) == (0, 0, 0)


def test_it_tells_what_is_missing(client: Client) -> None:
    for body, code in [
        ({"speaker_consent": "agreed"}, "upload:user:no-file"),
        ({"files": wavs("a.wav")}, "upload:user:no-consent"),
    ]:
        response = client.post(PLACE, body)
        assert (response.status_code, response.json()["code"]) == (422, code)
    assert not Batch.objects.exists()


def test_it_takes_multipart_only_and_known_fields_only(client: Client, media_root: Path) -> None:
    assert client.post(PLACE, {"files": []}, "application/json").status_code == 415
    response = client.post(PLACE, words(wavs("a.wav"), name="x"))
    assert (response.status_code, response.json()["code"]) == (400, "api:user:unknown-field")
    assert n_kept(media_root) == (0, 0, 0)


def test_files_sent_again_can_be_refused_as_copies(client: Client) -> None:
    """Without a key, too."""
    body = {"keep_copies": "false"}
    assert client.post(PLACE, words(wavs("a.wav", "b.wav"), **body)).status_code == 201
    again = client.post(PLACE, words(wavs("a.wav", "b.wav"), **body))
    assert (again.status_code, again.json()["code"]) == (422, "upload:user:all-refused")
    assert Clip.objects.count() == 2


def test_too_many_files_are_refused_together(
    client: Client, media_root: Path, settings: Any
) -> None:
    settings.UPLOAD_MAX_FILES = 2
    response = client.post(PLACE, words(wavs("a.wav", "b.wav", "c.wav")))
    assert (response.status_code, response.json()["code"]) == (422, "upload:user:too-many-files")
    assert n_kept(media_root) == (0, 0, 0)


@pytest.mark.parametrize("cut", [10, 1000])
def test_of_a_body_that_is_cut_off_not_even_the_first_files_are_kept(
    client: Client, media_root: Path, cut: int
) -> None:
    fields = {"speaker_consent": "agreed", "files": wavs("a.wav", "b.wav")}
    body = encode_multipart(BOUNDARY, fields)
    stream: Any = {"wsgi.input": BytesIO(body[:-cut]), "CONTENT_TYPE": MULTIPART_CONTENT}
    response: Any = client.generic("POST", PLACE, **stream, CONTENT_LENGTH=str(len(body)))
    assert response.status_code == 400
    assert n_kept(media_root) == (0, 0, 0)


def test_it_counts_what_became_of_it(client: Client, owner: User) -> None:
    batch = Batch.objects.create(owner=owner)
    factories.done_clip(owner, batch=batch, emotion="sad")
    factories.failed_clip(owner, batch=batch)
    factories.clip(owner, batch=batch)
    first = client.get(f"{PLACE}{batch.pk}/")
    body = first.json()
    assert (body["n_clips"], body["n_final"], body["n_failed"], body["is_final"]) == (
        *(3, 2, 1),
        False,
    )
    assert body["counts"] == [{"emotion": "sad", "n_clips": 1}]
    assert body["clips"][1]["error"]["code"] == "audio:user:no-speech"
    again = client.get(f"{PLACE}{batch.pk}/", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304


def test_it_tries_again_what_failed(client: Client, owner: User) -> None:
    batch = Batch.objects.create(owner=owner)
    factories.done_clip(owner, batch=batch)
    factories.failed_clip(owner, batch=batch)
    for n_clips in (1, 0):
        response = client.post(f"{PLACE}{batch.pk}/retry/", {}, "application/json")
        assert (response.status_code, response.json()) == (202, {"n_clips": n_clips})
    assert Clip.objects.filter(state="queued").count() == 1


@pytest.mark.parametrize("person", ["stranger", "reviewer", "administrator"])
def test_it_is_its_owners_alone(
    owner: User, signed_in: SignIn, request: pytest.FixtureRequest, person: str
) -> None:
    factories.consent(owner)
    batch = Batch.objects.create(owner=owner)
    failed = factories.failed_clip(owner, batch=batch)
    client = signed_in(request.getfixturevalue(person))
    assert client.get(f"{PLACE}{batch.pk}/").status_code == 404
    assert client.post(f"{PLACE}{batch.pk}/retry/", {}, "application/json").status_code == 404
    failed.refresh_from_db()
    assert failed.state == "failed"


def test_visitors_hand_in_nothing(media_root: Path, db: None) -> None:
    response = Client().post(PLACE, words(wavs("a.wav")))
    assert response.status_code == 401
    assert n_kept(media_root) == (0, 0, 0)
