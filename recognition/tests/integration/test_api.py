from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mlcore.labels import EMOTIONS
from recognition.api.serializers.clips import UploadSerializer
from recognition.models import Clip, User
from recognition.tests import factories, recordings

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(owner: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(owner)


def words(content: bytes = b"", consent: str = "own-voice") -> dict[str, Any]:
    file = SimpleUploadedFile("a.wav", content or recordings.wav())
    return {"file": file, "speaker_consent": consent}


def test_it_takes_a_clip(client: Client) -> None:
    response = client.post("/api/v1/clips/", words())
    assert response.status_code == 201
    clip = Clip.objects.get()
    assert response["Location"] == f"/api/v1/clips/{clip.pk}/"
    assert response.json()["state"] == "queued"
    assert response.json()["prediction"] is None


@pytest.mark.parametrize("consent", Clip.SpeakerConsent.values)
def test_it_keeps_the_consent_of_the_speaker(client: Client, consent: str) -> None:
    response = client.post("/api/v1/clips/", words(consent=consent))
    assert response.json()["speaker_consent"] == consent
    assert Clip.objects.get().speaker_consent == consent


@pytest.mark.parametrize("answer", [{}, {"speaker_consent": ""}, {"speaker_consent": "perhaps"}])
def test_it_asks_for_the_consent_of_the_speaker(client: Client, answer: dict[str, str]) -> None:
    """As the upload page does."""
    response = client.post("/api/v1/clips/", {"file": words()["file"], **answer})
    assert (response.status_code, response.json()["code"]) == (422, "api:user:no-consent")
    assert "“speaker_consent”: own-voice, agreed" in response.json()["message"]
    assert response.json()["extra"]["field"] == "speaker_consent"
    assert response.json()["extra"]["answers"] == ["own-voice", "agreed"]
    assert not Clip.objects.exists()


def test_its_upload_is_described_field_by_field() -> None:
    fields = UploadSerializer().fields
    assert {name for name, field in fields.items() if field.required} == {"file", "speaker_consent"}
    assert all(field.help_text for field in fields.values())


def test_it_refuses_a_bad_file_with_code_and_sentence(client: Client) -> None:
    response = client.post("/api/v1/clips/", words(recordings.TEXT))
    assert response.status_code == 422
    assert response.json()["code"] == "audio:user:not-audio"
    assert "not an audio file we know" in response.json()["message"]


@pytest.mark.parametrize("body", [{}, {"speaker_consent": "agreed"}, {"file": "no file"}])
def test_it_says_that_a_file_is_missing(client: Client, body: dict[str, str]) -> None:
    response = client.post("/api/v1/clips/", body)
    assert (response.status_code, response.json()["code"]) == (422, "api:user:no-file")


def test_an_empty_file_is_refused_for_what_it_is(client: Client) -> None:
    body = words() | {"file": SimpleUploadedFile("a.wav", b"")}
    response = client.post("/api/v1/clips/", body)
    assert (response.status_code, response.json()["code"]) == (422, "audio:user:empty")


def test_it_tells_the_result_with_all_posteriors(client: Client, owner: User) -> None:
    clip = factories.done_clip(owner, emotion="sad")
    body = client.get(f"/api/v1/clips/{clip.pk}/").json()
    assert body["prediction"]["emotion"] == "sad"
    assert set(body["prediction"]["posteriors"]) == set(EMOTIONS)
    assert len(body["prediction"]["segments"]) == 1
    assert body["error"] is None


def test_it_tells_why_a_clip_failed(client: Client, owner: User) -> None:
    clip = factories.failed_clip(owner)
    body = client.get(f"/api/v1/clips/{clip.pk}/").json()
    assert body["state"] == "failed"
    assert body["error"]["code"] == "audio:user:no-speech"


def test_it_pages_through_the_own_clips(client: Client, owner: User) -> None:
    for _ in range(30):
        factories.clip(owner)
    first = client.get("/api/v1/clips/").json()
    second = client.get(first["next"]).json()
    assert (len(first["results"]), len(second["results"]), second["next"]) == (25, 5, None)


def test_it_refuses_a_request_that_is_too_big(client: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_REQUEST_BYTES = 1000
    response = client.post("/api/v1/clips/", words())
    assert response.status_code == 413
    assert response.json()["code"] == "upload:user:request-too-big"


def test_it_answers_errors_in_one_shape() -> None:
    response = Client().get("/api/v1/clips/")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert response.json()["code"] == "api:user:not-authenticated"
    assert set(response.json()) == {"code", "message", "extra"}
