from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mlcore.labels import EMOTIONS
from recognition.models import Clip, User
from recognition.tests import factories, recordings

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(owner: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(owner)


def test_it_takes_a_clip(client: Client) -> None:
    upload = SimpleUploadedFile("a.wav", recordings.wav())
    response = client.post("/api/clips/", {"file": upload})
    assert response.status_code == 201
    clip = Clip.objects.get()
    assert response["Location"] == f"/api/clips/{clip.pk}/"
    assert response.json()["state"] == "queued"
    assert response.json()["prediction"] is None


def test_it_keeps_the_consent_of_the_speaker_where_one_is_given(client: Client) -> None:
    words = {"file": SimpleUploadedFile("a.wav", recordings.wav()), "speaker_consent": "agreed"}
    assert client.post("/api/clips/", words).json()["speaker_consent"] == "agreed"
    words = {"file": SimpleUploadedFile("a.wav", recordings.wav())}
    assert client.post("/api/clips/", words).json()["speaker_consent"] == ""
    words = {"file": SimpleUploadedFile("a.wav", recordings.wav()), "speaker_consent": "perhaps"}
    response = client.post("/api/clips/", words)
    assert (response.status_code, response.json()["code"]) == (422, "upload:user:no-consent")
    assert Clip.objects.count() == 2


def test_it_refuses_a_bad_file_with_code_and_sentence(client: Client) -> None:
    upload = SimpleUploadedFile("a.wav", recordings.TEXT)
    response = client.post("/api/clips/", {"file": upload})
    assert response.status_code == 422
    assert response.json()["code"] == "audio:user:not-audio"
    assert "not an audio file we know" in response.json()["message"]
    assert client.post("/api/clips/", {}).json()["code"] == "upload:user:no-file"


def test_it_tells_the_result_with_all_posteriors(client: Client, owner: User) -> None:
    clip = factories.done_clip(owner, emotion="sad")
    body = client.get(f"/api/clips/{clip.pk}/").json()
    assert body["prediction"]["emotion"] == "sad"
    assert set(body["prediction"]["posteriors"]) == set(EMOTIONS)
    assert len(body["prediction"]["segments"]) == 1
    assert body["error"] is None


def test_it_tells_why_a_clip_failed(client: Client, owner: User) -> None:
    clip = factories.failed_clip(owner)
    body = client.get(f"/api/clips/{clip.pk}/").json()
    assert body["state"] == "failed"
    assert body["error"]["code"] == "audio:user:no-speech"


def test_it_pages_through_the_own_clips(client: Client, owner: User) -> None:
    for _ in range(30):
        factories.clip(owner)
    first = client.get("/api/clips/").json()
    second = client.get(first["next"]).json()
    assert (len(first["results"]), len(second["results"]), second["next"]) == (25, 5, None)


def test_it_refuses_a_request_that_is_too_big(client: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_REQUEST_BYTES = 1000
    upload = SimpleUploadedFile("a.wav", recordings.wav())
    response = client.post("/api/clips/", {"file": upload})
    assert response.status_code == 413
    assert response.json()["code"] == "upload:user:request-too-big"


def test_it_answers_errors_in_one_shape() -> None:
    response = Client().get("/api/clips/")
    assert response.status_code == 403
    assert response.json()["code"] == "api:user:not_authenticated"
