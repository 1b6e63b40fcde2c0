"""Who works on which clip: for a while it is given to nobody else."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from recognition.models import Clip, ReviewCase, User
from recognition.selectors.reviews import WAITS, held_clips, queue, reviewable, waiting

N_HELD = 2  # the one on the screen, and the next, which the page loads meanwhile
NOTHING = "nothing"


def claim_next(reviewer: User, wanted: UUID | None = None) -> list[Clip]:
    """The clip to review now and the next one; fewer if there are no more.

    A wanted one comes first if it can be had. What is held already is held on.
    """
    held = [clip.pk for clip in held_clips(reviewer)]
    if wanted is not None and claim(reviewer, wanted):
        held = [wanted, *(pk for pk in held if pk != wanted)]
    if len(held) < N_HELD:
        # more than needed: another reviewer may take some in the same moment
        for clip_id in queue(reviewer, n=10 * N_HELD, leave_out=held):
            if take(reviewer, clip_id):
                held.append(clip_id)
            if len(held) == N_HELD:
                break
    hold_on(reviewer, held)
    return held_clips(reviewer)


def claim(reviewer: User, clip_id: UUID) -> bool:
    may_have = waiting(reviewer, timezone.now()).filter(pk=clip_id).exists()
    return may_have and take(reviewer, clip_id)


def take(reviewer: User, clip_id: UUID) -> bool:
    """One reviewer gets it: the row count of a conditional UPDATE decides."""
    now = timezone.now()
    new_case(clip_id)
    is_free = Q(claimed_by=None) | Q(claimed_by=reviewer) | Q(claim_expires_at__lte=now)
    free = ReviewCase.objects.filter(is_free, pk=clip_id, state__in=WAITS)
    seen = Case(When(claimed_by=reviewer, then=F("shown_after")), default=Value(""))
    until = now + timedelta(seconds=settings.REVIEW_CLAIM_S)
    changes = {"claimed_by": reviewer, "claim_expires_at": until, "shown_after": seen}
    return bool(free.update(**changes))


def new_case(clip_id: UUID) -> ReviewCase:
    """Made when somebody first wants the clip."""
    defaults = {"n_wanted": settings.REVIEW_OPINIONS}
    return ReviewCase.objects.get_or_create(clip_id=clip_id, defaults=defaults)[0]


def hold_on(reviewer: User, clip_ids: Sequence[UUID]) -> None:
    """All for the whole time again, a millisecond apart, so that they stay in order."""
    until = timezone.now() + timedelta(seconds=settings.REVIEW_CLAIM_S)
    for place, clip_id in enumerate(clip_ids):
        ReviewCase.objects.filter(pk=clip_id, claimed_by=reviewer).update(
            claim_expires_at=until + place * timedelta(milliseconds=1)
        )


def hold_first(reviewer: User, clip_id: UUID) -> bool:
    """Before what is held already; False if it is not to be had."""
    held = [clip.pk for clip in held_clips(reviewer) if clip.pk != clip_id]
    is_taken = take(reviewer, clip_id)
    hold_on(reviewer, [clip_id, *held] if is_taken else held)
    return is_taken


def release(reviewer: User) -> int:
    """Others may have what the reviewer holds, as soon as a page is left."""
    held = ReviewCase.objects.filter(claimed_by=reviewer, claim_expires_at__gt=timezone.now())
    return held.update(claim_expires_at=timezone.now())


def give_up(case: ReviewCase) -> None:
    case.claimed_by, case.claim_expires_at, case.shown_after = None, None, ""
    case.save(update_fields=["claimed_by", "claim_expires_at", "shown_after"])


def show_answer(reviewer: User, clip_id: UUID, choice: str) -> bool:
    """Remember what was chosen before the model's answer came on the screen; False if not held."""
    if not reviewable(reviewer).filter(pk=clip_id).exists():
        return False
    held = ReviewCase.objects.filter(
        pk=clip_id, claimed_by=reviewer, claim_expires_at__gt=timezone.now()
    )
    first = Case(When(shown_after="", then=Value(choice or NOTHING)), default=F("shown_after"))
    return bool(held.update(shown_after=first))


def show_all_answers(reviewer: User) -> None:
    """The reviewer does not work blind: what is held counts as seen."""
    held = ReviewCase.objects.filter(claimed_by=reviewer, shown_after="")
    held.update(shown_after=NOTHING)
