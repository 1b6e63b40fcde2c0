"""Deleting with undo, and for good: rows and files, whoever works on them meanwhile."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import FileSystemStorage
from django.test import Client
from django.utils import timezone

from recognition.errors import EraseError
from recognition.jobs import recognize
from recognition.jobs.purge import purge_deleted_clips
from recognition.jobs.recognize import recognize_clip
from recognition.models import Clip, Prediction, User
from recognition.services.correct import correct_clip
from recognition.services.erase import restore_clip, restore_clips, trash_clips
from recognition.tests import factories, recordings
from recognition.tests.moments import FAR_MOMENTS

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def ten_minutes(settings: Any) -> None:
    settings.DELETE_UNDO_S = 600


def exists(clip: Clip) -> bool:
    return clip.file.storage.exists(str(clip.file.name))


def delete(client: Client, clip: Clip) -> str:
    """The moment that the page's button names."""
    text = client.post(f"/clips/{clip.pk}/delete/", follow=True).content.decode()
    found = re.search(r'name="deleted_at" value="([^"]+)"', text)
    assert found, text
    return found.group(1)


def undo(client: Client, moment: str) -> str:
    response = client.post("/clips/restore/", {"deleted_at": moment}, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def long_ago(clip: Clip, seconds: float) -> str:
    moment = timezone.now() - timedelta(seconds=seconds)
    Clip.with_deleted.filter(pk=clip.pk).update(deleted_at=moment)
    return moment.isoformat()


def test_a_deleted_clip_is_seen_nowhere(owner: User, signed_in: SignIn) -> None:
    clip = factories.done_clip(owner)
    client = signed_in(owner)
    delete(client, clip)
    for place in ("", "status/", "audio/"):
        assert client.get(f"/clips/{clip.pk}/{place}").status_code == 404
    for place in ("describe", "tag", "correct", "share", "withdraw", "retry"):
        assert client.post(f"/clips/{clip.pk}/{place}/").status_code == 404
    assert clip.name not in client.get("/clips/").content.decode()
    assert client.get(f"/api/v1/clips/{clip.pk}/").status_code == 404


def test_undo_brings_everything_back(owner: User, signed_in: SignIn) -> None:
    clip = factories.done_clip(owner)
    correct_clip(owner, clip, "sad")
    before = Clip.objects.values().get()
    client = signed_in(owner)
    assert "1 clip is back." in undo(client, delete(client, clip))
    after = Clip.objects.values().get()
    assert before | {"corrected_emotion": "sad"} == after
    assert clip.predictions.count() == clip.corrections.count() == 1
    assert client.get(f"/clips/{clip.pk}/audio/").status_code == 200


def test_a_second_click_on_delete_is_told_the_same(owner: User, signed_in: SignIn) -> None:
    clip = factories.clip(owner)
    client = signed_in(owner)
    assert delete(client, clip) == delete(client, clip)
    undo(client, delete(client, clip))
    assert Clip.objects.get() == clip


def test_a_second_click_on_undo_harms_nothing(owner: User, signed_in: SignIn) -> None:
    clip = factories.clip(owner)
    client = signed_in(owner)
    moment = delete(client, clip)
    undo(client, moment)
    assert "the clips are back already" in undo(client, moment)
    assert Clip.objects.get() == clip


def test_undo_after_the_purge_says_so(owner: User, signed_in: SignIn) -> None:
    clip = factories.clip(owner)
    client = signed_in(owner)
    delete(client, clip)
    moment = long_ago(clip, 601)
    assert "gone for good" in undo(client, moment)  # also just before the reaper comes
    assert purge_deleted_clips() == 1
    assert "gone for good" in undo(client, moment)
    assert not Clip.with_deleted.exists()


def test_undo_of_one_deletion_leaves_another(owner: User) -> None:
    first, second = factories.clip(owner), factories.clip(owner)
    deletion = trash_clips(Clip.objects.filter(pk=first.pk))
    trash_clips(Clip.objects.filter(pk=second.pk))
    assert restore_clips(owner, deletion.deleted_at) == 1
    assert Clip.objects.get() == first


def test_many_clips_are_deleted_and_had_back_together(owner: User) -> None:
    clips = [factories.clip(owner) for _ in range(3)]
    deletion = trash_clips(Clip.objects.filter(owner=owner))
    assert (deletion.n_clips, Clip.objects.count()) == (3, 0)
    assert restore_clips(owner, deletion.deleted_at) == len(clips)
    assert Clip.objects.count() == 3


def test_one_of_many_is_had_back_alone(owner: User) -> None:
    clips = [factories.clip(owner) for _ in range(2)]
    trash_clips(Clip.objects.filter(owner=owner))
    gone = Clip.with_deleted.get(pk=clips[0].pk)
    restore_clip(gone)
    assert Clip.objects.get() == clips[0]
    for again in (gone, Clip.objects.get()):
        with pytest.raises(EraseError) as error:
            restore_clip(again)
        assert error.value.code == "erase:user:nothing-to-undo"


@pytest.mark.parametrize("wrong", ["", "yesterday", "2026-01-01T00:00:00", "9" * 400])
def test_undo_of_nonsense_is_not_found(owner: User, signed_in: SignIn, wrong: str) -> None:
    response = signed_in(owner).post("/clips/restore/", {"deleted_at": wrong})
    assert response.status_code == 404


@pytest.mark.parametrize("moment", FAR_MOMENTS)
def test_undo_answers_to_a_moment_at_the_end_of_the_world(
    owner: User, signed_in: SignIn, moment: str
) -> None:
    response = signed_in(owner).post("/clips/restore/", {"deleted_at": moment})
    assert response.status_code in (302, 404)


def test_the_reaper_removes_row_and_file_after_a_while(owner: User) -> None:
    old, young, kept = (factories.done_clip(owner) for _ in range(3))
    long_ago(old, 601)
    long_ago(young, 590)
    assert purge_deleted_clips() == 1
    assert set(Clip.with_deleted.all()) == {young, kept}
    assert (exists(old), exists(young), exists(kept)) == (False, True, True)
    assert purge_deleted_clips() == 0


def test_a_file_that_is_gone_already_holds_up_nothing(owner: User) -> None:
    """As when the machine stopped between the file and its row."""
    clip = factories.clip(owner)
    long_ago(clip, 601)
    clip.file.storage.delete(str(clip.file.name))
    assert purge_deleted_clips() == 1


def test_a_file_that_stays_keeps_its_row_and_holds_up_nobody(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = factories.clip(owner), factories.clip(owner)
    long_ago(stuck, 700)
    long_ago(other, 650)
    remove = FileSystemStorage.delete

    def refuse(self: Any, name: str) -> None:
        if name == stuck.file.name:
            raise PermissionError(13, "Permission denied")
        remove(self, name)

    monkeypatch.setattr(FileSystemStorage, "delete", refuse)
    assert purge_deleted_clips() == 1
    assert Clip.with_deleted.get() == stuck
    monkeypatch.undo()
    assert purge_deleted_clips() == 1


@pytest.mark.parametrize("end", ["undone", "purged"])
def test_a_worker_that_finishes_meanwhile_spoils_nothing(
    owner: User, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    clip = factories.clip(owner, content=recordings.wav())
    keep = recognize.keep_result
    deletions = []

    def delete_and_keep(*args: Any, **kwargs: Any) -> None:
        deletions.append(trash_clips(Clip.objects.filter(pk=clip.pk)))
        keep(*args, **kwargs)

    monkeypatch.setattr(recognize, "keep_result", delete_and_keep)
    recognize_clip(clip.pk)
    monkeypatch.undo()
    assert not Prediction.objects.exists()
    if end == "undone":
        restore_clips(owner, deletions[0].deleted_at)
        recognize_clip(clip.pk)
        assert Clip.objects.get().state == "done"
    else:
        long_ago(clip, 601)
        assert purge_deleted_clips() == 1
        assert not exists(clip)


def test_a_clip_that_waited_is_queued_again_by_undo(owner: User) -> None:
    clip = factories.clip(owner, state="running", attempts=2)
    deletion = trash_clips(Clip.objects.all())
    restore_clips(owner, deletion.deleted_at)
    clip.refresh_from_db()
    assert (clip.state, clip.attempts, clip.started_at) == ("queued", 0, None)


def test_the_files_of_deleted_clips_go_with_the_account(
    owner: User, administrator: User, signed_in: SignIn, django_capture_on_commit_callbacks: Any
) -> None:
    clips = [factories.clip(owner), factories.clip(owner)]
    trash_clips(Clip.objects.filter(pk=clips[0].pk))
    with django_capture_on_commit_callbacks(execute=True):
        address = f"/admin/recognition/user/{owner.pk}/delete/"
        signed_in(administrator).post(address, {"post": "yes"})
    assert not User.objects.filter(pk=owner.pk).exists()
    assert [exists(clip) for clip in clips] == [False, False]


@pytest.mark.parametrize("person", ["reviewer", "stranger", "administrator"])
def test_only_its_owner_deletes_and_restores(
    clip: Clip, signed_in: SignIn, request: pytest.FixtureRequest, person: str
) -> None:
    factories.consent(clip.owner)
    client = signed_in(request.getfixturevalue(person))
    assert client.post(f"/clips/{clip.pk}/delete/").status_code == 404
    assert Clip.objects.get() == clip
    moment = delete(signed_in(clip.owner), clip)
    assert client.post(f"/clips/{clip.pk}/delete/").status_code == 404
    undo(client, moment)
    assert not Clip.objects.exists()


def test_an_unknown_clip_is_not_found(owner: User, signed_in: SignIn) -> None:
    assert signed_in(owner).post(f"/clips/{uuid4()}/delete/").status_code == 404
