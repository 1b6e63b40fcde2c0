"""A challenger beside the champion: its answers are kept, and shown to nobody."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.utils import timezone

from mlcore.bundles import shipped_bundle
from recognition.jobs.shadow import is_in_share, shadow_clips
from recognition.models import Clip, ModelVersion, Prediction, ShadowPrediction, User
from recognition.tests import factories, recordings
from recognition.tests.teaching import version_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def challenger() -> ModelVersion:
    status = ModelVersion.Status.CHALLENGER
    version = version_of(shipped_bundle("permissive"), status=status, shadow_share=1)
    ModelVersion.objects.update(created_at=timezone.now() - timedelta(days=1))
    return version


def heard_clip(owner: User) -> Clip:
    return factories.done_clip(owner, content=recordings.wav())


def test_it_keeps_what_the_challenger_would_have_said(
    owner: User, challenger: ModelVersion
) -> None:
    clip = heard_clip(owner)
    before = Clip.objects.values().get()
    assert shadow_clips() == 1
    found = ShadowPrediction.objects.get()
    assert (found.clip, found.model_version) == (clip, challenger)
    assert sum(found.posteriors.values()) == pytest.approx(1, abs=1e-5)
    assert found.confidence == max(found.posteriors.values())
    assert found.processing_ms > 0
    assert Clip.objects.values().get() == before  # the owner sees nothing of it
    assert Prediction.objects.count() == 1


def test_run_twice_each_clip_has_one_answer(owner: User, challenger: ModelVersion) -> None:
    heard_clip(owner)
    assert [shadow_clips(), shadow_clips()] == [1, 0]
    assert ShadowPrediction.objects.count() == 1


def test_it_hears_only_live_clips_with_a_result(owner: User, challenger: ModelVersion) -> None:
    old, deleted = heard_clip(owner), heard_clip(owner)
    factories.days_ago(old, 0.1)
    Clip.objects.filter(pk=deleted.pk).update(deleted_at=timezone.now())
    factories.clip(owner, content=recordings.wav())
    factories.failed_clip(owner)
    assert shadow_clips() == 0


def test_it_hears_nothing_without_a_share(owner: User, challenger: ModelVersion) -> None:
    heard_clip(owner)
    ModelVersion.objects.update(shadow_share=0)
    assert shadow_clips() == 0


def test_its_share_of_the_clips_is_what_was_asked_for() -> None:
    clips = [Clip(pk=UUID(int=number * 7919)) for number in range(10_000)]
    drawn = {clip.pk for clip in clips if is_in_share(clip, 0.25)}
    assert len(drawn) == 2500
    assert drawn < {clip.pk for clip in clips if is_in_share(clip, 0.5)}
    assert all(is_in_share(clip, 1.0) for clip in clips)


def test_a_damaged_challenger_carries_an_alarm_and_stops_nobody(
    owner: User, challenger: ModelVersion, media_root: Path
) -> None:
    heard_clip(owner)
    (media_root / challenger.folder / "model.onnx").write_bytes(b"nothing")
    assert shadow_clips() == 0
    challenger.refresh_from_db()
    assert challenger.alarm_code == "bundle:app:corrupt"


def test_a_clip_whose_file_is_gone_stops_nobody(owner: User, challenger: ModelVersion) -> None:
    gone = heard_clip(owner)
    gone.file.storage.delete(str(gone.file.name))
    heard_clip(owner)
    assert shadow_clips() == 1
