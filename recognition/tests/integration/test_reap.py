"""The reaper: what waits too long is announced again, what broke off too often is explained."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from recognition.jobs import reap
from recognition.jobs.reap import reap_clips, reap_explanations
from recognition.models import Clip, Explanation, User
from recognition.tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def limits(settings: Any) -> None:
    settings.RECOGNIZE_TIME_LIMIT_S = 120
    settings.REAP_QUEUED_AFTER_S = 60
    settings.MAX_ATTEMPTS = 3


def seconds_ago(seconds: float) -> Any:
    return timezone.now() - timedelta(seconds=seconds)


def test_it_announces_a_clip_that_waits_too_long_once_a_period(owner: User) -> None:
    clip = factories.clip(owner, announced_at=seconds_ago(61))
    assert reap_clips() == [clip.pk]
    assert reap_clips() == []  # run twice: told once


def test_it_leaves_a_clip_that_was_just_announced(owner: User) -> None:
    factories.clip(owner, announced_at=seconds_ago(59))
    assert reap_clips() == []


def test_it_brings_back_what_a_killed_worker_held(owner: User) -> None:
    clip = factories.clip(owner, state="running", attempts=1, started_at=seconds_ago(141))
    Clip.objects.update(created_at=seconds_ago(145))
    assert reap_clips() == [clip.pk]
    clip.refresh_from_db()
    assert (clip.state, clip.attempts, clip.started_at) == ("queued", 1, None)


def test_it_leaves_what_a_worker_may_still_hold(owner: User) -> None:
    factories.clip(owner, state="running", attempts=1, started_at=seconds_ago(139))
    assert reap_clips() == []
    assert Clip.objects.get().state == "running"


def test_it_gives_up_with_an_explanation_after_the_last_attempt(owner: User) -> None:
    clip = factories.clip(owner, state="running", attempts=3, started_at=seconds_ago(141))
    assert reap_clips() == []
    clip.refresh_from_db()
    assert clip.state == "quarantined"
    assert clip.error_code == "recognition:app:gave-up"
    assert clip.error_details == {"attempts": 3}
    assert clip.finished_at


@pytest.mark.parametrize("make", [factories.done_clip, factories.failed_clip])
def test_it_never_touches_what_is_final(owner: User, make: Any) -> None:
    clip = make(owner)
    Clip.objects.update(announced_at=seconds_ago(10_000), created_at=seconds_ago(10_000))
    before = Clip.objects.values().get()
    assert reap_clips() == []
    assert Clip.objects.values().get(pk=clip.pk) == before


def test_it_announces_a_bounded_number_a_turn_the_longest_waiting_first(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reap, "MOST_A_TURN", 2)
    clips = [factories.clip(owner, announced_at=seconds_ago(age)) for age in (100, 300, 200)]
    assert reap_clips() == [clips[1].pk, clips[2].pk]
    assert reap_clips() == [clips[0].pk]


def test_it_announces_a_waiting_explanation_once_a_period(owner: User) -> None:
    waiting = factories.explanation(factories.done_clip(owner), announced_at=seconds_ago(61))
    factories.explanation(factories.done_clip(owner), announced_at=seconds_ago(59))
    assert reap_explanations() == [waiting.pk]
    assert reap_explanations() == []


def test_it_brings_back_the_explanation_that_a_killed_worker_held(owner: User) -> None:
    held = factories.explanation(factories.done_clip(owner), state="running", attempts=1)
    factories.explanation(factories.done_clip(owner), state="running", attempts=1)
    long_ago = {"started_at": seconds_ago(141), "created_at": seconds_ago(145)}
    Explanation.objects.filter(pk=held.pk).update(**long_ago)
    assert reap_explanations() == [held.pk]
    held.refresh_from_db()
    assert (held.state, held.attempts, held.started_at) == ("queued", 1, None)


def test_it_gives_an_explanation_up_after_the_last_attempt(owner: User) -> None:
    held = factories.explanation(factories.done_clip(owner), state="running", attempts=3)
    Explanation.objects.update(started_at=seconds_ago(141))
    assert reap_explanations() == []
    held.refresh_from_db()
    assert (held.state, held.error_code) == ("failed", "explanation:app:gave-up")
    assert held.error_details == {"attempts": 3}


def test_it_never_touches_an_explanation_that_is_final(owner: User) -> None:
    factories.explanation(factories.done_clip(owner), state="done", data={})
    Explanation.objects.update(announced_at=seconds_ago(10_000), created_at=seconds_ago(10_000))
    before = Explanation.objects.values().get()
    assert reap_explanations() == []
    assert Explanation.objects.values().get() == before
