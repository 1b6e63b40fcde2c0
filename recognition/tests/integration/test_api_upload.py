"""Handing in a clip by program: what is taken, what is refused, and what is kept of it."""

import threading
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from recognition.api import waiting
from recognition.models import Clip, IdempotencyKey, User
from recognition.services.erase import trash_clips
from recognition.tests import factories, recordings

pytestmark = pytest.mark.django_db

PLACE = "/api/v1/clips/"
SignIn = Callable[[User], Client]


@pytest.fixture
def client(owner: User, signed_in: SignIn) -> Client:
    return signed_in(owner)


def words(content: bytes = b"", **fields: Any) -> dict[str, Any]:
    file = SimpleUploadedFile("a.wav", content or recordings.wav())
    return {"file": file, "speaker_consent": "own-voice"} | fields


def n_kept(media_root: Path) -> tuple[int, int]:
    files = [path for path in media_root.rglob("*") if path.is_file()]
    return Clip.with_deleted.count(), len(files)


def send(client: Client, key: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(PLACE, body or words(), headers={"Idempotency-Key": key})


def test_a_key_that_comes_again_is_answered_with_the_same_clip(
    client: Client, media_root: Path
) -> None:
    first, second = send(client, "a b-1"), send(client, "a b-1")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert first["Location"] == second["Location"]
    assert n_kept(media_root) == (1, 1)


@pytest.mark.parametrize(
    "other", [{"content": recordings.wav(2.0)}, {"speaker_consent": "agreed"}], ids=str
)
def test_a_key_that_comes_with_something_else_is_refused(
    client: Client, media_root: Path, other: dict[str, Any]
) -> None:
    made = send(client, "k").json()
    response = send(client, "k", words(**other))
    assert (response.status_code, response.json()["code"]) == (409, "upload:user:key-reused")
    assert response.json()["extra"] == {"key": "k", "clip_id": made["id"]}
    assert n_kept(media_root) == (1, 1)


def test_a_key_whose_clip_was_deleted_makes_no_other(client: Client) -> None:
    send(client, "k")
    trash_clips(Clip.objects.all())
    response = send(client, "k")
    assert (response.status_code, response.json()["code"]) == (409, "upload:user:key-clip-gone")


def test_a_key_of_somebody_else_says_nothing(
    client: Client, stranger: User, signed_in: SignIn
) -> None:
    made = send(client, "k").json()
    response = send(signed_in(stranger), "k", words(recordings.wav(2.0)))
    assert response.status_code == 201
    assert response.json()["id"] != made["id"]


@pytest.mark.parametrize("key", ["", " ", "k" * 256, "ä", "a\tb"])
def test_a_key_that_is_none_is_refused(client: Client, key: str) -> None:
    response = send(client, key)
    assert (response.status_code, response.json()["code"]) == (400, "api:user:key-malformed")
    assert not Clip.objects.exists()


def test_the_longest_key_is_taken(client: Client) -> None:
    assert send(client, "k" * 255).status_code == 201
    assert IdempotencyKey.objects.get().key == "k" * 255


def test_copies_are_kept_unless_that_is_not_wanted(client: Client) -> None:
    made = client.post(PLACE, words()).json()
    assert client.post(PLACE, words()).status_code == 201
    response = client.post(PLACE, words(keep_copies="false"))
    assert (response.status_code, response.json()["code"]) == (409, "upload:user:duplicate")
    ids = {made["id"], str(Clip.objects.latest("created_at").pk)}
    assert response.json()["extra"]["clip_id"] in ids
    assert Clip.objects.count() == 2


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "audio/wav"])
def test_only_multipart_is_taken(client: Client, content_type: str) -> None:
    body = b'{"file": "x"}'
    response = client.generic("POST", PLACE, body, content_type)
    assert response.status_code == 415
    assert response.json()["code"] == "api:user:unsupported-media-type"
    assert "multipart/form-data" in response.json()["message"]


def test_two_files_are_refused_in_clear_words(client: Client, media_root: Path) -> None:
    files = [SimpleUploadedFile(f"{name}.wav", recordings.wav()) for name in "ab"]
    response = client.post(PLACE, words(file=files))
    assert (response.status_code, response.json()["code"]) == (422, "upload:user:two-files")
    assert response.json()["message"].startswith("2 files were sent")
    assert n_kept(media_root) == (0, 0)


@pytest.mark.parametrize("field", ["name", "owner", "batch", "second"])
def test_unknown_fields_are_refused(client: Client, media_root: Path, field: str) -> None:
    extra: Any = SimpleUploadedFile("b.wav", recordings.wav()) if field == "second" else "x"
    response = client.post(PLACE, words() | {field: extra})
    assert (response.status_code, response.json()["code"]) == (400, "api:user:unknown-field")
    assert response.json()["extra"]["fields"] == [field]
    assert n_kept(media_root) == (0, 0)


