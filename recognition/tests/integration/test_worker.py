"""A real worker process on the real database and broker."""

from collections.abc import Callable, Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from mlcore.bundles import shipped_bundle
from recognition import tasks
from recognition.models import Clip, ModelVersion, Prediction, User
from recognition.services.explain import request_explanation
from recognition.services.promote import promote_version, roll_back
from recognition.services.submit import retry_clip
from recognition.tests import recordings
from recognition.tests.processes import Surroundings, submit, wait_for, wait_until
from recognition.tests.teaching import version_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shared_media")]


@pytest.fixture(scope="module")
def worker(surroundings: Surroundings) -> Iterator[None]:
    with surroundings.worker():
        yield


def test_it_recognizes_a_clip(owner: User, worker: None) -> None:
    clip = wait_for(submit(owner, recordings.wav()))
    assert clip.state == "done", clip.error_code
    prediction = clip.predictions.get()
    assert sum(prediction.posteriors.values()) == pytest.approx(1, abs=1e-5)
    assert prediction.confidence == max(prediction.posteriors.values())
    assert prediction.segments.count() >= 1
    assert prediction.model_version.status == "champion"
    assert clip.model_version == prediction.model_version


def test_it_explains_a_result(owner: User, worker: None) -> None:
    explanation = request_explanation(owner, wait_for(submit(owner, recordings.wav())))

    def is_final() -> bool:
        explanation.refresh_from_db()
        return explanation.finished_at is not None

    wait_until(is_final, 60)
    assert explanation.state == "done", explanation.error_code
    assert explanation.data is not None
    assert explanation.data["emotion"] == explanation.prediction.emotion


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (recordings.not_finite, "audio:user:not-finite"),
        (recordings.silence, "audio:user:no-speech"),
    ],
)
def test_it_explains_what_it_can_not_judge(
    owner: User, worker: None, make: Callable[[], bytes], code: str
) -> None:
    clip = wait_for(submit(owner, make()))
    assert (clip.state, clip.error_code) == ("failed", code)
    assert not Prediction.objects.exists()


@pytest.mark.parametrize(
    "make",
    [recordings.eight_channels, recordings.at_192_khz, recordings.eight_bit, recordings.mp3],
)
def test_it_recognizes_unusual_recordings(
    owner: User, worker: None, make: Callable[[], bytes]
) -> None:
    assert wait_for(submit(owner, make())).state == "done"


def test_a_doubled_message_changes_nothing(owner: User, worker: None) -> None:
    clip = submit(owner, recordings.wav())
    tasks.announce_clips([clip.pk] * 20)
    wait_for(clip)
    wait_for(submit(owner, recordings.wav()))  # behind the copies in the queue
    clip.refresh_from_db()
    assert (clip.state, clip.attempts) == ("done", 1)
    assert clip.predictions.count() == 1


def test_a_clip_deleted_while_it_waits_disturbs_nobody(owner: User, worker: None) -> None:
    doomed = submit(owner, recordings.wav())
    Clip.objects.filter(pk=doomed.pk).delete()
    assert wait_for(submit(owner, recordings.wav())).state == "done"


def test_a_clip_whose_file_vanished_is_explained_and_can_be_retried(
    owner: User, worker: None, surroundings: Surroundings
) -> None:
    clip = submit(owner, recordings.wav())
    content = recordings.wav()
    clip.file.storage.delete(str(clip.file.name))
    wait_for(clip)
    assert (clip.state, clip.error_code) == ("failed", "audio:user:missing")
    clip.file.save("again", SimpleUploadedFile("again", content), save=False)
    assert retry_clip(clip)
    assert wait_for(clip).state == "done"


def test_it_changes_over_to_a_promoted_model_with_the_next_task(owner: User, worker: None) -> None:
    """Each clip is wholly one model's, and nobody has to start the worker anew."""
    before = [wait_for(submit(owner, recordings.wav())) for _ in range(2)]
    version = version_of(shipped_bundle("permissive"), status=ModelVersion.Status.CHALLENGER)
    promote_version(version.pk, forced_reason="For the test.")
    after = [submit(owner, recordings.wav()) for _ in range(3)]
    served = [wait_for(clip).predictions.get().model_version for clip in (*before, *after)]
    assert [it == version for it in served] == [False, False, True, True, True]
    roll_back()
    assert wait_for(submit(owner, recordings.wav())).predictions.get().model_version == served[0]
