"""How the site does: what its staff sees, and where a figure turns red."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from mlcore.labels import EMOTIONS
from recognition.models import Clip, ModelVersion, Prediction, TrainingRun, User
from recognition.presentation.monitoring import bars_of, checks_of, state_of_the_site
from recognition.selectors import monitoring as selectors
from recognition.selectors.drift import drift_of
from recognition.services.correct import correct_clip
from recognition.services.submit import retry_clip
from recognition.tests import factories

pytestmark = pytest.mark.django_db

PAGES = ["/monitoring/", "/metrics", "/models/registry/", "/models/shadow/"]


@pytest.fixture
def champion() -> ModelVersion:
    return factories.model_version(status="champion", name="serving")


def heard(owner: User, version: ModelVersion, emotion: str = "happy", **fields: Any) -> Clip:
    """As if the worker had needed 2 s after a wait of 3 s."""
    confidence = fields.pop("confidence", 0.65)
    clip = factories.clip(
        owner,
        state=Clip.State.DONE,
        emotion=emotion,
        confidence=confidence,
        is_sure=confidence >= version.not_sure_below,
        **fields,
    )
    now = timezone.now()
    clip.queued_at, clip.started_at = now - timedelta(seconds=5), now - timedelta(seconds=2)
    clip.finished_at = now
    clip.save()
    Prediction.objects.create(
        clip=clip,
        model_version=version,
        emotion=emotion,
        confidence=confidence,
        posteriors=factories.posteriors(emotion, confidence),
        processing_ms=12.5,
    )
    return clip


def levels(hours: int = 24) -> dict[str, str]:
    return {check.slug: check.level for check in checks_of(state_of_the_site(hours))}


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("person", ["owner", "reviewer", "stranger"])
def test_it_is_for_staff_only(
    request: pytest.FixtureRequest,
    signed_in: Callable[[User], Client],
    person: str,
    address: str,
) -> None:
    assert signed_in(request.getfixturevalue(person)).get(address).status_code == 404
    assert Client().get(address).status_code in (302, 404)
    staff = factories.user("staff", is_staff=True)
    assert signed_in(staff).get(address).status_code == 200


def test_it_has_a_page_before_anything_happened(
    administrator: User, signed_in: Callable[[User], Client]
) -> None:
    page = signed_in(administrator).get("/monitoring/").content.decode()
    assert "No clip was handed in during this time" in page
    assert "act now" not in page


def test_it_counts_what_became_of_clips(owner: User, champion: ModelVersion) -> None:
    heard(owner, champion)
    heard(owner, champion, confidence=0.2)
    factories.failed_clip(owner)
    factories.clip(owner)
    factories.days_ago(heard(owner, champion), 3)
    found = selectors.outcomes(selectors.hours_ago(24))
    assert (found.n_clips, found.n_done, found.n_failed) == (4, 2, 1)
    assert (found.n_no_speech, found.n_not_sure) == (1, 1)
    assert found.wait_s == pytest.approx(3, abs=0.1)
    assert found.slow_work_s == pytest.approx(2, abs=0.1)
    assert selectors.outcomes(selectors.hours_ago(24 * 7)).n_clips == 5


def test_it_draws_every_hour_and_every_day(owner: User, champion: ModelVersion) -> None:
    heard(owner, champion)
    factories.days_ago(factories.failed_clip(owner), 2)
    hours, days = bars_of(24), bars_of(168)
    assert len(hours) == 24
    assert [bar.n_clips for bar in hours] == [0] * 23 + [1]
    assert [bar.n_failed for bar in days] == [0, 0, 0, 0, 1, 0, 0]
    assert days[-1].n_done == 1


def test_a_clip_that_waits_too_long_turns_red(owner: User) -> None:
    clip = factories.clip(owner)
    assert levels()["queue-age"] == "good"
    for seconds, level in ((100, "watch"), (1000, "alarm")):
        queued_at = timezone.now() - timedelta(seconds=seconds)
        Clip.objects.filter(pk=clip.pk).update(queued_at=queued_at)
        assert levels()["queue-age"] == level


def test_a_clip_tried_again_has_not_waited_since_it_came(owner: User) -> None:
    clip = factories.days_ago(factories.failed_clip(owner), 5)
    Clip.objects.filter(pk=clip.pk).update(queued_at=clip.created_at)
    retry_clip(clip)
    assert selectors.queue().n_waiting == 1
    assert selectors.queue().oldest_s < 60


def test_too_many_clips_without_a_result_turn_red(owner: User, champion: ModelVersion) -> None:
    for _ in range(14):
        heard(owner, champion)
    for _ in range(5):
        factories.failed_clip(owner)
    assert levels()["failed"] == levels()["no-speech"] == "unknown"
    factories.failed_clip(owner)
    found = levels()
    assert (found["failed"], found["no-speech"], found["our-fault"]) == ("alarm", "alarm", "good")
    Clip.objects.filter(state="failed").update(error_code="recognition:app:gave-up")
    found = levels()
    assert (found["no-speech"], found["our-fault"]) == ("good", "alarm")


def test_it_says_why_there_is_no_result(
    administrator: User, owner: User, signed_in: Callable[[User], Client]
) -> None:
    factories.failed_clip(owner)
    assert "audio:user:no-speech" in signed_in(administrator).get("/monitoring/").content.decode()


def test_many_unsure_results_turn_red(owner: User, champion: ModelVersion) -> None:
    for number in range(20):
        heard(owner, champion, confidence=0.3 if number < 13 else 0.8)
    assert levels()["not-sure"] == "alarm"


def test_the_correction_rate_is_by_version(owner: User, champion: ModelVersion) -> None:
    old = factories.model_version(name="old")
    for clip in [heard(owner, old) for _ in range(20)][:15]:
        correct_clip(owner, clip, "sad")
    clips = [heard(owner, champion) for _ in range(20)]
    correct_clip(owner, clips[0], "sad")
    correct_clip(owner, clips[1], "happy")
    Clip.objects.filter(pk=clips[2].pk).update(reviewed_emotion="angry")
    correct_clip(owner, clips[3], "sad")
    Clip.objects.filter(pk=clips[3].pk).update(reviewed_emotion="happy")
    uses = {it.name: it for it in selectors.version_uses(selectors.hours_ago(24))}
    assert (uses["old"].n_clips, uses["old"].n_judged, uses["old"].n_wrong) == (20, 15, 15)
    assert (uses["serving"].n_judged, uses["serving"].n_wrong) == (4, 2)
    assert levels()["corrected"] == "watch"


def scores(**n_by_emotion: int) -> dict[str, Any]:
    """As a report stores them: all with a confidence of about 0.65."""
    confusion = [[n_by_emotion.get(e, 0) if e == row else 0 for e in EMOTIONS] for row in EMOTIONS]
    reliability = [
        {"confidence": 0.65, "accuracy": 0.7, "n_clips": sum(n_by_emotion.values())},
    ]
    overall = {"confusion": [[*row, 0] for row in confusion]}
    return {"cross_validation": {"overall": overall, "reliability": reliability}}


def test_emotions_are_measured_against_the_training_distribution(
    owner: User, champion: ModelVersion
) -> None:
    champion.scores = scores(happy=500, sad=500)
    champion.save()
    for number in range(60):
        heard(owner, champion, "happy" if number % 2 else "sad")
    found = drift_of(champion, selectors.hours_ago(24))
    assert found.is_measured
    assert found.emotions.psi == pytest.approx(0, abs=0.01)
    assert levels()["psi-emotions"] == levels()["psi-confidence"] == "good"
    for _ in range(200):
        heard(owner, champion, "angry", confidence=0.95)
    found = drift_of(champion, selectors.hours_ago(24))
    assert found.emotions.observed[EMOTIONS.index("angry")] == 200
    assert levels()["psi-emotions"] == levels()["psi-confidence"] == "alarm"


def test_a_small_gold_set_does_not_stand_for_the_training_distribution(
    owner: User, champion: ModelVersion
) -> None:
    """It is the first set that has enough clips."""
    few, many = (scores(**it)["cross_validation"] for it in ({"sad": 9}, {"happy": 500}))
    champion.scores = {
        "test": few,
        "validation": {"overall": {"uar": 0.5}},
        "cross_validation": many,
    }
    champion.save()
    for _ in range(60):
        heard(owner, champion, "happy")
    found = drift_of(champion, selectors.hours_ago(24))
    assert found.emotions.expected == [500 if e == "happy" else 0 for e in EMOTIONS]
    assert levels()["psi-emotions"] == "good"


def test_a_few_clips_say_nothing_of_drift(owner: User, champion: ModelVersion) -> None:
    champion.scores = scores(happy=500, sad=500)
    champion.save()
    for _ in range(49):
        heard(owner, champion, "angry")
    assert levels()["psi-emotions"] == "unknown"


def test_the_first_clips_stand_in_for_missing_figures(
    owner: User, champion: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recognition.selectors.drift.N_FIRST", 60)
    for _ in range(60):
        heard(owner, champion, "happy")
    assert levels()["psi-emotions"] == "unknown"
    for _ in range(60):
        heard(owner, champion, "sad")
    found = drift_of(champion, selectors.hours_ago(24))
    assert not found.is_measured
    assert (sum(found.emotions.expected), sum(found.emotions.observed)) == (60, 60)
    assert levels()["psi-emotions"] == "alarm"


def test_only_the_serving_version_is_measured(owner: User, champion: ModelVersion) -> None:
    other = factories.model_version()
    for _ in range(60):
        heard(owner, other, "angry")
    assert sum(drift_of(champion, selectors.hours_ago(24)).emotions.observed) == 0


def training(**fields: Any) -> TrainingRun:
    now = timezone.now()
    ends = {"started_at": now, "finished_at": now}
    defaults: dict[str, Any] = {"state": "done", "data": {}, "trigger": "admin"}
    return TrainingRun.objects.create(**defaults | ends | {"announced_at": now} | fields)


def test_it_tells_when_was_trained_and_what_was_corrected_since(
    administrator: User, owner: User, champion: ModelVersion, signed_in: Callable[[User], Client]
) -> None:
    before, after = heard(owner, champion), heard(owner, champion)
    correct_clip(owner, before, "sad")
    run = training(challenger=factories.model_version(status="challenger"))
    training(data={"outcome": "nothing-new"})
    correct_clip(owner, after, "sad")
    correct_clip(owner, after, "angry")
    found = selectors.training()
    assert (found.last_done, found.n_corrections) == (run, 1)
    assert levels()["training"] == "good"
    training(state="failed", data=None, error_code="retrain:app:disk")
    assert levels()["training"] == "watch"
    page = signed_in(administrator).get("/monitoring/").content.decode()
    assert "retrain:app:disk" in page
    assert "Throughput: 0.0 results an hour" in page
    assert "1 clip<" in page


def test_a_broken_version_raises_an_alarm_on_the_page(
    administrator: User, champion: ModelVersion, signed_in: Callable[[User], Client]
) -> None:
    champion.alarm_code, champion.alarm_at = "bundle:app:corrupt", timezone.now()
    champion.save()
    page = signed_in(administrator).get("/monitoring/").content.decode()
    assert "the files of the model serving can’t be opened (bundle:app:corrupt)" in page
    assert levels()["model-alarms"] == "alarm"


def test_a_level_has_a_word_and_a_shape(
    administrator: User, owner: User, signed_in: Callable[[User], Client]
) -> None:
    clip = factories.clip(owner)
    Clip.objects.filter(pk=clip.pk).update(queued_at=timezone.now() - timedelta(hours=1))
    page = signed_in(administrator).get("/monitoring/").content.decode()
    entry = page[page.index('id="check-queue-age"') :][:900]
    assert "act now" in entry
    assert "<svg" in entry
    assert page.index("check-queue-age") < page.index("check-training")


@pytest.mark.parametrize("hours", ["24", "168", "720", "5", "x", "", "99999999999"])
def test_any_window_has_a_page(
    administrator: User, signed_in: Callable[[User], Client], hours: str
) -> None:
    response = signed_in(administrator).get("/monitoring/", {"hours": hours})
    assert response.status_code == 200
    assert response.context["hours"] == (int(hours) if hours in ("24", "168", "720") else 168)


def test_it_needs_no_more_queries_for_more_clips(
    administrator: User,
    owner: User,
    champion: ModelVersion,
    signed_in: Callable[[User], Client],
    django_assert_max_num_queries: Any,
) -> None:
    for _ in range(10):
        heard(owner, champion)
    client = signed_in(administrator)
    with django_assert_max_num_queries(24):
        client.get("/monitoring/")


@pytest.mark.parametrize(
    ("status", "share", "is_alarming"),
    [
        ("champion", 0, True),
        ("challenger", 0.5, True),
        ("challenger", 0, False),
        ("retired", 0, False),
    ],
)
def test_only_versions_in_use_alarm(status: str, share: float, *, is_alarming: bool) -> None:
    """Nobody opens the others, so that nothing could end the alarm."""
    version = factories.model_version(
        status=status,
        shadow_share=share,
        alarm_code="bundle:app:corrupt",
        alarm_at=timezone.now(),
    )
    assert list(selectors.alarms()) == ([version] if is_alarming else [])


def test_a_failed_training_is_past_when_one_ended_well(champion: ModelVersion) -> None:
    """Also where there was nothing new to learn."""
    training(state="failed", data=None, error_code="retrain:app:disk")
    assert levels()["training"] == "watch"
    training(data={"outcome": "nothing-new"})
    assert levels()["training"] == "good"
    training(state="failed", data=None, error_code="retrain:app:disk")
    assert levels()["training"] == "watch"


def test_a_schedule_that_finds_nothing_to_learn_is_in_order() -> None:
    failed = {"state": "failed", "data": None, "error_code": "retrain:user:no-examples"}
    training(trigger="schedule", **failed)
    assert levels()["training"] == "good"
    training(trigger="command", **failed)
    assert levels()["training"] == "watch"