def test_a_file_over_the_limit_is_refused(client: Client, media_root: Path, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 50_000
    response = client.post(PLACE, words())
    assert (response.status_code, response.json()["code"]) == (413, "audio:user:too-large")
    assert "0.1 MB" in response.json()["message"]
    assert n_kept(media_root) == (0, 0)


@pytest.mark.parametrize("cut", [40, 1000, 50_000])
def test_of_a_body_that_is_cut_off_nothing_is_kept(
    client: Client, media_root: Path, cut: int
) -> None:
    """As when the connection breaks: it promised more than came."""
    body = encode_multipart(BOUNDARY, words())
    stream: Any = {"wsgi.input": BytesIO(body[:-cut]), "CONTENT_TYPE": MULTIPART_CONTENT}
    response: Any = client.generic("POST", PLACE, **stream, CONTENT_LENGTH=str(len(body)))
    assert response.status_code == 400
    assert response.json()["code"] in ("api:user:parse-error", "api:user:bad-request")
    assert n_kept(media_root) == (0, 0)


def test_a_browsers_body_that_is_cut_off_is_refused_in_the_same_shape(
    owner: User, media_root: Path
) -> None:
    """Its CSRF token is looked for in the body first."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner)
    body = encode_multipart(BOUNDARY, words())
    stream: Any = {"wsgi.input": BytesIO(body[:-1000]), "CONTENT_TYPE": MULTIPART_CONTENT}
    response: Any = browser.generic("POST", PLACE, **stream, CONTENT_LENGTH=str(len(body)))
    assert response.status_code in (400, 403)
    assert set(response.json()) == {"code", "message", "extra"}
    assert n_kept(media_root) == (0, 0)


def test_a_body_that_is_no_multipart_is_refused(client: Client) -> None:
    for content_type in ("multipart/form-data", "multipart/form-data; boundary=x"):
        response = client.generic("POST", PLACE, b"\x00nonsense", content_type)
        assert response.status_code in (400, 422)
        assert set(response.json()) == {"code", "message", "extra"}


def test_nobody_hands_in_for_somebody_else(client: Client, stranger: User) -> None:
    response = client.post(PLACE, words())
    assert Clip.objects.get().owner.username == "owner"
    assert response.status_code == 201


@pytest.mark.parametrize("wait", ["31", "-1", "1.5", "x", "", "nan", "9" * 5000])
def test_it_waits_no_longer_than_half_a_minute(client: Client, wait: str) -> None:
    response = client.post(f"{PLACE}?wait={wait}", words())
    assert (response.status_code, response.json()["code"]) == (400, "api:user:invalid")
    assert set(response.json()["extra"]["fields"]) == {"wait"}
    assert not Clip.objects.exists()


def test_without_a_wait_it_answers_at_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "is_unfinished", lambda clip_id: pytest.fail("it looked"))
    for query in ("", "?wait=0"):
        assert client.post(PLACE + query, words()).status_code == 201


def test_what_is_not_ready_in_time_can_be_asked_for(client: Client) -> None:
    started = time.monotonic()
    response = client.post(f"{PLACE}?wait=1", words())
    assert 0.9 < time.monotonic() - started < 5
    assert response.status_code == 202
    assert response["Retry-After"] == "1"
    assert client.get(response["Location"]).json()["state"] == "queued"


@pytest.mark.django_db(transaction=True)
def test_it_answers_with_what_came_in_time(client: Client) -> None:
    """Also of a clip that has no result: that is final, too."""

    def end() -> None:
        while not (clip := Clip.objects.filter(state="queued").first()):
            time.sleep(0.02)
        time.sleep(0.3)
        code, details = "audio:user:no-speech", {"speech_s": 0.0, "limit_s": 0.1}
        Clip.objects.filter(pk=clip.pk).update(
            state="failed", error_code=code, error_details=details, finished_at=clip.created_at
        )
        connection.close()

    worker = threading.Thread(target=end)
    worker.start()
    started = time.monotonic()
    response = client.post(f"{PLACE}?wait=20", words())
    worker.join()
    assert time.monotonic() - started < 10
    assert response.status_code == 201
    assert response.json()["error"]["code"] == "audio:user:no-speech"


def test_a_key_that_comes_again_waits_too(client: Client, owner: User) -> None:
    headers = {"Idempotency-Key": "k"}
    assert client.post(f"{PLACE}?wait=1", words(), headers=headers).status_code == 202
    clip = Clip.objects.get()
    Clip.objects.filter(pk=clip.pk).update(state="done", finished_at=clip.created_at)
    response = client.post(f"{PLACE}?wait=20", words(), headers=headers)
    assert (response.status_code, response.json()["state"]) == (200, "done")


def test_where_many_wait_already_it_answers_at_once(client: Client) -> None:
    for _ in range(waiting.MOST):
        waiting._places.acquire()
    try:
        started = time.monotonic()
        assert client.post(f"{PLACE}?wait=30", words()).status_code == 202
        assert time.monotonic() - started < 3
    finally:
        for _ in range(waiting.MOST):
            waiting._places.release()


def test_its_place_is_free_afterwards(client: Client) -> None:
    for _ in range(waiting.MOST + 1):
        assert client.post(f"{PLACE}?wait=1", words()).status_code == 202
    with waiting.place() as has_one:
        assert has_one


@pytest.mark.django_db(transaction=True)
def test_it_holds_no_connection_while_it_waits(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []
    monkeypatch.setattr(time, "sleep", lambda pause: held.append(connection.connection))
    clip = factories.clip(owner)
    waiting.wait_for_result(clip.pk, seconds=0.2)
    assert held
    assert set(held) == {None}
    assert Clip.objects.get().state == "queued"
