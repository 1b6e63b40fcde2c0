"""The agreement of reviewers: measured by a worker, shown to reviewers, conflicts resolved."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from recognition import tasks
from recognition.jobs.agreement import measure_agreement
from recognition.jobs.reap import reap_agreements
from recognition.models import Agreement, Clip, Review, ReviewCase, Settlement, User
from recognition.services.accounts import delete_account
from recognition.services.agreement import request_agreement
from recognition.services.erase import trash_clips
from recognition.services.review import Opinion, give_review, settle, undo_review
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
PLACE = "/review/agreement/"


@pytest.fixture(autouse=True)
def announced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    ids: list[int] = []
    monkeypatch.setattr(tasks, "announce_agreements", ids.extend)
    return ids


@pytest.fixture
def second(db: None) -> User:
    return factories.user("second", is_reviewer=True)


@pytest.fixture
def clips(owner: User) -> list[Clip]:
    """Three that need two opinions each."""
    factories.consent(owner)
    clips = [factories.done_clip(owner, name=f"secret {i}") for i in range(3)]
    for clip in clips:
        ReviewCase.objects.create(clip=clip, n_wanted=2)
    return clips


def say(reviewer: User, clips: list[Clip], words: str) -> None:
    for clip, emotion in zip(clips, words.split(), strict=True):
        give_review(reviewer, clip.pk, Opinion(Review.Kind.HEARD, emotion))


def measured() -> dict[str, Any]:
    agreement = request_agreement()
    measure_agreement(agreement.pk)
    agreement.refresh_from_db()
    assert agreement.data is not None
    return dict(agreement.data)


def test_it_is_measured_from_what_stands(clips: list[Clip], reviewer: User, second: User) -> None:
    say(reviewer, clips, "sad calm happy")
    say(second, clips, "sad calm angry")
    report = measured()
    assert (report["n_opinions"], report["n_shared"]) == (6, 3)
    assert report["pairs"][0]["kappa"] == pytest.approx(4 / 7, abs=1e-4)
    undo_review(second)
    assert measured()["n_opinions"] == 5
    trash_clips(Clip.objects.filter(pk=clips[0].pk))
    say(second, clips[2:], "angry")
    assert measured()["n_opinions"] == 4


def test_only_independent_opinions_are_measured(
    clips: list[Clip], reviewer: User, second: User
) -> None:
    say(reviewer, clips, "sad calm happy")
    seen = Opinion(Review.Kind.HEARD, "sad", is_blind=False)
    give_review(second, clips[0].pk, seen)
    say(second, clips[1:], "calm happy")
    report = measured()
    assert (report["n_opinions"], report["n_shared"]) == (5, 2)


def test_it_keeps_the_name_of_who_is_gone(clips: list[Clip], reviewer: User, second: User) -> None:
    say(reviewer, clips, "sad calm happy")
    say(second, clips, "sad calm angry")
    delete_account(second)
    assert {row["name"] for row in measured()["reviewers"]} == {"reviewer", "second †"}


def test_it_is_asked_for_once_for_each_state(
    clips: list[Clip],
    reviewer: User,
    announced: list[int],
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        first = request_agreement()
        assert request_agreement() == first
    assert announced == [first.pk]
    measure_agreement(first.pk)
    say(reviewer, clips[:1], "sad")
    assert request_agreement() != first
    settle(clips[1], "sad", how=Settlement.How.ADMIN, by=None)
    measured()
    assert Agreement.objects.count() == 1  # old ones go


def test_a_lost_one_is_brought_back_and_given_up_in_the_end() -> None:
    agreement = request_agreement()
    hours_ago = timezone.now() - timedelta(hours=2)
    Agreement.objects.update(announced_at=hours_ago)
    assert reap_agreements() == [agreement.pk]
    Agreement.objects.update(state="running", started_at=hours_ago, attempts=9)
    reap_agreements()
    agreement.refresh_from_db()
    assert (agreement.state, agreement.error_code) == ("failed", "agreement:app:gave-up")


def test_a_reviewer_asks_and_reads(
    clips: list[Clip], reviewer: User, second: User, signed_in: SignIn
) -> None:
    client = signed_in(reviewer)
    assert "Nothing has been measured yet." in client.get(PLACE).content.decode()
    say(reviewer, clips, "sad calm happy")
    say(second, clips, "sad calm angry")
    assert "Measuring…" in client.post(PLACE, follow=True).content.decode()
    measure_agreement(Agreement.objects.get().pk)
    text = client.get(PLACE).content.decode()
    assert "0.57" in text
    assert "few clips" in text  # no conclusion is drawn from three
    assert "Nothing was said since then." in text
    undo_review(second)
    assert "Measure again" in client.get(PLACE).content.decode()


def test_a_conflict_is_decided_from_its_list(
    clips: list[Clip], reviewer: User, second: User, signed_in: SignIn
) -> None:
    say(reviewer, clips, "sad calm happy")
    say(second, clips, "sad calm angry")
    text = signed_in(reviewer).get(PLACE).content.decode()
    assert "<strong>second:</strong> angry" in text
    assert "secret" not in text
    assert "Decide" not in text
    senior = factories.user("senior", is_reviewer=True, is_senior_reviewer=True)
    client = signed_in(senior)
    text = client.get(PLACE).content.decode()
    assert "Decide" in text
    assert "angry" not in text.split("agreement-conflicts")[1]  # it would sway
    assert f"/clips/{clips[2].pk}/" not in text
    client.post("/review/start/", {"clip": str(clips[2].pk)})
    client.post(f"/review/{clips[2].pk}/", {"kind": "heard", "emotion": "neutral"})
    clips[2].refresh_from_db()
    assert clips[2].reviewed_emotion == "neutral"
    assert "Nowhere at the moment." in client.get(PLACE).content.decode()


def test_a_failure_is_told_and_can_be_tried_again(reviewer: User, signed_in: SignIn) -> None:
    request_agreement()
    now, code = timezone.now(), "agreement:app:gave-up"
    Agreement.objects.update(
        state="failed", finished_at=now, error_code=code, error_details={"attempts": 3}
    )
    client = signed_in(reviewer)
    assert "broken off 3 times" in client.get(PLACE).content.decode()
    assert "Measuring…" in client.post(PLACE, follow=True).content.decode()
