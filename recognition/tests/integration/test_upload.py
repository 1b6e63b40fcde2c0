"""Upload: what is taken, what is refused and with which words, and that nothing is lost between."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import Client
from kombu.exceptions import OperationalError

from recognition import tasks
from recognition.models import Batch, Clip, User
from recognition.services.submit import submit_clip
from recognition.tests import recordings

pytestmark = pytest.mark.django_db


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would wake a worker; that real ones wake is shown in test_worker."""
    ids: list[str] = []
    monkeypatch.setattr(tasks.recognize_clip, "delay", ids.append)
    return ids


@pytest.fixture
def client(owner: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(owner)


def send(client: Client, *files: tuple[str, bytes]) -> HttpResponse:
    uploads = [SimpleUploadedFile(name, content) for name, content in files]
    words = {"files": uploads, "speaker_consent": "own-voice"}
    return client.post("/clips/new/", words)  # type: ignore[return-value]


def files_kept(media_root: Path) -> list[Path]:
    return [path for path in media_root.rglob("*") if path.is_file()]


def test_it_keeps_queues_and_shows_a_clip(
    client: Client,
    owner: User,
    announced: list[str],
    media_root: Path,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = send(client, ("me & you.wav", recordings.wav()))
    clip = Clip.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/clips/{clip.pk}/"
    assert (clip.owner, clip.name, clip.state) == (owner, "me & you.wav", "queued")
    assert clip.duration_s == pytest.approx(3.0)
    assert (clip.sample_rate, clip.n_channels, clip.codec) == (16_000, 1, "pcm_16")
    assert announced == [str(clip.pk)]
    assert files_kept(media_root) == [Path(clip.file.path)]
    assert clip.file.name == f"clips/{clip.pk.hex[:2]}/{clip.pk}"
    assert Path(clip.file.path).read_bytes() == recordings.wav()


def test_it_tells_no_worker_before_the_clip_is_committed(
    client: Client, announced: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        send(client, ("a.wav", recordings.wav()))
    assert announced == []
    assert len(callbacks) == 1


def test_it_takes_many_files_and_refuses_the_bad_ones_one_by_one(
    client: Client, announced: list[str]
) -> None:
    good = recordings.wav()
    files = ("a.wav", good), ("b.wav", recordings.TEXT), ("c.flac", recordings.wav(2))
    response = send(client, *files)
    assert response.status_code == 302
    assert sorted(Clip.objects.values_list("name", flat=True)) == ["a.wav", "c.flac"]
    page = client.get(response["Location"]).content.decode()
    assert "b.wav" in page
    assert "This is not an audio file we know" in page


def test_it_goes_to_the_batch_after_several_files(client: Client, announced: list[str]) -> None:
    response = send(client, ("a.wav", recordings.wav(1)), ("b.wav", recordings.wav(2)))
    batch = Batch.objects.get()
    assert response["Location"] == f"/batches/{batch.pk}/"
    assert batch.clips.count() == 2


@pytest.mark.parametrize("answer", [{}, {"speaker_consent": "perhaps"}])
def test_it_keeps_nothing_without_the_consent_of_the_speaker(
    client: Client, media_root: Path, answer: dict[str, str]
) -> None:
    upload = SimpleUploadedFile("a.wav", recordings.wav())
    response = client.post("/clips/new/", {"files": upload} | answer)
    assert response.status_code == 422
    assert "Say whose voice it is" in response.content.decode()
    upload.seek(0)
    response = client.post("/clips/new/file/", {"file": upload} | answer)
    assert response.status_code == 422
    assert response.json()["code"] == "upload:user:no-consent"
    assert not Clip.objects.exists()
    assert files_kept(media_root) == []


def test_it_keeps_the_consent_of_the_speaker_with_the_clip(client: Client) -> None:
    send(client, ("a.wav", recordings.wav()))
    assert Clip.objects.get().speaker_consent == "own-voice"


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("8 channels.wav", recordings.eight_channels),
        ("192 kHz.wav", recordings.at_192_khz),
        ("8 bit.wav", recordings.eight_bit),
        ("really an mp3.wav", recordings.mp3),
    ],
)
def test_it_takes_unusual_recordings(
    client: Client, announced: list[str], name: str, make: Callable[[], bytes]
) -> None:
    assert send(client, (name, make())).status_code == 302
    assert Clip.objects.get().name == name


BAD = [
    ("empty.wav", lambda: b"", "The file is empty (0 bytes)"),
    ("text.wav", lambda: recordings.TEXT, "This is not an audio file we know"),
    ("page.mp3", lambda: recordings.HTML, "This is not an audio file we know"),
    ("page.html", lambda: recordings.HTML, "Files ending in “.html” are not accepted"),
    ("no extension", recordings.wav, "The file name has no ending"),
    ("a dot.", recordings.wav, "The file name has no ending"),
    ("cut off.wav", recordings.truncated, "is cut off"),
    ("4 GB.wav", recordings.promises_4_gb, "is cut off"),
    ("one.wav", recordings.one_sample, "at least 0.3 s are needed"),
    ("endless.flac", recordings.ten_hours, "lasts 36,000 s or more, at most 600 s are allowed"),
]


@pytest.mark.parametrize(("name", "make", "words"), BAD, ids=[name[:20] for name, _, _ in BAD])
def test_it_refuses_bad_input_in_plain_words(
    client: Client,
    media_root: Path,
    announced: list[str],
    name: str,
    make: Callable[[], bytes],
    words: str,
) -> None:
    response = send(client, (name, make()))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Clip.objects.exists()
    assert files_kept(media_root) == []
    assert send(client, ("good.wav", recordings.wav())).status_code == 302


def raw_form(name: str) -> bytes:
    """By hand: Python's own client would cut a path off before it is sent."""
    return (
        b"--edge\r\n"
        b'Content-Disposition: form-data; name="speaker_consent"\r\n\r\nown-voice\r\n'
        b"--edge\r\n"
        b'Content-Disposition: form-data; name="files"; filename="' + name.encode() + b'"\r\n'
        b"Content-Type: audio/wav\r\n\r\n" + recordings.wav() + b"\r\n--edge--\r\n"
    )


def test_it_takes_a_name_that_is_only_an_ending(client: Client, announced: list[str]) -> None:
    assert send(client, (".flac", recordings.wav())).status_code == 302
    assert Clip.objects.get().name == ".flac"


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("so %22called%22.wav", 'so "called".wav'),
        ("two%0D%0Alines.wav", "two  lines.wav"),
        ("100%20 %41.wav", "100%20 %41.wav"),
    ],
)
def test_it_reads_file_names_as_browsers_write_them(
    client: Client, announced: list[str], sent: str, name: str
) -> None:
    kind = "multipart/form-data; boundary=edge"
    assert client.post("/clips/new/", data=raw_form(sent), content_type=kind).status_code == 302
    assert Clip.objects.get().name == name


