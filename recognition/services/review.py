"""What reviewers say of clips and what counts as heard from then on: every step is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from recognition.emotions import EMOTION_LABELS
from recognition.errors import ReviewError
from recognition.models import Clip, Review, ReviewCase, Settlement, User
from recognition.selectors.reviews import (
    TAKEN_BACK,
    WAITS,
    counting,
    newest_settlement,
    reviewable,
    standing_reviews,
)
from recognition.services.access import saw_answers, was_given
from recognition.services.claims import NOTHING, give_up, hold_first, new_case
from recognition.services.opinions import Outcome, outcome_of

REASON_LENGTH = 200
# What people outside the review set is not opened again by a reviewer who takes something back.
SET_BY_OTHERS = (Settlement.How.ADMIN, Settlement.How.IMPORTED)


@dataclass(frozen=True)
class Opinion:
    """What a reviewer says; blind is whether this site had hidden the model's answer."""

    kind: Review.Kind
    emotion: str = ""
    reason: str = ""
    is_blind: bool = True


@transaction.atomic
def give_review(reviewer: User, clip_id: UUID, opinion: Opinion) -> Review:
    """Raises ReviewError, and then nothing is kept."""
    check_opinion(opinion)
    clip = reviewable(reviewer).select_for_update(of=("self",)).filter(pk=clip_id).first()
    if clip is None:
        raise ReviewError("review:user:withdrawn")
    case = new_case(clip.pk)
    check_case(case, reviewer)
    # what does not count any more makes room: of each reviewer one opinion stands
    clip.reviews.filter(reviewer=reviewer, undone_at__isnull=True).update(undone_at=timezone.now())
    review = Review.objects.create(
        clip=clip,
        reviewer=reviewer,
        reviewer_name=name_of(reviewer),
        kind=opinion.kind,
        emotion=opinion.emotion,
        reason=opinion.reason,
        was_blind=is_blind(reviewer, case, opinion),
        was_senior=reviewer.is_senior_reviewer,
    )
    give_up(case)
    if opinion.kind != Review.Kind.SKIPPED:  # a skip says nothing that could settle
        settle_case(clip, case, by=reviewer)
    return review


@transaction.atomic
def undo_review(reviewer: User) -> Review:
    """Take back what was said last, and hold that clip again, before others, if that can be."""
    # one step back at a time; it leaves alone who writes a review and needs the reviewer's row
    User.objects.select_for_update(no_key=True).get(pk=reviewer.pk)
    review, clip = take_back_last(reviewer)
    if clip.deleted_at is None and review.kind != Review.Kind.SKIPPED:
        settle_case(clip, new_case(clip.pk), by=reviewer)
    if reviewable(reviewer).filter(pk=clip.pk).exists() and hold_first(reviewer, clip.pk):
        seen = review.emotion if review.was_blind and review.emotion else NOTHING
        ReviewCase.objects.filter(clip=clip).update(shown_after=seen)
    return review


def take_back_last(reviewer: User) -> tuple[Review, Clip]:
    """With its clip, locked. What another opinion replaced meanwhile was not the last one."""
    mine = Review.objects.filter(reviewer=reviewer, undone_at__isnull=True)
    while review := mine.order_by("-created_at", "-pk").first():
        clip = Clip.with_deleted.select_for_update().get(pk=review.clip_id)
        if mine.filter(pk=review.pk).update(undone_at=timezone.now()):
            return review, clip
    raise ReviewError("review:user:nothing-to-undo")


def is_blind(reviewer: User, case: ReviewCase, opinion: Opinion) -> bool:
    """Chosen before any answer was shown, here or on the clip's own page."""
    was_hidden = opinion.is_blind and case.shown_after in ("", opinion.emotion)
    return was_hidden and not saw_answers(reviewer, case.clip)


