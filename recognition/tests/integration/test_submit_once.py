"""A file that a program sends again makes no second clip, whatever broke off in between."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.db import OperationalError, connection
from django.utils import timezone

from mlcore.errors import AudioError
from recognition import tasks
from recognition.errors import UploadError
from recognition.jobs.purge import forget_old_keys, purge_deleted_clips
from recognition.models import Clip, IdempotencyKey, User
from recognition.services.erase import trash_clips
from recognition.services.submit import Terms
from recognition.services.submit_once import Submission, submit_once
from recognition.tests import factories, recordings

pytestmark = pytest.mark.django_db


def send(owner: User, content: bytes = b"", **terms: Any) -> Submission:
    upload = SimpleUploadedFile("a.wav", content or recordings.wav())
    return submit_once(owner, upload, Terms("own-voice", **{"key": "k-1"} | terms))


def n_files(media_root: Path) -> int:
    return sum(path.is_file() for path in media_root.rglob("*"))


def test_the_same_again_is_the_same_clip(owner: User, media_root: Path) -> None:
    first, second = send(owner), send(owner)
    assert (first.is_new, second.is_new) == (True, False)
    assert first.clip == second.clip == Clip.objects.get()
    assert n_files(media_root) == 1


def test_without_a_key_or_with_another_one_it_is_a_new_clip(owner: User) -> None:
    assert all(send(owner, key=key).is_new for key in ("", "", "k-1", "k-2"))


def test_keys_of_other_people_are_other_keys(owner: User, stranger: User) -> None:
    assert send(owner).is_new
    assert send(stranger).is_new


def test_a_key_stands_for_one_file_and_its_terms(owner: User) -> None:
    made = send(owner).clip
    for content, terms in [
        (recordings.wav(2.0), Terms("own-voice", key="k-1")),
        (recordings.wav(), Terms("agreed", key="k-1")),
    ]:
        with pytest.raises(UploadError) as error:
            submit_once(owner, SimpleUploadedFile("a.wav", content), terms)
        assert error.value.code == "upload:user:key-reused"
        assert error.value.details["clip_id"] == str(made.pk)
    assert Clip.objects.get() == made


def test_what_was_refused_may_be_sent_again(owner: User, media_root: Path) -> None:
    with pytest.raises(AudioError):
        send(owner, recordings.TEXT)
    assert not IdempotencyKey.objects.exists()
    assert send(owner).is_new


def test_a_request_that_was_broken_off_leaves_nothing(
    owner: User, media_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the last moment: the key is written last."""

    def die(*args: object, **kwargs: object) -> None:
        raise OperationalError("the connection is gone")

    monkeypatch.setattr(IdempotencyKey, "save", die)
    with pytest.raises(OperationalError):
        send(owner)
    assert (Clip.with_deleted.count(), n_files(media_root)) == (0, 0)
    monkeypatch.undo()
    assert send(owner).is_new


def test_what_was_made_and_deleted_is_not_made_again(owner: User) -> None:
    send(owner)
    trash_clips(Clip.objects.all())
    for _ in range(2):
        with pytest.raises(UploadError) as error:
            send(owner)
        assert error.value.code == "upload:user:key-clip-gone"
        Clip.with_deleted.update(deleted_at=timezone.now() - timedelta(days=1))
        purge_deleted_clips()
    assert not Clip.with_deleted.exists()


def test_a_key_is_kept_for_a_day(owner: User) -> None:
    first = send(owner).clip
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=23.9))
    assert forget_old_keys() == 0
    assert send(owner).clip == first
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=24.1))
    assert send(owner).is_new  # also before the reaper comes
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=24.1))
    tasks.reap_idempotency_keys()
    assert not IdempotencyKey.objects.exists()
    assert Clip.objects.count() == 2


def test_keys_go_with_the_account(owner: User) -> None:
    send(owner)
    owner.delete()
    assert not IdempotencyKey.objects.exists()


def large_upload(content: bytes) -> TemporaryUploadedFile:
    """On the disk, as a large file comes; storing it moves it."""
    upload = TemporaryUploadedFile("a.wav", "", len(content), "")
    upload.write(content)
    upload.seek(0)
    return upload


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("make", [lambda it: SimpleUploadedFile("a.wav", it), large_upload])
def test_the_same_from_everywhere_at_once_is_one_clip(
    owner: User, media_root: Path, make: Any
) -> None:
    content = recordings.wav()

    def once(_number: int) -> Submission:
        upload = make(content)
        try:
            return submit_once(owner, upload, Terms("own-voice", key="k-1"))
        finally:
            upload.close()
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(once, range(6)))
    assert len({it.clip.pk for it in found}) == 1
    assert sum(it.is_new for it in found) == 1
    assert Clip.objects.count() == 1
    assert n_files(media_root) == 1


def test_a_clip_that_failed_is_the_same_clip(owner: User) -> None:
    made = send(owner).clip
    failed = factories.failed_clip(owner)
    Clip.objects.filter(pk=made.pk).update(
        state=failed.state, error_code=failed.error_code, finished_at=failed.finished_at
    )
    assert send(owner).clip == made
