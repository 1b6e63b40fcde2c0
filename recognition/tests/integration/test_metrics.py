"""Figures for a Prometheus server: for staff, or whoever shows the token."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from mlcore.labels import EMOTIONS
from recognition.models import Clip, ModelVersion, Settlement, TrainingRun, User
from recognition.services.correct import correct_clip
from recognition.services.review import settle
from recognition.tests import factories

pytestmark = pytest.mark.django_db

TOKEN = "a-long-secret"


@pytest.fixture
def scraped(settings: Any) -> Callable[[], dict[str, dict[tuple[str, ...], float]]]:
    """By name and values of labels, as a Prometheus server reads them."""
    settings.METRICS_TOKEN = TOKEN

    def scrape() -> dict[str, dict[tuple[str, ...], float]]:
        response = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert response.status_code == 200
        assert response["Content-Type"].startswith("text/plain; version=0.0.4")
        families = text_string_to_metric_families(response.content.decode())
        return {
            family.name: {tuple(it.labels.values()): it.value for it in family.samples}
            for family in families
        }

    return scrape


Scraped = Callable[[], dict[str, dict[tuple[str, ...], float]]]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", TOKEN])
def test_nobody_else_reads_them(settings: Any, header: str) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert Client().get("/metrics", headers={"Authorization": header}).status_code == 404


@pytest.mark.parametrize("header", ["Bearer ", "Bearer", ""])
def test_without_a_token_an_empty_one_opens_nothing(settings: Any, header: str) -> None:
    settings.METRICS_TOKEN = ""
    assert Client().get("/metrics", headers={"Authorization": header}).status_code == 404


def test_staff_reads_them_without_a_token(
    administrator: User, settings: Any, signed_in: Callable[[User], Client]
) -> None:
    settings.METRICS_TOKEN = ""
    assert signed_in(administrator).get("/metrics").status_code == 200


def test_they_are_there_before_anything_happened(scraped: Scraped) -> None:
    found = scraped()
    assert found["sersite_clips_waiting"] == {(): 0}
    assert "sersite_day_not_sure_ratio" not in found


def test_they_tell_of_queue_and_results(owner: User, scraped: Scraped) -> None:
    waiting = factories.clip(owner)
    Clip.objects.filter(pk=waiting.pk).update(queued_at=timezone.now() - timedelta(minutes=10))
    factories.done_clip(owner, confidence=0.2)
    factories.done_clip(owner)
    factories.failed_clip(owner)
    found = scraped()
    assert found["sersite_clips_waiting"] == {(): 1}
    assert found["sersite_oldest_waiting_seconds"][()] == pytest.approx(600, abs=30)
    by_outcome = {("done",): 2, ("failed",): 1, ("unfinished",): 1}
    assert found["sersite_hour_clips"] == by_outcome
    assert found["sersite_hour_failures"] == {("audio:user:no-speech",): 1}
    assert found["sersite_day_not_sure_ratio"] == {(): 0.5}
    assert found["sersite_day_no_speech_ratio"][()] == pytest.approx(1 / 3)
    assert found["sersite_check_level"][("queue-age",)] == 2
    assert found["sersite_check_level"][("failed",)] == -1


def test_they_tell_of_models(owner: User, scraped: Scraped) -> None:
    version: ModelVersion = factories.model_version(
        status="champion", alarm_code="bundle:app:missing", alarm_at=timezone.now()
    )
    name = (version.name, version.sha256[:12])
    clip = factories.done_clip(owner)
    clip.predictions.update(model_version=version)
    Clip.objects.filter(pk=clip.pk).update(reviewed_emotion="sad")
    found = scraped()
    assert found["sersite_model_info"] == {name: 1}
    assert found["sersite_model_alarm"] == {name: 1}
    assert found["sersite_day_corrected_ratio"] == {name: 1}
    assert found["sersite_check_level"][("model-alarms",)] == 2


def test_they_tell_of_drift_and_learning(owner: User, scraped: Scraped) -> None:
    emotions = {"confusion": [[0] * 9 for _ in EMOTIONS]}
    emotions["confusion"][2][2] = 500
    bins = [{"confidence": 0.65, "accuracy": 0.7, "n_clips": 500}]
    version = factories.model_version(
        status="champion", scores={"test": {"overall": emotions, "reliability": bins}}
    )
    for _ in range(50):
        clip = factories.done_clip(owner, emotion="angry")
        clip.predictions.update(model_version=version)
    now = timezone.now()
    TrainingRun.objects.create(
        **{"state": "done", "trigger": "admin", "challenger": factories.model_version()},
        data={},
        announced_at=now,
        started_at=now,
        finished_at=now,
    )
    correct_clip(owner, clip, "sad")
    settle(clip, "sad", how=Settlement.How.ADMIN, by=None)
    found = scraped()
    assert found["sersite_day_psi"][("emotions",)] > 1
    assert found["sersite_day_psi"][("confidence",)] < 0.1
    assert found["sersite_last_training_timestamp_seconds"] == {(): pytest.approx(now.timestamp())}
    assert found["sersite_corrections_since_training"] == {(): 1}
    assert found["sersite_settled_since_training"] == {(): 1}
