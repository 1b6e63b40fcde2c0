"""What a worker takes first when several things wait for it."""

import pytest

from recognition.models import Portrait, User
from recognition.services.portray import request_portrait
from recognition.tests import factories, recordings
from recognition.tests.processes import Surroundings, submit, wait_for, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shared_media")]


def test_a_result_does_not_wait_for_drawings_that_were_asked_for_before(
    owner: User, stranger: User, surroundings: Surroundings
) -> None:
    """Of each kind more than two: a worker that took turns would mix them."""
    for _ in range(3):
        seen = factories.done_clip(owner, content=recordings.wav())
        request_portrait(owner, seen)
    clips = [submit(stranger, recordings.wav()) for _ in range(3)]
    with surroundings.worker():
        assert {wait_for(clip).state for clip in clips} == {"done"}
        wait_until(lambda: not Portrait.objects.exclude(state="done").exists(), 60)
    last_result = max(clip.finished_at for clip in clips if clip.finished_at)
    started = [portrait.started_at for portrait in Portrait.objects.all()]
    assert all(moment and moment > last_result for moment in started)
