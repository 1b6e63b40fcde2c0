"""The job by itself, on the shipped model: run twice, late, beside itself, and broken off."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from mlcore.errors import BundleError
from recognition import champion
from recognition.jobs import recognize
from recognition.jobs.recognize import recognize_clip
from recognition.models import Clip, ModelVersion, Prediction, User
from recognition.tests import factories, recordings


@pytest.fixture
def clip(owner: User) -> Clip:
    return factories.clip(owner, content=recordings.wav())


@pytest.mark.django_db
def test_it_ends_in_one_result_when_it_is_run_twice(clip: Clip) -> None:
    recognize_clip(clip.pk)
    before = Prediction.objects.values().get()
    recognize_clip(clip.pk)
    assert Prediction.objects.values().get() == before
    clip.refresh_from_db()
    assert (clip.state, clip.attempts) == ("done", 1)


@pytest.mark.django_db(transaction=True)
def test_it_ends_in_one_result_when_it_is_run_beside_itself(clip: Clip) -> None:
    champion.warm_up_recognizer()

    def run(clip_id: UUID) -> None:
        recognize_clip(clip_id)
        connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(run, [clip.pk] * 8))
    clip.refresh_from_db()
    assert (clip.state, clip.attempts) == ("done", 1)
    assert Prediction.objects.count() == 1


@pytest.mark.django_db
def test_it_does_nothing_for_a_clip_that_is_not_there() -> None:
    recognize_clip(uuid4())
    assert not Prediction.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("loss", ["reaped", "deleted", "reaped and claimed by another"])
def test_it_drops_its_result_when_the_claim_was_lost(
    clip: Clip, monkeypatch: pytest.MonkeyPatch, loss: str
) -> None:
    """The time limit passed while it worked: somebody else will have the result, or nobody."""
    keep = recognize.keep_result

    def lose_and_keep(*args: object, **kwargs: object) -> None:
        mine = Clip.objects.filter(pk=clip.pk)
        if loss == "deleted":
            mine.delete()
        elif loss == "reaped":
            mine.update(state="queued", started_at=None)
        else:
            mine.update(state="running", attempts=2, started_at=timezone.now())
        keep(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(recognize, "keep_result", lose_and_keep)
    recognize_clip(clip.pk)
    assert not Prediction.objects.exists()
    assert not Clip.objects.filter(state="done").exists()


@pytest.mark.django_db
def test_it_leaves_the_clip_to_the_reaper_when_the_model_is_damaged(
    clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise BundleError("bundle:app:corrupt", {"path": "model.onnx", "reason": "hash"})

    monkeypatch.setattr(recognize, "current_champion", refuse)
    with pytest.raises(BundleError):
        recognize_clip(clip.pk)
    clip.refresh_from_db()
    assert (clip.state, clip.error_code) == ("running", "")


@pytest.mark.django_db
def test_the_shipped_bundle_becomes_champion_once() -> None:
    first = champion.current_champion()
    assert champion.current_champion().version == first.version
    assert champion.current_champion().recognizer is first.recognizer
    assert first.version.sha256 == first.recognizer.bundle.sha256
    assert ModelVersion.objects.count() == 1


@pytest.mark.django_db
def test_a_newer_shipped_bundle_takes_the_place_of_an_older_one() -> None:
    older = factories.model_version(folder="shipped", status="champion")
    newer = champion.current_champion().version
    older.refresh_from_db()
    assert (older.status, newer.status) == ("retired", "champion")


@pytest.mark.django_db(transaction=True)
def test_workers_that_start_together_register_one_champion() -> None:
    def register(_: int) -> int:
        version = champion.current_champion().version
        connection.close()
        return version.pk

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(register, range(8)))) == 1
    assert ModelVersion.objects.count() == 1
