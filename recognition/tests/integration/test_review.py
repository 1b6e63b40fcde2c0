"""What reviewers say, and what comes of it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from recognition.errors import ReviewError
from recognition.models import Clip, Review, ReviewCase, Settlement, User
from recognition.selectors.reviews import held_clips
from recognition.services.access import record_access
from recognition.services.accounts import delete_account
from recognition.services.claims import claim_next, show_answer
from recognition.services.erase import trash_clips
from recognition.services.labels import ask_for_opinions, reopen_clips
from recognition.services.review import Opinion, give_review, settle, undo_review
from recognition.tests import factories

pytestmark = pytest.mark.django_db

Kind = Review.Kind


@pytest.fixture
def clip(owner: User) -> Clip:
    factories.consent(owner)
    return factories.done_clip(owner, emotion="happy")


@pytest.fixture
def second(db: None) -> User:
    return factories.user("second", is_reviewer=True)


@pytest.fixture
def senior(db: None) -> User:
    return factories.user("senior", is_reviewer=True, is_senior_reviewer=True)


def say(reviewer: User, clip: Clip, emotion: str, *, is_blind: bool = True) -> Review:
    return give_review(reviewer, clip.pk, Opinion(Kind.HEARD, emotion, is_blind=is_blind))


def wants(clip: Clip, n: int) -> None:
    ReviewCase.objects.update_or_create(clip=clip, defaults={"n_wanted": n})


def now_of(clip: Clip) -> tuple[str, str]:
    clip.refresh_from_db()
    return ReviewCase.objects.get(clip=clip).state, clip.reviewed_emotion


def steps(clip: Clip) -> list[tuple[str, str]]:
    return list(clip.settlements.values_list("emotion", "how").order_by("pk"))


def refusal(reviewer: User, clip: Clip, opinion: Opinion) -> str:
    n_reviews = Review.objects.count()
    with pytest.raises(ReviewError) as caught:
        give_review(reviewer, clip.pk, opinion)
    assert Review.objects.count() == n_reviews
    return caught.value.code


def test_one_opinion_settles_a_clip_that_needs_one(clip: Clip, reviewer: User) -> None:
    claim_next(reviewer)
    review = say(reviewer, clip, "sad")
    assert now_of(clip) == ("settled", "sad")
    assert steps(clip) == [("sad", "agreed")]
    settlement = clip.settlements.get()
    assert (settlement.by, settlement.shares) == (reviewer, {"sad": 1.0})
    assert (review.reviewer_name, review.was_blind, review.was_senior) == ("reviewer", True, False)
    assert clip.emotion == "happy"
    assert clip.predictions.get().emotion == "happy"
    assert claim_next(reviewer) == []


def test_a_clip_can_need_several_opinions(
    clip: Clip, reviewer: User, second: User, settings: Any
) -> None:
    settings.REVIEW_OPINIONS = 2
    claim_next(reviewer)
    say(reviewer, clip, "sad")
    assert now_of(clip) == ("open", "")
    assert claim_next(reviewer) == []  # not twice to the same person
    assert claim_next(second) == [clip]
    say(second, clip, "sad")
    assert now_of(clip) == ("settled", "sad")


def test_who_disagrees_makes_a_conflict_that_a_majority_resolves(
    clip: Clip, reviewer: User, second: User
) -> None:
    wants(clip, 2)
    say(reviewer, clip, "sad")
    say(second, clip, "calm")
    assert now_of(clip) == ("conflict", "")
    third = factories.user("third", is_reviewer=True)
    assert claim_next(third) == [clip]
    say(third, clip, "calm")
    assert now_of(clip) == ("settled", "calm")
    assert steps(clip) == [("calm", "majority")]
    assert clip.settlements.get().shares == {"calm": 0.666667, "sad": 0.333333}


def test_a_senior_reviewer_decides_a_conflict(
    clip: Clip, reviewer: User, second: User, senior: User
) -> None:
    wants(clip, 2)
    say(reviewer, clip, "sad")
    say(second, clip, "calm")
    review = say(senior, clip, "neutral")
    assert now_of(clip) == ("settled", "neutral")
    assert (steps(clip), review.was_senior) == ([("neutral", "senior")], True)


def test_bad_audio_sets_a_clip_aside(clip: Clip, reviewer: User, second: User) -> None:
    give_review(reviewer, clip.pk, Opinion(Kind.BAD_AUDIO))
    assert now_of(clip) == ("unusable", "")
    assert claim_next(second) == []


def test_a_skip_needs_a_reason_and_leaves_the_clip_to_others(
    clip: Clip, reviewer: User, second: User
) -> None:
    assert refusal(reviewer, clip, Opinion(Kind.SKIPPED, reason=" ")) == "review:user:no-reason"
    give_review(reviewer, clip.pk, Opinion(Kind.SKIPPED, reason="two voices"))
    assert now_of(clip) == ("open", "")
    assert claim_next(reviewer) == []
    assert claim_next(second) == [clip]


def test_undo_takes_it_back_and_gives_the_clip_again(clip: Clip, reviewer: User) -> None:
    claim_next(reviewer)
    say(reviewer, clip, "sad")
    undone = undo_review(reviewer)
    assert undone.emotion == "sad"
    assert Review.objects.get().undone_at is not None
    assert now_of(clip) == ("open", "")
    assert steps(clip) == [("sad", "agreed"), ("", "reopened")]
    assert held_clips(reviewer) == [clip]
    say(reviewer, clip, "calm")
    assert now_of(clip) == ("settled", "calm")
    assert Review.objects.count() == 2


def test_undo_goes_back_step_by_step_and_then_says_that_there_is_nothing(
    clip: Clip, reviewer: User, owner: User
) -> None:
    other = factories.done_clip(owner)
    say(reviewer, clip, "sad")
    say(reviewer, other, "calm")
    assert [undo_review(reviewer).clip for _ in range(2)] == [other, clip]
    with pytest.raises(ReviewError, match="review:user:nothing-to-undo"):
        undo_review(reviewer)


def test_undo_of_a_deciding_opinion_brings_the_conflict_back(
    clip: Clip, reviewer: User, second: User, senior: User
) -> None:
    wants(clip, 2)
    say(reviewer, clip, "sad")
    say(second, clip, "calm")
    say(senior, clip, "sad")
    undo_review(senior)
    assert now_of(clip) == ("conflict", "")


def test_undo_does_not_open_what_an_administrator_set(
    clip: Clip, reviewer: User, administrator: User
) -> None:
    say(reviewer, clip, "sad")
    settle(clip, "angry", how=Settlement.How.ADMIN, by=administrator)
    undo_review(reviewer)
    assert now_of(clip) == ("settled", "angry")
    assert held_clips(reviewer) == []


def test_what_was_said_before_an_administrator_opened_it_settles_nothing(
    clip: Clip, reviewer: User, second: User, administrator: User
) -> None:
    say(reviewer, clip, "sad")
    reopen_clips(Clip.objects.all(), by=administrator)
    give_review(second, clip.pk, Opinion(Kind.SKIPPED, reason="two voices"))
    assert now_of(clip) == ("open", "")
    undo_review(second)
    ask_for_opinions(Clip.objects.all(), 2, by=administrator)
    assert now_of(clip) == ("open", "")
    say(second, clip, "calm")
    assert now_of(clip) == ("open", "")
    assert claim_next(reviewer) == [clip]  # may say it anew
    say(reviewer, clip, "calm")
    assert now_of(clip) == ("settled", "calm")
    assert clip.settlements.latest("pk").shares == {"calm": 1.0}


def test_more_opinions_open_what_fewer_settled_and_keep_what_was_said(
    clip: Clip, reviewer: User, second: User, administrator: User
) -> None:
    say(reviewer, clip, "sad")
    ask_for_opinions(Clip.objects.all(), 2, by=administrator)
    assert now_of(clip) == ("open", "")
    assert claim_next(reviewer) == []
    say(second, clip, "sad")
    assert now_of(clip) == ("settled", "sad")


def test_fewer_opinions_settle_nothing_by_themselves(
    clip: Clip, reviewer: User, second: User, administrator: User
) -> None:
    wants(clip, 3)
    say(reviewer, clip, "sad")
    say(second, clip, "sad")
    ask_for_opinions(Clip.objects.all(), 2, by=administrator)
    assert now_of(clip) == ("open", "")


def test_asking_for_opinions_opens_what_an_administrator_set(
    clip: Clip, reviewer: User, administrator: User
) -> None:
    wants(clip, 2)
    settle(clip, "angry", how=Settlement.How.ADMIN, by=administrator)
    assert ask_for_opinions(Clip.objects.all(), 2, by=administrator).clips == [clip]
    assert now_of(clip) == ("open", "")
    assert claim_next(reviewer) == [clip]


def test_bad_audio_can_be_opened_again(clip: Clip, reviewer: User, administrator: User) -> None:
    give_review(reviewer, clip.pk, Opinion(Kind.BAD_AUDIO))
    assert reopen_clips(Clip.objects.all(), by=administrator).clips == [clip]
    assert now_of(clip) == ("open", "")
    assert claim_next(reviewer) == [clip]


def test_undo_works_when_the_clip_was_deleted(clip: Clip, reviewer: User) -> None:
    say(reviewer, clip, "sad")
    trash_clips(Clip.objects.all())
    undo_review(reviewer)
    assert Review.objects.get().undone_at is not None
    assert held_clips(reviewer) == []


def test_consent_withdrawn_while_a_clip_is_reviewed_keeps_nothing(
    clip: Clip, reviewer: User, owner: User
) -> None:
    claim_next(reviewer)
    User.objects.filter(pk=owner.pk).update(review_consent_at=None)
    assert refusal(reviewer, clip, Opinion(Kind.HEARD, "sad")) == "review:user:withdrawn"
    assert now_of(clip) == ("open", "")


def test_a_clip_deleted_while_it_is_reviewed_keeps_nothing(clip: Clip, reviewer: User) -> None:
    claim_next(reviewer)
    trash_clips(Clip.objects.all())
    assert refusal(reviewer, clip, Opinion(Kind.HEARD, "sad")) == "review:user:withdrawn"


def test_nobody_reviews_an_own_clip(owner: User, clip: Clip) -> None:
    User.objects.filter(pk=owner.pk).update(is_reviewer=True)
    assert refusal(owner, clip, Opinion(Kind.HEARD, "sad")) == "review:user:withdrawn"


def test_what_another_one_holds_is_refused_and_a_lapsed_claim_is_not(
    clip: Clip, reviewer: User, second: User
) -> None:
    claim_next(reviewer)
    assert refusal(second, clip, Opinion(Kind.HEARD, "sad")) == "review:user:not-held"
    record_access(second, clip, "review")  # it was given to them before
    assert refusal(second, clip, Opinion(Kind.HEARD, "sad")) == "review:user:claimed"
    ReviewCase.objects.update(claim_expires_at=timezone.now() - timedelta(hours=1))
    say(reviewer, clip, "sad")  # late, but nobody else took it
    assert now_of(clip) == ("settled", "sad")


def test_saying_it_twice_is_one_opinion(clip: Clip, reviewer: User) -> None:
    wants(clip, 2)
    say(reviewer, clip, "sad")
    assert refusal(reviewer, clip, Opinion(Kind.HEARD, "sad")) == "review:user:twice"
    wants(clip, 1)
    settle(clip, "sad", how=Settlement.How.ADMIN, by=None)
    assert refusal(reviewer, clip, Opinion(Kind.HEARD, "sad")) == "review:user:settled"


@pytest.mark.parametrize("wrong", ["", "bored", "x" * 999])
def test_it_refuses_what_is_no_emotion(clip: Clip, reviewer: User, wrong: str) -> None:
    assert refusal(reviewer, clip, Opinion(Kind.HEARD, wrong)) == "review:user:emotion"


def test_it_refuses_a_clip_that_never_was(reviewer: User) -> None:
    with pytest.raises(ReviewError, match="review:user:withdrawn"):
        give_review(reviewer, uuid4(), Opinion(Kind.HEARD, "sad"))


@pytest.mark.parametrize(
    ("chosen", "said", "was_blind"),
    [("sad", "sad", True), ("sad", "calm", False), ("", "sad", False)],
)
def test_it_knows_who_chose_before_the_answer_was_shown(
    clip: Clip, reviewer: User, chosen: str, said: str, was_blind: bool
) -> None:
    claim_next(reviewer)
    assert show_answer(reviewer, clip.pk, chosen)
    show_answer(reviewer, clip.pk, said)  # a second look changes nothing
    assert say(reviewer, clip, said).was_blind == was_blind


def test_who_works_without_blind_mode_is_not_blind(clip: Clip, reviewer: User) -> None:
    assert not say(reviewer, clip, "sad", is_blind=False).was_blind


def test_a_second_try_after_undo_is_blind_only_if_it_says_the_same(
    clip: Clip, reviewer: User
) -> None:
    for said, was_blind in (("sad", True), ("sad", True), ("calm", False)):
        claim_next(reviewer)
        assert say(reviewer, clip, said).was_blind == was_blind
        undo_review(reviewer)


def test_the_answer_is_not_shown_to_who_does_not_hold_the_clip(
    clip: Clip, reviewer: User, second: User
) -> None:
    claim_next(reviewer)
    assert not show_answer(second, clip.pk, "sad")
    User.objects.update(review_consent_at=None)
    assert not show_answer(reviewer, clip.pk, "sad")


def test_what_a_reviewer_said_outlives_the_account(clip: Clip, reviewer: User) -> None:
    say(reviewer, clip, "sad")
    delete_account(reviewer)
    review, settlement = Review.objects.get(), clip.settlements.get()
    assert (review.reviewer, review.reviewer_name) == (None, "reviewer")
    assert (settlement.by, settlement.by_name) == (None, "reviewer")
    assert now_of(clip) == ("settled", "sad")


def test_a_claim_ends_with_the_account_that_held_it(
    clip: Clip, reviewer: User, second: User
) -> None:
    claim_next(reviewer)
    delete_account(reviewer)
    assert claim_next(second) == [clip]


def test_nothing_is_left_of_an_owner_who_goes(clip: Clip, reviewer: User, owner: User) -> None:
    say(reviewer, clip, "sad")
    delete_account(owner)
    counts = [model.objects.count() for model in (Review, ReviewCase, Settlement)]
    assert counts == [0, 0, 0]
