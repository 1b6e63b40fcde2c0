"""Recordings that were refused as copies and are kept all the same, by program."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from recognition.models import Batch, Clip, User
from recognition.tests import factories, recordings

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
JSON = "application/json"
CONSENT = {"speaker_consent": "agreed"}


@pytest.fixture
def client(owner: User, signed_in: SignIn) -> Client:
    return signed_in(owner)


@pytest.fixture
def recorded(client: Client) -> Clip:
    upload = {"file": SimpleUploadedFile("first.wav", recordings.wav())} | CONSENT
    return Clip.objects.get(pk=client.post("/api/v1/clips/", upload).json()["id"])


def copy(client: Client, clip: Clip, body: Any) -> Any:
    return client.post(f"/api/v1/clips/{clip.pk}/copy/", body, JSON)


def test_it_keeps_the_recording_once_more(client: Client, recorded: Clip) -> None:
    response = copy(client, recorded, CONSENT)
    made = Clip.objects.exclude(pk=recorded.pk).get()
    assert response.status_code == 201
    assert (response.json()["id"], response.json()["state"]) == (str(made.pk), "queued")
    assert response["Location"] == f"/api/v1/clips/{made.pk}/"
    assert (made.name, made.sha256, made.batch) == ("first.wav", recorded.sha256, None)
    assert made.speaker_consent == "agreed"
    assert made.file.read() == recorded.file.read()
    assert made.file.name != recorded.file.name


def test_what_a_batch_refused_becomes_part_of_it(client: Client, recorded: Clip) -> None:
    files = [
        SimpleUploadedFile("again.wav", recordings.wav()),
        SimpleUploadedFile("new.wav", recordings.wav(1.5)),
    ]
    sent = CONSENT | {"files": files, "keep_copies": "false"}
    batch = client.post("/api/v1/batches/", sent).json()
    (refusal,) = batch["refusals"]
    assert (refusal["code"], refusal["clip"]) == ("upload:user:duplicate", str(recorded.pk))
    body = CONSENT | {"file_name": refusal["file_name"], "batch": batch["id"]}
    assert copy(client, recorded, body).json()["batch"] == batch["id"]
    found = client.get(f"/api/v1/batches/{batch['id']}/").json()
    assert (found["n_clips"], found["refusals"]) == (2, [])
    assert {clip["name"] for clip in found["clips"]} == {"again.wav", "new.wav"}


@pytest.mark.parametrize("answer", [{}, {"speaker_consent": "nobody"}, {"speaker_consent": True}])
def test_it_asks_for_the_consent_as_where_a_file_is_sent(
    client: Client, recorded: Clip, answer: Any
) -> None:
    response = copy(client, recorded, answer)
    assert (response.status_code, response.json()["code"]) == (422, "api:user:no-consent")
    assert Clip.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (CONSENT | {"file_name": "../../etc/passwd.wav"}, "file_name"),
        (CONSENT | {"file_name": "a\\b.wav"}, "file_name"),
        (CONSENT | {"file_name": "a\nb.wav"}, "file_name"),
        (CONSENT | {"file_name": "a" * 252 + ".wav"}, "file_name"),
        (CONSENT | {"file_name": 5}, "file_name"),
        (CONSENT | {"batch": "x"}, "batch"),
        (CONSENT | {"batch": 5}, "batch"),
    ],
)
def test_it_refuses_what_it_can_not_take(
    client: Client, recorded: Clip, body: Any, field: str
) -> None:
    response = copy(client, recorded, body)
    assert (response.status_code, response.json()["code"]) == (400, "api:user:invalid")
    assert list(response.json()["extra"]["fields"]) == [field]
    assert Clip.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "code"), [("a.txt", "extension"), ("a", "no-extension"), ("a∕b.wav", "path-in-name")]
)
def test_it_refuses_names_that_an_upload_could_not_have(
    client: Client, recorded: Clip, name: str, code: str
) -> None:
    response = copy(client, recorded, CONSENT | {"file_name": name})
    assert (response.status_code, response.json()["code"]) == (422, f"upload:user:{code}")
    assert Clip.objects.count() == 1


def test_it_refuses_fields_that_there_are_not(client: Client, recorded: Clip) -> None:
    response = copy(client, recorded, CONSENT | {"owner": 1})
    assert (response.status_code, response.json()["code"]) == (400, "api:user:unknown-field")


@pytest.mark.parametrize("person", ["stranger", "reviewer", "administrator"])
def test_nobody_else_copies_it(
    owner: User, recorded: Clip, signed_in: SignIn, request: Any, person: str
) -> None:
    factories.consent(owner)
    response = copy(signed_in(request.getfixturevalue(person)), recorded, CONSENT)
    assert (response.status_code, response.json()["code"]) == (404, "api:user:not-found")
    assert Clip.objects.count() == 1


def test_a_batch_of_another_person_takes_nothing(
    client: Client, recorded: Clip, stranger: User
) -> None:
    foreign = Batch.objects.create(owner=stranger)
    for batch_id in (foreign.pk, uuid4()):
        response = copy(client, recorded, CONSENT | {"batch": str(batch_id)})
        assert (response.status_code, response.json()["code"]) == (404, "api:user:not-found")
    assert Clip.objects.count() == 1


def test_what_is_gone_is_not_copied(client: Client, recorded: Clip) -> None:
    recorded.file.storage.delete(str(recorded.file.name))
    assert copy(client, recorded, CONSENT).status_code == 404
    client.delete(f"/api/v1/clips/{recorded.pk}/")
    assert copy(client, recorded, CONSENT).status_code == 404
    assert not Clip.objects.exists()


def test_a_token_needs_the_scope_to_upload(owner: User, recorded: Clip) -> None:
    for scope, status in (("read", 403), ("upload", 201)):
        client = Client(headers={"Authorization": f"Bearer {factories.token(owner, scope)}"})
        assert copy(client, recorded, CONSENT).status_code == status
