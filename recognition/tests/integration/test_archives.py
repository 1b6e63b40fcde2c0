"""A ZIP: what is taken out of it, and each way in which it, or a part of it, is refused."""

import io
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from recognition.models import Batch, Clip, User
from recognition.tests import recordings

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(owner: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(owner)


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def send(client: Client, content: bytes, name: str = "a.zip") -> Any:
    files = SimpleUploadedFile(name, content)
    return client.post("/clips/new/", {"files": files, "speaker_consent": "own-voice"})


def codes(client: Client, content: bytes, name: str = "a.zip") -> list[str]:
    assert send(client, content, name).status_code == 302
    return [refusal["code"] for refusal in Batch.objects.get().refusals]


def speech(seconds: float) -> bytes:
    """Different content for different lengths."""
    return recordings.wav(seconds)


def test_it_takes_all_clips_of_a_zip_without_their_folders(client: Client) -> None:
    content = zipped(("a/one.wav", speech(1)), ("a/b\\two.wav", speech(2)), ("a/", b""))
    response = send(client, content)
    batch = Batch.objects.get()
    assert response["Location"] == f"/batches/{batch.pk}/"
    assert sorted(batch.clips.values_list("name", flat=True)) == ["one.wav", "two.wav"]
    assert set(batch.clips.values_list("speaker_consent", flat=True)) == {"own-voice"}
    assert batch.refusals == []


def test_it_takes_what_is_good_beside_what_is_not(client: Client) -> None:
    content = zipped(("good.wav", speech(1)), ("notes.txt", b"x"), ("bad.wav", recordings.TEXT))
    assert codes(client, content) == ["upload:user:extension", "audio:user:not-audio"]
    assert Clip.objects.get().name == "good.wav"
    page = client.get(f"/batches/{Batch.objects.get().pk}/").content.decode()
    assert "notes.txt" in page
    assert "This is not an audio file we know" in page


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../../etc/cron.d/x.wav", "upload:user:member-path"),
        ("/etc/x.wav", "upload:user:member-path"),
        ("C:\\x.wav", "upload:user:member-path"),
        ("inner.zip", "upload:user:nested-archive"),
        ("inner.tar.gz", "upload:user:nested-archive"),
        ("INNER.7Z", "upload:user:nested-archive"),
    ],
)
def test_it_refuses_a_member_by_its_name(client: Client, name: str, code: str) -> None:
    assert codes(client, zipped((name, speech(1)))) == [code]
    assert not Clip.objects.exists()


def test_it_skips_what_systems_put_into_archives_and_says_so(client: Client) -> None:
    junk = ["__MACOSX/._one.wav", "._one.wav", "a/.DS_Store", "Thumbs.db", "desktop.ini"]
    content = zipped(("one.wav", speech(1)), *[(name, b"junk") for name in junk])
    assert codes(client, content) == ["upload:user:junk-skipped"]
    page = client.get(f"/batches/{Batch.objects.get().pk}/").content.decode()
    assert "(such as __MACOSX): 5." in page


@pytest.mark.parametrize("flag", [True, False])
def test_it_reads_names_in_utf_8_whether_the_zip_says_so_or_not(client: Client, flag: bool) -> None:
    content = bytearray(zipped(("größe.wav", speech(1))))
    if not flag:
        local, central = content.index(b"PK\x03\x04"), content.index(b"PK\x01\x02")
        content[local + 7] &= ~0x08  # bit 11 of the flags
        content[central + 9] &= ~0x08
    send(client, bytes(content))
    assert Clip.objects.get().name == "größe.wav"


def test_it_shows_no_control_signs_and_shortens_names(client: Client) -> None:
    send(client, zipped(("a\x1b[2J" + "x" * 400 + ".wav", speech(1))))
    name = Clip.objects.get().name
    assert "\x1b" not in name
    assert len(name) <= 255
    assert name.endswith(".wav")


def encrypted() -> bytes:
    content = bytearray(zipped(("one.wav", speech(1))))
    content[content.index(b"PK\x03\x04") + 6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def with_bad_checksum() -> bytes:
    content = bytearray(zipped(("one.wav", speech(1)), method=zipfile.ZIP_STORED))
    content[200] ^= 0xFF
    return bytes(content)


def packed_by_lzma() -> bytes:
    return zipped(("one.wav", speech(1)), method=zipfile.ZIP_LZMA)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (encrypted, "upload:user:encrypted"),
        (with_bad_checksum, "upload:user:member-damaged"),
        (packed_by_lzma, "upload:user:member-compression"),
        (lambda: b"PK\x03\x04 no zip", "upload:user:zip-damaged"),
        (lambda: zipped(("a.wav", speech(1)))[:-30], "upload:user:zip-damaged"),
        (lambda: zipped(), "upload:user:zip-empty"),
        (lambda: zipped(("__MACOSX/x", b"")), "upload:user:zip-empty"),
    ],
)
def test_it_refuses_what_can_not_be_unpacked(
    client: Client, make: Callable[[], bytes], code: str
) -> None:
    assert codes(client, make()) == [code]
    assert not Clip.objects.exists()


def test_it_refuses_a_packed_zip_above_the_limit(client: Client, settings: Any) -> None:
    settings.ZIP_MAX_BYTES = 1000
    assert codes(client, zipped(("a.wav", speech(1)))) == ["upload:user:zip-too-large"]


def test_it_refuses_more_members_than_the_limit(client: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_FILES = 2
    content = zipped(*[(f"{n}.wav", b"") for n in range(3)])
    assert codes(client, content) == ["upload:user:too-many-members"]


def lying(content: bytes, size: int) -> bytes:
    """The headers promise this size, whatever is inside."""
    changed = bytearray(content)
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = changed.index(mark) + place
        changed[at : at + 4] = struct.pack("<I", size)
    return bytes(changed)


def test_it_stops_at_a_bomb_in_the_first_member_too_much(client: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 200_000
    bomb = zipped(("bomb.wav", bytes(50_000_000)))
    assert len(bomb) < 100_000
    assert codes(client, bomb) == ["upload:user:member-too-large"]


def test_it_believes_no_header_that_promises_less(client: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 200_000
    bomb = lying(zipped(("bomb.wav", bytes(50_000_000))), 1000)
    # unpacked to what was promised and then found wrong, or stopped: never taken
    assert codes(client, bomb)[0] in ("upload:user:member-damaged", "upload:user:member-too-large")
    assert not Clip.objects.exists()


def test_it_stops_when_all_members_together_are_too_much(client: Client, settings: Any) -> None:
    settings.ZIP_MAX_UNPACKED_BYTES = 100_000
    content = zipped(*[(f"{n}.wav", speech(1 + n / 10)) for n in range(5)])
    assert codes(client, content) == ["upload:user:zip-unpacks-too-large"]
    assert Clip.objects.count() == 2  # 32 and 35 kB; the third does not fit, the rest is not read


def test_it_reads_no_endless_list_of_members(client: Client) -> None:
    """The list of members of this one has 1.6 MB, though it holds few files."""
    content = zipped(*[(f"{'x' * 8000}{n}.wav", b"") for n in range(199)])
    assert codes(client, content) == ["upload:user:zip-damaged"]
