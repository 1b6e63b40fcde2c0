"""The job by itself: run twice, late, beside itself, on recordings that can't be read."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from recognition.jobs import portray, work
from recognition.jobs.portray import portray_clip
from recognition.jobs.reap import reap_portraits
from recognition.models import Clip, Portrait, User
from recognition.services.erase import delete_clips
from recognition.tests import factories, recordings


@pytest.fixture
def clip(owner: User) -> Clip:
    return factories.clip(owner, content=recordings.wav(1.0))


@pytest.fixture
def portrait(clip: Clip) -> Portrait:
    return factories.portrait(clip)


@pytest.mark.django_db
def test_it_portrays_the_recording(portrait: Portrait) -> None:
    portray_clip(portrait.pk)
    portrait.refresh_from_db()
    assert (portrait.state, portrait.attempts) == ("done", 1)
    data = portrait.data
    assert data is not None
    assert data["duration_s"] == pytest.approx(1.0)
    assert len(data["peaks"]) == 800
    assert any(data["pitch_hz"])
    assert data["speech_s"]


@pytest.mark.django_db
def test_it_changes_nothing_when_it_is_run_twice(portrait: Portrait) -> None:
    portray_clip(portrait.pk)
    before = Portrait.objects.values().get()
    portray_clip(portrait.pk)
    assert Portrait.objects.values().get() == before


@pytest.mark.django_db(transaction=True)
def test_it_is_done_once_when_it_is_run_beside_itself(portrait: Portrait) -> None:
    def run(portrait_id: int) -> None:
        portray_clip(portrait_id)
        connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(run, [portrait.pk] * 8))
    portrait.refresh_from_db()
    assert (portrait.state, portrait.attempts) == ("done", 1)


@pytest.mark.django_db
def test_it_does_nothing_for_a_portrait_that_is_not_there() -> None:
    portray_clip(12345)
    assert not Portrait.objects.exists()


@pytest.mark.django_db
def test_it_says_when_the_recording_is_gone(clip: Clip, portrait: Portrait) -> None:
    clip.file.storage.delete(str(clip.file.name))
    portray_clip(portrait.pk)
    portrait.refresh_from_db()
    assert (portrait.state, portrait.error_code) == ("failed", "audio:user:missing")


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"", recordings.TEXT, recordings.truncated()])
def test_it_says_when_the_recording_cant_be_read(owner: User, content: bytes) -> None:
    portrait = factories.portrait(factories.clip(owner, content=content))
    portray_clip(portrait.pk)
    portrait.refresh_from_db()
    assert (portrait.state, portrait.data) == ("failed", None)
    assert portrait.error_code.startswith("audio:user:")


@pytest.mark.django_db
@pytest.mark.parametrize("loss", ["reaped", "erased", "reaped and claimed by another"])
def test_it_drops_its_data_when_the_claim_was_lost(
    clip: Clip, portrait: Portrait, monkeypatch: pytest.MonkeyPatch, loss: str
) -> None:
    finish = work.finish

    def lose_and_finish(*args: object, **kwargs: object) -> None:
        mine = Portrait.objects.filter(pk=portrait.pk)
        if loss == "erased":
            delete_clips([clip])
        elif loss == "reaped":
            mine.update(state="queued", started_at=None)
        else:
            mine.update(state="running", attempts=2, started_at=timezone.now())
        finish(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(portray, "finish", lose_and_finish)
    portray_clip(portrait.pk)
    assert not Portrait.objects.filter(state="done").exists()
    assert Portrait.objects.exists() == (loss != "erased")


def long_ago() -> object:
    return timezone.now() - timedelta(seconds=settings.RECOGNIZE_TIME_LIMIT_S + 60)


@pytest.mark.django_db
def test_a_portrait_whose_worker_was_killed_is_made_by_the_next(
    clip: Clip, portrait: Portrait
) -> None:
    Portrait.objects.update(
        state="running", attempts=1, started_at=long_ago(), created_at=long_ago()
    )
    assert reap_portraits() == [portrait.pk]
    portray_clip(portrait.pk)
    portrait.refresh_from_db()
    assert (portrait.state, portrait.attempts) == ("done", 2)


@pytest.mark.django_db
def test_a_portrait_whose_message_was_lost_is_announced_again_once(portrait: Portrait) -> None:
    assert reap_portraits() == []  # it was just announced
    Portrait.objects.update(announced_at=long_ago())
    assert reap_portraits() == [portrait.pk]
    assert reap_portraits() == []


@pytest.mark.django_db
def test_it_is_given_up_after_the_last_attempt(portrait: Portrait) -> None:
    Portrait.objects.update(state="running", attempts=settings.MAX_ATTEMPTS, started_at=long_ago())
    assert reap_portraits() == []
    portrait.refresh_from_db()
    assert (portrait.state, portrait.error_code) == ("failed", "portrait:app:gave-up")