def check_opinion(opinion: Opinion) -> None:
    if opinion.kind == Review.Kind.HEARD and opinion.emotion not in EMOTION_LABELS:
        raise ReviewError("review:user:emotion", {"found": opinion.emotion[:40]})
    if opinion.kind == Review.Kind.SKIPPED and not opinion.reason.strip():
        raise ReviewError("review:user:no-reason")
    check_reason(opinion.reason)


def check_case(case: ReviewCase, reviewer: User) -> None:
    """A claim that ran out does no harm as long as nobody else took the clip."""
    if case.state not in WAITS:
        raise ReviewError("review:user:settled")
    if counting(Review.objects.filter(clip=case.clip_id, reviewer=reviewer)).exists():
        raise ReviewError("review:user:twice")
    is_held = case.claim_expires_at is not None and case.claim_expires_at > timezone.now()
    if is_held and case.claimed_by_id not in (None, reviewer.pk):
        had_it = was_given(reviewer, case.clip)
        raise ReviewError("review:user:claimed" if had_it else "review:user:not-held")


def settle_case(clip: Clip, case: ReviewCase, *, by: User) -> None:
    """Bring the clip to what its standing reviews say; the caller holds the clip's lock."""
    newest = newest_settlement(clip)
    if is_set_by_others(newest):
        return
    outcome = outcome_of(standing_reviews(clip), n_wanted=case.n_wanted)
    if outcome.how is not None:
        if newest is None or not is_same(newest, outcome):
            settle(clip, outcome.emotion, how=outcome.how, by=by, shares=outcome.shares)
        return
    if clip.reviewed_emotion:
        settle(clip, "", how=Settlement.How.REOPENED, by=by, reason=TAKEN_BACK)
    ReviewCase.objects.filter(pk=case.pk).update(state=outcome.state)


def is_set_by_others(settlement: Settlement | None) -> bool:
    return bool(settlement and settlement.emotion and settlement.how in SET_BY_OTHERS)


def is_same(settlement: Settlement, outcome: Outcome) -> bool:
    found = (settlement.emotion, settlement.how, settlement.shares)
    return found == (outcome.emotion, outcome.how, outcome.shares)


@transaction.atomic
def settle(  # noqa: PLR0913 (who, how and why belong to every settlement)
    clip: Clip,
    emotion: str,
    *,
    how: Settlement.How,
    by: User | None,
    reason: str = "",
    shares: Mapping[str, float] | None = None,
) -> Settlement:
    """From now on this counts as heard; what was settled before stays on record.

    No emotion, with how=REOPENED, takes back what was settled; what was said before does not
    count any more then, but for the program's own reasons. Raises ReviewError, and
    Clip.DoesNotExist for a clip that was deleted.
    """
    check_settlement(emotion, how, reason)
    held = Clip.objects.select_for_update().get(pk=clip.pk)
    held.reviewed_emotion = clip.reviewed_emotion = emotion
    held.save(update_fields=["reviewed_emotion"])
    state = ReviewCase.State.SETTLED if emotion else ReviewCase.State.OPEN
    ReviewCase.objects.update_or_create(
        clip=held, defaults={"state": state, "claimed_by": None, "claim_expires_at": None}
    )
    return Settlement.objects.create(
        clip=held,
        emotion=emotion,
        shares=dict(shares or {}),
        how=how,
        by=by,
        by_name=name_of(by),
        reason=reason,
    )


def check_settlement(emotion: str, how: Settlement.How, reason: str) -> None:
    is_known = not emotion if how == Settlement.How.REOPENED else emotion in EMOTION_LABELS
    if not is_known:
        raise ReviewError("review:user:emotion", {"found": emotion[:40]})
    check_reason(reason)


def check_reason(reason: str) -> None:
    if len(reason) > REASON_LENGTH:
        details = {"found": len(reason), "limit": REASON_LENGTH}
        raise ReviewError("review:user:reason-too-long", details)


def name_of(user: User | None) -> str:
    """As it stays on record when the account is gone; empty for the program itself."""
    return (user.name or user.get_username()) if user else ""
