"""The job by itself, on the shipped model: run twice, late, beside itself, or for another."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from mlcore.errors import BundleError
from recognition import champion
from recognition.jobs import explain, work
from recognition.jobs.explain import explain_prediction
from recognition.jobs.recognize import recognize_clip
from recognition.models import Clip, Explanation, User
from recognition.services.erase import delete_clips
from recognition.tests import factories, recordings


@pytest.fixture
def clip(owner: User) -> Clip:
    """Recognized by the shipped model."""
    made = factories.clip(owner, content=recordings.wav(1.0))
    recognize_clip(made.pk)
    made.refresh_from_db()
    return made


@pytest.fixture
def explanation(clip: Clip) -> Explanation:
    return factories.explanation(clip)


@pytest.mark.django_db
def test_it_explains_the_emotion_that_was_predicted(clip: Clip, explanation: Explanation) -> None:
    explain_prediction(explanation.pk)
    explanation.refresh_from_db()
    assert (explanation.state, explanation.attempts) == ("done", 1)
    data = explanation.data
    assert data is not None
    assert data["emotion"] == clip.predictions.get().emotion
    assert data["band_unit"] == "Hz"
    (part,) = data["segments"]
    assert len(part["relevance"]) == len(part["time_edges_s"]) - 1
    assert len(part["relevance"][0]) == len(part["band_edges"]) - 1
    assert part["posterior"] == pytest.approx(clip.predictions.get().confidence, abs=1e-5)


@pytest.mark.django_db
def test_it_changes_nothing_when_it_is_run_twice(explanation: Explanation) -> None:
    explain_prediction(explanation.pk)
    before = Explanation.objects.values().get()
    explain_prediction(explanation.pk)
    assert Explanation.objects.values().get() == before


@pytest.mark.django_db(transaction=True)
def test_it_is_done_once_when_it_is_run_beside_itself(explanation: Explanation) -> None:
    def run(explanation_id: int) -> None:
        explain_prediction(explanation_id)
        connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(run, [explanation.pk] * 8))
    explanation.refresh_from_db()
    assert (explanation.state, explanation.attempts) == ("done", 1)


@pytest.mark.django_db
def test_it_does_nothing_for_an_explanation_that_is_not_there() -> None:
    explain_prediction(12345)
    assert not Explanation.objects.exists()


@pytest.mark.django_db
def test_it_never_lets_another_model_explain(explanation: Explanation) -> None:
    predicted_by = explanation.prediction.model_version
    explanation.prediction.model_version = factories.model_version(name="older")
    explanation.prediction.save()
    explain_prediction(explanation.pk)
    explanation.refresh_from_db()
    assert (explanation.state, explanation.data) == ("failed", None)
    assert explanation.error_code == "explanation:app:other-model"
    assert explanation.error_details["serving"] == str(predicted_by)
    assert explanation.error_details["predicted_by"].startswith("older")


@pytest.mark.django_db
def test_it_says_when_the_recording_is_gone(clip: Clip, explanation: Explanation) -> None:
    clip.file.storage.delete(str(clip.file.name))
    explain_prediction(explanation.pk)
    explanation.refresh_from_db()
    assert (explanation.state, explanation.error_code) == ("failed", "audio:user:missing")


@pytest.mark.django_db
@pytest.mark.parametrize("loss", ["reaped", "erased", "reaped and claimed by another"])
def test_it_drops_its_data_when_the_claim_was_lost(
    clip: Clip, explanation: Explanation, monkeypatch: pytest.MonkeyPatch, loss: str
) -> None:
    finish = work.finish

    def lose_and_finish(*args: object, **kwargs: object) -> None:
        mine = Explanation.objects.filter(pk=explanation.pk)
        if loss == "erased":
            delete_clips([clip])
        elif loss == "reaped":
            mine.update(state="queued", started_at=None)
        else:
            mine.update(state="running", attempts=2, started_at=timezone.now())
        finish(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(explain, "finish", lose_and_finish)
    explain_prediction(explanation.pk)
    assert not Explanation.objects.filter(state="done").exists()
    assert Explanation.objects.exists() == (loss != "erased")


@pytest.mark.django_db
def test_it_is_left_to_the_reaper_when_the_model_is_damaged(
    explanation: Explanation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> champion.Champion:
        raise BundleError("bundle:app:corrupt", {"path": "model.onnx", "reason": "hash"})

    monkeypatch.setattr(explain, "current_champion", refuse)
    with pytest.raises(BundleError):
        explain_prediction(explanation.pk)
    explanation.refresh_from_db()
    assert (explanation.state, explanation.error_code) == ("running", "")
