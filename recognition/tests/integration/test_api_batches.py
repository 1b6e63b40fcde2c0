"""Many files at once by program."""

import csv
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.test.utils import CaptureQueriesContext

from recognition.models import Batch, Clip, User
from recognition.services.batches import Refusal, record_refusals
from recognition.tests import factories, recordings

pytestmark = pytest.mark.django_db

PLACE = "/api/v1/batches/"
SignIn = Callable[[User], Client]
REFUSAL: Refusal = {
    "file_name": "a.txt",
    "code": "upload:user:extension",
    "details": {"extension": ".txt"},
}


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
        ({"speaker_consent": "agreed"}, "api:user:no-file"),
        ({"files": wavs("a.wav")}, "api:user:no-consent"),
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


def test_it_lists_ones_own_with_their_sums(
    client: Client, owner: User, stranger: User, signed_in: SignIn
) -> None:
    empty, full = (Batch.objects.create(owner=owner) for _ in range(2))
    factories.done_clip(owner, batch=full, emotion="sad")
    corrected = factories.done_clip(owner, batch=full, emotion="sad", corrected_emotion="calm")
    factories.failed_clip(owner, batch=full)
    factories.clip(owner, batch=full)
    factories.clip(owner, batch=full, deleted_at=corrected.created_at)
    record_refusals(full, [REFUSAL])
    body = client.get(PLACE).json()
    assert (body["next"], body["previous"]) == (None, None)
    assert [it["id"] for it in body["results"]] == [str(full.pk), str(empty.pk)]
    told, nothing = body["results"]
    sums = {"n_clips": 4, "n_final": 3, "n_failed": 1, "is_final": False, "n_refused": 1}
    assert {name: told[name] for name in sums} == sums
    assert {it["emotion"]: it["n_clips"] for it in told["counts"]} == {"sad": 1, "calm": 1}
    assert (nothing["n_clips"], nothing["is_final"], nothing["counts"]) == (0, True, [])
    one = client.get(f"{PLACE}{full.pk}/").json()
    for name in ("created_at", "n_clips", "n_final", "n_failed", "is_final", "counts"):
        assert sorted(str(told[name])) == sorted(str(one[name])), name
    assert signed_in(stranger).get(PLACE).json()["results"] == []


def test_its_list_leads_from_page_to_page(client: Client, owner: User) -> None:
    made = [str(Batch.objects.create(owner=owner).pk) for _ in range(60)]
    address, found = PLACE, []
    while address:
        body = client.get(address).json()
        found += [it["id"] for it in body["results"]]
        address = body["next"]
    assert found == made[::-1]
    for query in ("cursor=x", "cursor=cD0yMDI2"):
        response = client.get(f"{PLACE}?{query}")
        assert (response.status_code, response.json()["code"]) == (400, "api:user:cursor")
    response = client.get(f"{PLACE}?owner=1")
    assert (response.status_code, response.json()["code"]) == (400, "api:user:unknown-field")


def test_its_list_needs_no_more_queries_for_more_batches(client: Client, owner: User) -> None:
    def n_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(PLACE).status_code == 200
        return len(queries)

    factories.done_clip(owner, batch=Batch.objects.create(owner=owner))
    few = n_queries()
    for _ in range(10):
        batch = Batch.objects.create(owner=owner)
        for _ in range(2):
            factories.done_clip(owner, batch=batch)
    assert n_queries() == few


def test_its_table_is_that_of_the_page(client: Client, owner: User) -> None:
    batch = Batch.objects.create(owner=owner)
    factories.done_clip(owner, batch=batch, name="=1+1.wav")
    record_refusals(batch, [REFUSAL])
    response = client.get(f"{PLACE}{batch.pk}/table.csv")
    assert (response.status_code, response["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert response["Content-Disposition"].startswith('attachment; filename="batch-')
    assert "no-store" in response["Cache-Control"]
    assert response.content == client.get(f"/batches/{batch.pk}/table.csv").content
    rows = list(csv.DictReader(response.content.decode("utf-8-sig").splitlines()))
    assert [(row["file"], row["state"]) for row in rows] == [
        ("'=1+1.wav", "done"),
        ("a.txt", "refused"),
    ]


def test_lists_and_tables_are_for_tokens_that_may_read(owner: User) -> None:
    batch = Batch.objects.create(owner=owner)
    for scope, status in (("read", 200), ("upload", 403)):
        client = Client(headers={"Authorization": f"Bearer {factories.token(owner, scope)}"})
        for path in ("", f"{batch.pk}/table.csv"):
            assert client.get(PLACE + path).status_code == status
