"""Uploads by program to the real web process: broken off, many at a time, and waited for."""

import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import requests
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from recognition.api import waiting
from recognition.jobs.uploads import remove_old_uploads, upload_folder
from recognition.models import Batch, Clip, IdempotencyKey, User
from recognition.tests import factories, recordings
from recognition.tests.processes import Surroundings, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shared_media")]

CLIPS, BATCHES = "/api/v1/clips/", "/api/v1/batches/"
CONSENT = {"speaker_consent": "own-voice"}


@pytest.fixture(scope="module")
def site(surroundings: Surroundings) -> Iterator[str]:
    with surroundings.web() as (address, _):
        yield address


@pytest.fixture
def program(owner: User) -> requests.Session:
    """With a token that reads and uploads."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {factories.token(owner, 'read', 'upload')}"
    return session


def send(program: requests.Session, address: str, **headers: str) -> requests.Response:
    files = {"file": ("a.wav", recordings.wav())}
    return program.post(address, files=files, data=CONSENT, headers=headers, timeout=60)


def n_files(settings: Any) -> int:
    return sum(it.is_file() for it in Path(settings.MEDIA_ROOT).rglob("*"))


def break_off(site: str, path: str, head: dict[str, str], body: bytes, n_sent: int) -> None:
    """As a cable that is pulled: so much is sent, and the connection is gone."""
    parts = urlsplit(site)
    lines = [f"POST {path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in head.items()]
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body[:n_sent])
        time.sleep(0.3)  # the server reads it


def test_clients_that_fall_silent_do_not_hold_the_site(
    site: str, program: requests.Session
) -> None:
    """As many as there are threads: in the middle of a body, and of a header."""
    parts = urlsplit(site)
    head = f"POST {CLIPS} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 1000000\r\n"
    head += f"Authorization: {program.headers['Authorization']!s}\r\n"
    body = f"Content-Type: {MULTIPART_CONTENT}\r\n\r\n--{BOUNDARY}\r\n"
    silent = [socket.create_connection((parts.hostname, parts.port)) for _ in range(16)]
    try:
        for number, connection in enumerate(silent):
            connection.sendall((head + body if number % 2 else head).encode())
        assert requests.get(f"{site}/health/", timeout=60).status_code == 200
    finally:
        for connection in silent:
            connection.close()
    assert not Clip.objects.exists()


def test_clients_that_do_not_read_do_not_hold_the_site(
    site: str, program: requests.Session, owner: User
) -> None:
    """As many as there are threads, each with more to come than the system holds for it."""
    clip = factories.done_clip(owner, content=bytes(20_000_000))
    parts = urlsplit(site)
    head = f"GET {CLIPS}{clip.pk}/audio/ HTTP/1.1\r\nHost: {parts.netloc}\r\n"
    head += f"Authorization: {program.headers['Authorization']!s}\r\n\r\n"
    deaf = [socket.socket() for _ in range(16)]
    try:
        for connection in deaf:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            connection.connect((parts.hostname, parts.port))
            connection.sendall(head.encode())
        for connection in deaf:  # its answer is under way
            assert connection.recv(12) == b"HTTP/1.1 200"
        assert requests.get(f"{site}/health/", timeout=60).status_code == 200
    finally:
        for connection in deaf:
            connection.close()


def test_what_is_ordinary_is_not_logged_as_trouble(
    surroundings: Surroundings, program: requests.Session, owner: User
) -> None:
    """The head of an answer alone, and a live update for which there is no place."""
    clip = factories.done_clip(owner, content=b"sound")
    waiting_clip = factories.clip(owner)
    with surroundings.web() as (address, gunicorn):
        for path in (CLIPS, f"{CLIPS}{clip.pk}/audio/", f"{CLIPS}{uuid4()}/", "/", "/s/no/"):
            head = program.head(address + path, timeout=10)
            whole = program.get(address + path, timeout=10)
            sizes = {it.headers["Content-Length"] for it in (head, whole)}
            assert (head.status_code, sizes) == (whole.status_code, {str(len(whole.content))})
        live = f"{address}{CLIPS}{waiting_clip.pk}/live/"
        streams = [program.get(live, stream=True, timeout=10) for _ in range(3)]
        assert [it.status_code for it in streams] == [200, 200, 503]
        for stream in streams:
            stream.close()
        assert not gunicorn.says("WARNING")
        assert not gunicorn.says("ERROR")


def test_a_body_without_a_length_is_refused_and_not_taken_for_empty(
    site: str, program: requests.Session
) -> None:
    """As `data=` of a generator is sent."""
    kind = {"Content-Type": MULTIPART_CONTENT}
    answer = program.post(site + CLIPS, data=iter([b"--"]), headers=kind, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (411, "api:user:length-required")


@pytest.mark.parametrize("share", [0.3, 0.99])
@pytest.mark.parametrize("path", [CLIPS, BATCHES])
def test_of_an_upload_that_breaks_off_nothing_stays(
    site: str, program: requests.Session, settings: Any, path: str, share: float
) -> None:
    """Large, so that it lies on the disk meanwhile; of a batch the first file was whole."""
    ending = f"x{uuid4().hex[:8]}"
    large = b"RIFF" + bytes(6_000_000)
    field = "file" if path == CLIPS else "files"
    parts = [SimpleUploadedFile("a.wav", recordings.wav())] if path == BATCHES else []
    files = [*parts, SimpleUploadedFile(f"b.{ending}", large)]
    body = encode_multipart(BOUNDARY, CONSENT | {field: files})
    before = n_files(settings)
    head = {
        "Authorization": str(program.headers["Authorization"]),
        "Content-Type": MULTIPART_CONTENT,
        "Idempotency-Key": "broken",
    }
    break_off(site, path, head, body, int(share * len(body)))
    wait_until(lambda: not list(upload_folder().glob(f"*.upload.{ending}")), 10)
    assert program.get(site + CLIPS, timeout=10).json()["results"] == []
    assert not Clip.with_deleted.exists()
    assert not Batch.objects.exists()
    assert not IdempotencyKey.objects.exists()
    assert n_files(settings) == before
    whole = send(program, site + CLIPS, **{"Idempotency-Key": "broken"})
    assert whole.status_code == 201


def test_what_a_killed_process_had_taken_in_is_swept(
    site: str, program: requests.Session, surroundings: Surroundings
) -> None:
    """In a folder of our own that others can't read, and not before an upload can be given up."""
    body = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile("a.killed", bytes(6_000_000))})
    with surroundings.web() as (address, gunicorn):
        parts = urlsplit(address)
        lines = [f"POST {CLIPS} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
        lines += [f"Authorization: {program.headers['Authorization']!s}"]
        lines += [f"Content-Type: {MULTIPART_CONTENT}", "", ""]
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
            connection.sendall("\r\n".join(lines).encode() + body[:-1000])
            wait_until(lambda: list(upload_folder().glob("*.upload.killed")), 10)
            gunicorn.kill()
    (left,) = upload_folder().glob("*.upload.killed")
    assert upload_folder().stat().st_mode & 0o777 == 0o700
    assert (remove_old_uploads(), left.exists()) == (0, True)
    os.utime(left, (time.time() - 3601,) * 2)
    assert (remove_old_uploads(), left.exists()) == (1, False)


def test_one_key_many_times_at_once_is_one_clip(
    site: str, program: requests.Session, settings: Any
) -> None:
    before = n_files(settings)
    with ThreadPoolExecutor(6) as threads:
        headers = {"Idempotency-Key": "k"}
        answers = list(threads.map(lambda _: send(program, site + CLIPS, **headers), range(6)))
    assert sorted(it.status_code for it in answers) == [200] * 5 + [201]
    assert len({it.json()["id"] for it in answers}) == 1
    assert (Clip.objects.count(), n_files(settings)) == (1, before + 1)


def send_batch(program: requests.Session, site: str, *, n: int) -> requests.Response:
    recording = recordings.wav()
    files = [("files", (f"{number}.wav", recording)) for number in range(n)]
    head = {"Idempotency-Key": "k"}
    return program.post(site + BATCHES, files=files, data=CONSENT, headers=head, timeout=60)


def test_one_key_many_times_at_once_is_one_batch(
    site: str, program: requests.Session, settings: Any
) -> None:
    before = n_files(settings)
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: send_batch(program, site, n=10), range(6)))
    assert sorted(it.status_code for it in answers) == [200] * 5 + [201]
    assert {it.json()["n_clips"] for it in answers} == {10}
    assert (Batch.objects.count(), Clip.objects.count()) == (1, 10)
    assert n_files(settings) == before + 10


