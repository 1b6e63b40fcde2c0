"""Which clips reviewers get, in which order, and that nobody gets what another one holds."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from recognition.models import Clip, ReviewCase, Settlement, User
from recognition.selectors import reviews
from recognition.selectors.reviews import held_clips, n_waiting, queue
from recognition.services.claims import claim_next, release
from recognition.services.correct import correct_clip
from recognition.services.review import settle
from recognition.tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def willing(owner: User) -> User:
    factories.consent(owner)
    return owner


@pytest.fixture
def second(db: None) -> User:
    return factories.user("second", is_reviewer=True)


def names(reviewer: User) -> list[str]:
    clips = {clip.pk: clip.name for clip in Clip.objects.all()}
    return [clips[pk] for pk in queue(reviewer, n=100)]


def hold(reviewer: User) -> list[UUID]:
    return [clip.pk for clip in claim_next(reviewer)]


def test_it_offers_recognized_clips_of_who_consented(willing: User, reviewer: User) -> None:
    factories.done_clip(willing, name="done")
    factories.clip(willing, name="waits")
    factories.failed_clip(willing, name="failed")
    factories.done_clip(willing, name="deleted", deleted_at=timezone.now())
    factories.done_clip(factories.user("silent"), name="no consent")
    factories.done_clip(reviewer, name="own")
    factories.consent(reviewer)
    assert names(reviewer) == ["done"]


def test_it_leaves_out_people_who_were_blocked(willing: User, reviewer: User) -> None:
    factories.done_clip(willing)
    User.objects.filter(pk=willing.pk).update(is_active=False)
    assert names(reviewer) == []


def test_the_least_sure_comes_first(willing: User, reviewer: User) -> None:
    for confidence in (0.9, 0.3, 0.6):
        factories.done_clip(willing, confidence=confidence, name=str(confidence))
    assert names(reviewer) == ["0.3", "0.6", "0.9"]


def test_a_clip_without_prediction_counts_as_most_uncertain(willing: User, reviewer: User) -> None:
    factories.done_clip(willing, confidence=0.3, name="unsure")
    factories.clip(willing, state=Clip.State.DONE, name="nothing said")
    assert names(reviewer) == ["nothing said", "unsure"]


def test_what_its_owner_heard_otherwise_comes_before_equals(willing: User, reviewer: User) -> None:
    clips = [factories.done_clip(willing, emotion="happy", name=name) for name in "abc"]
    correct_clip(willing, clips[1], "happy")  # the model was right
    correct_clip(willing, clips[2], "sad")
    assert names(reviewer) == ["c", "a", "b"]


def test_what_reviewers_dispute_comes_first(willing: User, reviewer: User) -> None:
    clips = [factories.done_clip(willing, name=name) for name in "ab"]
    ReviewCase.objects.create(clip=clips[1], state="conflict")
    assert names(reviewer) == ["b", "a"]


def test_a_voice_that_is_known_well_comes_later(willing: User, reviewer: User) -> None:
    for _ in range(3):
        settle(factories.done_clip(willing), "sad", how=Settlement.How.ADMIN, by=None)
    other = factories.user("other")
    factories.consent(other)
    factories.done_clip(willing, name="known voice", confidence=0.5)
    factories.done_clip(willing, name="known voice, new emotion", emotion="calm", confidence=0.5)
    factories.done_clip(other, name="new voice", confidence=0.6)
    assert names(reviewer) == ["known voice, new emotion", "new voice", "known voice"]


def test_one_voice_does_not_fill_the_queue(
    willing: User, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reviews, "POOL", 4)
    monkeypatch.setattr(reviews, "MOST_OF_OWNER", 3)
    for _ in range(3):
        settle(factories.done_clip(willing), "sad", how=Settlement.How.ADMIN, by=None)
    for number in range(5):
        factories.done_clip(willing, name=f"known {number}", confidence=0.4)
    other = factories.user("other")
    factories.consent(other)
    factories.done_clip(other, name="new voice", confidence=0.5)
    assert names(reviewer) == ["new voice", "known 0", "known 1", "known 2"]


def test_it_gives_the_clip_and_the_next_and_keeps_them(willing: User, reviewer: User) -> None:
    clips = [factories.done_clip(willing, confidence=it) for it in (0.1, 0.2, 0.3)]
    expected = [clips[0].pk, clips[1].pk]
    assert hold(reviewer) == hold(reviewer) == expected
    factories.done_clip(willing, confidence=0.01)  # comes too late to push in front
    assert hold(reviewer) == expected
    assert n_waiting(reviewer) == 4


def test_nobody_gets_what_another_one_holds(willing: User, reviewer: User, second: User) -> None:
    clips = [factories.done_clip(willing) for _ in range(3)]
    first, other = hold(reviewer), hold(second)
    assert (len(first), len(other)) == (2, 1)
    assert set(first) | set(other) == {clip.pk for clip in clips}
    assert n_waiting(second) == 1


def test_a_claim_runs_out(willing: User, reviewer: User, second: User) -> None:
    clip = factories.done_clip(willing)
    assert hold(reviewer) == [clip.pk]
    assert hold(second) == []
    past = timezone.now() - timedelta(seconds=1)
    ReviewCase.objects.update(claim_expires_at=past)
    assert held_clips(reviewer) == []
    assert hold(second) == [clip.pk]
    assert hold(reviewer) == []


def test_a_claim_lasts_as_long_as_the_setting_says(
    willing: User, reviewer: User, settings: Any
) -> None:
    settings.REVIEW_CLAIM_S = 30
    factories.done_clip(willing)
    claim_next(reviewer)
    left = ReviewCase.objects.get().claim_expires_at - timezone.now()  # type: ignore[operator]
    assert timedelta(seconds=25) < left <= timedelta(seconds=30)


def test_who_leaves_gives_clips_back(willing: User, reviewer: User, second: User) -> None:
    clip = factories.done_clip(willing)
    hold(reviewer)
    assert release(reviewer) == 1
    assert hold(second) == [clip.pk]


def test_what_is_held_goes_when_consent_is_withdrawn(willing: User, reviewer: User) -> None:
    factories.done_clip(willing)
    hold(reviewer)
    User.objects.filter(pk=willing.pk).update(review_consent_at=None)
    assert held_clips(reviewer) == []
    assert hold(reviewer) == []


@pytest.mark.django_db(transaction=True)
def test_many_who_come_at_once_get_clips_of_their_own(owner: User) -> None:
    factories.consent(owner)
    for _ in range(12):
        factories.done_clip(owner)
    reviewers = [factories.user(f"reviewer {n}", is_reviewer=True) for n in range(4)]

    def start(reviewer: User) -> list[UUID]:
        found = hold(reviewer)
        connection.close()
        return found

    with ThreadPoolExecutor(4) as threads:
        taken = [pk for held in threads.map(start, reviewers) for pk in held]
    assert len(taken) == len(set(taken)) == 8
