"""The web process as gunicorn runs it: small, also after it has taken files of every kind."""

import psutil
import pytest

from recognition.benchmark import page_upload, resident_mb, time_uploads
from recognition.models import Clip, User
from recognition.tests import recordings
from recognition.tests.processes import Surroundings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shared_media")]

MOST_MB = 150


def test_it_stays_small_while_it_takes_uploads(owner: User, surroundings: Surroundings) -> None:
    large = recordings.encode(recordings.long_speech(minutes=5))
    with surroundings.web() as (address, gunicorn):
        for content in (recordings.mp3(), recordings.eight_channels(), large):
            time_uploads(page_upload(owner, content), address, rounds=3)
        assert resident_mb(psutil.Process(gunicorn.popen.pid)) < MOST_MB
    assert Clip.objects.count() == 12
