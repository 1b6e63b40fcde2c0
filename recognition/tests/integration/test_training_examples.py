"""Which clips teach and which judge: consent decides, and nobody is on both sides."""

import pytest
from django.utils import timezone

from recognition.models import Clip, Review, ReviewCase, Settlement, User
from recognition.selectors.training import (
    gold_examples,
    is_gold_owner,
    still_allowed,
    training_examples,
    withdrawn_since,
)
from recognition.services.accounts import delete_account
from recognition.services.correct import correct_clip
from recognition.services.review import Opinion, give_review, settle
from recognition.tests import factories
from recognition.tests.teaching import people, settled_clip, training

pytestmark = pytest.mark.django_db


def test_it_sets_a_fifth_of_the_people_apart_once_and_for_ever() -> None:
    gold = [key for key in range(1, 5001) if is_gold_owner(key)]
    assert 900 < len(gold) < 1100
    assert gold[:8] == FIRST_GOLD  # must never change: models have learned from the others


FIRST_GOLD = [4, 15, 29, 32, 37, 39, 42, 46]


def test_it_takes_what_is_settled_of_people_who_consent() -> None:
    [someone] = people(1)
    clip = settled_clip(someone, "sad", sha256="a" * 64)
    [utterance] = training_examples()
    assert utterance.path == clip.file.name
    assert (utterance.corpus, utterance.speaker) == ("users", f"user:{someone.pk}")
    assert (utterance.emotion, utterance.sha256) == ("sad", "a" * 64)
    assert utterance.shares == {}
    assert gold_examples() == ()


@pytest.mark.parametrize(
    "reason", ["no consent", "not active", "deleted", "not settled", "in conflict", "opened again"]
)
def test_it_leaves_out_what_may_not_teach(reason: str) -> None:
    [someone] = people(1)
    clip = settled_clip(someone)
    assert len(training_examples()) == 1
    if reason == "no consent":
        User.objects.update(training_consent_at=None)
    elif reason == "not active":
        User.objects.update(is_active=False)
    elif reason == "deleted":
        Clip.objects.update(deleted_at=timezone.now())
    elif reason == "not settled":
        ReviewCase.objects.update(state=ReviewCase.State.OPEN)
    elif reason == "in conflict":
        ReviewCase.objects.update(state=ReviewCase.State.CONFLICT)
    else:
        settle(clip, "", how=Settlement.How.REOPENED, by=None)
    assert training_examples() == ()


def test_a_correction_alone_teaches_nothing() -> None:
    """Only what reviewers settled does."""
    [someone] = people(1)
    correct_clip(someone, factories.done_clip(someone), "angry")
    assert training_examples() == ()


def test_it_never_trains_on_the_gold_share() -> None:
    [someone], [judge] = people(1), people(1, gold=True)
    settled_clip(someone)
    settled_clip(judge)
    assert [u.speaker for u in training_examples()] == [f"user:{someone.pk}"]
    assert [u.speaker for u in gold_examples()] == [f"user:{judge.pk}"]


def test_it_leaves_out_a_recording_that_a_gold_person_has_too() -> None:
    [someone], [judge] = people(1), people(1, gold=True)
    for owner in (someone, judge):
        settled_clip(owner, sha256="a" * 64)
    settled_clip(someone, sha256="b" * 64)
    assert [u.sha256 for u in training_examples()] == ["b" * 64]
    assert [u.sha256 for u in gold_examples()] == ["a" * 64]


def test_it_gives_the_shares_of_the_newest_settlement() -> None:
    [someone] = people(1)
    clip = settled_clip(someone, "sad")
    shares = {"sad": 0.75, "neutral": 0.25}
    settle(clip, "sad", how=Settlement.How.MAJORITY, by=None, shares=shares)
    assert training_examples()[0].shares == shares
    settle(clip, "neutral", how=Settlement.How.SENIOR, by=None)
    [utterance] = training_examples()
    assert (utterance.emotion, utterance.shares) == ("neutral", {})


@pytest.mark.parametrize("how", ["senior", "admin", "imported"])
def test_what_one_person_decided_is_a_hard_label(how: str) -> None:
    """Whatever most of the others had said."""
    [someone] = people(1)
    shares = {"sad": 0.667, "angry": 0.333}
    settle(settled_clip(someone), "angry", how=Settlement.How(how), by=None, shares=shares)
    [utterance] = training_examples()
    assert (utterance.emotion, utterance.shares) == ("angry", {})


def test_what_a_deleted_user_owned_drops_out() -> None:
    one, two = people(2)
    settled_clip(one)
    kept = settled_clip(two)
    delete_account(one)
    assert [u.path for u in training_examples()] == [kept.file.name]


def test_what_a_deleted_reviewer_settled_goes_on_teaching(reviewer: User) -> None:
    """Who said it stays on record by name."""
    [someone] = people(1)
    clip = factories.done_clip(someone)
    settle(clip, "sad", how=Settlement.How.ADMIN, by=reviewer)
    reviewer.delete()
    assert [u.emotion for u in training_examples()] == ["sad"]
    assert Settlement.objects.get().by_name == "reviewer"


def test_what_reviewers_contradict_each_other_about_teaches_nothing() -> None:
    """Until one of them, or a senior reviewer, settles it."""
    [someone] = people(1, review_consent_at=timezone.now())
    clip = factories.done_clip(someone)
    ReviewCase.objects.create(clip=clip, n_wanted=2)
    for name, emotion in (("ann", "sad"), ("bob", "angry")):
        give_review(factories.user(name, is_reviewer=True), clip.pk, heard(emotion))
    assert ReviewCase.objects.get().state == "conflict"
    assert training_examples() == ()
    senior = factories.user("senior", is_reviewer=True, is_senior_reviewer=True)
    give_review(senior, clip.pk, heard("sad"))
    assert [u.emotion for u in training_examples()] == ["sad"]


def heard(emotion: str) -> Opinion:
    return Opinion(kind=Review.Kind.HEARD, emotion=emotion)


def test_it_knows_what_was_withdrawn_since() -> None:
    one, two, three = people(3)
    clips = [settled_clip(owner) for owner in (one, two, three)]
    paths = [str(clip.file.name) for clip in clips]
    User.objects.filter(pk=one.pk).update(training_consent_at=None)
    Clip.objects.filter(pk=clips[1].pk).update(deleted_at=timezone.now())
    assert still_allowed(paths) == {paths[2]}


def test_it_counts_what_was_withdrawn_of_what_a_version_learned() -> None:
    one, two = people(2)
    paths = [str(settled_clip(owner).file.name) for owner in (one, two)]
    version = factories.model_version()
    assert withdrawn_since(version) == 0  # it was never trained here
    training("done", challenger=version, data={"learned": paths})
    version.refresh_from_db()
    assert withdrawn_since(version) == 0
    User.objects.filter(pk=one.pk).update(training_consent_at=None)
    assert withdrawn_since(version) == 1
    delete_account(two)
    assert withdrawn_since(version) == 2
