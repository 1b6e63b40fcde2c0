"""Workers killed, messages lost: every clip still ends in exactly one result."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from redis import Redis

from recognition.models import Clip, User
from recognition.tests import recordings
from recognition.tests.processes import Surroundings, submit, wait_for, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shared_media")]


def test_a_lost_message_loses_no_clip(owner: User, surroundings: Surroundings) -> None:
    """Redis forgets everything while no worker is there; beat and the reaper mend it."""
    clip = submit(owner, recordings.wav())
    with Redis.from_url(settings.REDIS_URL) as redis:
        assert redis.delete("recognize") == 1
    quick = {"REAP_QUEUED_AFTER_S": "1", "REAP_EVERY_S": "1"}
    with surroundings.worker(**quick), surroundings.beat(**quick):
        assert wait_for(clip).state == "done"
    assert clip.predictions.count() == 1


def test_a_worker_killed_in_the_middle_loses_no_clip(
    owner: User, surroundings: Surroundings
) -> None:
    """kill -9 while it works; the next worker gets the clip from the reaper, once."""
    with surroundings.worker() as first:
        clip = submit(owner, recordings.encode(recordings.long_speech(minutes=9)))
        wait_until(lambda: Clip.objects.get().state == "running", 60, first)
        first.kill()
    clip.refresh_from_db()
    assert (clip.state, clip.attempts) == ("running", 1)
    long_ago = timezone.now() - timedelta(hours=1)  # instead of waiting for the time limit
    Clip.objects.update(started_at=long_ago, created_at=long_ago)
    with surroundings.worker(), surroundings.beat(REAP_EVERY_S="1"):
        wait_for(clip)
    assert (clip.state, clip.attempts) == ("done", 2)
    assert clip.predictions.count() == 1