def test_a_batch_in_whose_middle_the_process_was_killed_is_whole_when_sent_again(
    site: str, program: requests.Session, surroundings: Surroundings, settings: Any
) -> None:
    before = n_files(settings)
    with surroundings.web() as (address, gunicorn), ThreadPoolExecutor(1) as threads:
        pending = threads.submit(send_batch, program, address, n=200)
        wait_until(lambda: n_files(settings) > before + 5, 30)
        gunicorn.kill()
        assert isinstance(pending.exception(), requests.ConnectionError)
    assert not Clip.with_deleted.exists()
    assert not IdempotencyKey.objects.exists()
    again = send_batch(program, site, n=200)
    assert (again.status_code, again.json()["n_clips"]) == (201, 200)
    assert (Batch.objects.count(), Clip.objects.count()) == (1, 200)
    assert send_batch(program, site, n=200).json()["id"] == again.json()["id"]


def test_whoever_waits_leaves_room_for_others(site: str, program: requests.Session) -> None:
    """Without a worker: as many wait as may, the others are answered at once, and so is a page."""
    n, wait_s = waiting.MOST + 2, 6

    def timed(_number: int) -> tuple[int, float]:
        started = time.monotonic()
        response = send(program, f"{site}{CLIPS}?wait={wait_s}")
        return response.status_code, time.monotonic() - started

    with ThreadPoolExecutor(n) as threads:
        pending = [threads.submit(timed, number) for number in range(n)]
        time.sleep(1.5)
        started = time.monotonic()
        assert program.get(site + CLIPS, timeout=10).status_code == 200
        assert time.monotonic() - started < 2
        answers = [it.result() for it in pending]
    assert {status for status, _ in answers} == {202}
    waited = [seconds for _, seconds in answers if seconds >= wait_s]
    assert len(waited) == waiting.MOST


def test_a_result_that_is_there_in_time_comes_with_the_answer(
    site: str, program: requests.Session, surroundings: Surroundings
) -> None:
    with surroundings.worker():
        response = send(program, f"{site}{CLIPS}?wait=30")
        body = response.json()
        assert (response.status_code, body["state"]) == (201, "done")
        assert sum(body["prediction"]["posteriors"].values()) == pytest.approx(1)
        assert body["prediction"]["emotion"] == Clip.objects.get().emotion
        no_speech = {"file": ("a.wav", recordings.silence())}
        failed = program.post(f"{site}{CLIPS}?wait=30", files=no_speech, data=CONSENT, timeout=60)
    assert (failed.status_code, failed.json()["state"]) == (201, "failed")
    assert failed.json()["error"]["code"] == "audio:user:no-speech"