@pytest.mark.parametrize("name", ["../../etc/cron.d/x.wav", "C:\\\\music\\\\x.wav", "/x.wav"])
def test_it_refuses_a_path_in_the_file_name(
    client: Client, media_root: Path, announced: list[str], name: str
) -> None:
    kind = "multipart/form-data; boundary=edge"
    response = client.post("/clips/new/", data=raw_form(name), content_type=kind)
    assert response.status_code == 422
    assert "The file name contains a folder" in response.content.decode()
    assert not Clip.objects.exists()
    assert files_kept(media_root) == []


def test_it_refuses_a_file_above_the_limit(client: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 50_000
    response = send(client, ("a.wav", recordings.wav()))
    assert response.status_code == 422
    assert "The file has 0.1 MB, at most 0 MB are allowed" in response.content.decode()


def test_it_refuses_more_files_than_the_limit(client: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_FILES = 1
    response = send(client, ("a.wav", recordings.wav()), ("b.wav", recordings.wav()))
    assert "2 files were sent, at most 1 are allowed" in response.content.decode()
    assert not Clip.objects.exists()


def test_it_refuses_a_request_above_the_limit_without_reading_it(
    client: Client, settings: Any
) -> None:
    settings.UPLOAD_MAX_REQUEST_BYTES = 1000
    response = send(client, ("a.wav", recordings.wav()))
    assert response.status_code == 413
    assert "too big to be sent at once" in response.content.decode()


def test_it_shortens_a_very_long_file_name(client: Client, announced: list[str]) -> None:
    kind = "multipart/form-data; boundary=edge"
    response = client.post("/clips/new/", data=raw_form("x" * 400 + ".wav"), content_type=kind)
    assert response.status_code == 302
    name = Clip.objects.get().name
    assert len(name) == 255
    assert name.endswith("x….wav")


def test_it_says_when_no_file_was_chosen(client: Client) -> None:
    response = client.post("/clips/new/", {"speaker_consent": "own-voice"})
    assert response.status_code == 422
    assert "No file was chosen" in response.content.decode()


def test_it_escapes_a_file_name_that_is_markup(client: Client, announced: list[str]) -> None:
    name = "<img src=x onerror=alert(1)>.wav"
    send(client, (name, recordings.wav()))
    send(client, (name, recordings.TEXT))
    for address in ("/clips/", f"/clips/{Clip.objects.get().pk}/"):
        assert "<img src=x" not in client.get(address).content.decode()


def test_it_accepts_clips_while_the_broker_is_away(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def refuse(clip_id: str) -> None:
        raise OperationalError("refused")

    monkeypatch.setattr(tasks.recognize_clip, "delay", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        assert send(client, ("a.wav", recordings.wav())).status_code == 302
    assert Clip.objects.get().state == "queued"


@pytest.mark.django_db(transaction=True)
def test_a_kept_clip_keeps_its_file_whatever_waking_the_workers_meets(
    owner: User, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(clip_id: str) -> None:
        raise RuntimeError("something that nobody thought of")

    monkeypatch.setattr(tasks.recognize_clip, "delay", break_off)
    clip = submit_clip(owner, SimpleUploadedFile("a.wav", recordings.wav()))
    assert Clip.objects.get().pk == clip.pk
    assert len(files_kept(media_root)) == 1


def test_it_leaves_no_file_behind_when_the_database_refuses(
    owner: User, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise IntegrityError("refused")

    monkeypatch.setattr(Clip, "save", refuse)
    with pytest.raises(IntegrityError):
        submit_clip(owner, SimpleUploadedFile("a.wav", recordings.wav()))
    assert files_kept(media_root) == []


@pytest.mark.parametrize("address", ["/clips/new/", "/accounts/login/", "/accounts/signup/"])
def test_it_reads_no_large_request_of_a_visitor(address: str) -> None:
    upload = SimpleUploadedFile("a.wav", b"RIFF" + bytes(200_000))
    client = Client(enforce_csrf_checks=True)
    client.get("/accounts/login/")  # gives the cookie whose token is looked for in the request
    assert client.post(address, {"files": upload}).status_code == 413


def test_it_needs_a_session() -> None:
    response = Client().post("/clips/new/", {"files": SimpleUploadedFile("a.wav", b"")})
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")
