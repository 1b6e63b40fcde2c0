"""What administrators settle for many clips at once; only where the owner lets others hear them."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q, QuerySet

from recognition.models import Clip, ReviewCase, Settlement, User
from recognition.selectors.reviews import MORE_ASKED, WAITS, newest_settlement, standing_reviews
from recognition.services.claims import new_case
from recognition.services.opinions import outcome_of
from recognition.services.review import is_set_by_others, settle

UNUSABLE = ReviewCase.State.UNUSABLE


@dataclass
class Settled:
    """What became of the clips that were chosen."""

    clips: list[Clip] = field(default_factory=list)
    n_same: int = 0  # counted as this before, or there is nothing to accept
    n_left_out: int = 0  # without a result, or the owner did not consent


def may_settle(user: User, clips: QuerySet[Clip]) -> QuerySet[Clip]:
    """Those with a result, of people who consented to review, or one's own."""
    lets_hear = Q(owner__review_consent_at__isnull=False) | Q(owner=user)
    return clips.filter(lets_hear, owner__is_active=True, state=Clip.State.DONE)


def may_export(user: User, clips: QuerySet[Clip]) -> QuerySet[Clip]:
    """Of people who let others work with them, or one's own: else labels don't leave the site."""
    consents = Q(owner__review_consent_at__isnull=False)
    consents |= Q(owner__training_consent_at__isnull=False)
    return clips.filter(Q(consents, owner__is_active=True) | Q(owner=user))


@transaction.atomic
def settle_clips(
    clips: QuerySet[Clip], choose: Callable[[Clip], str], *, by: User, reason: str = ""
) -> Settled:
    """All or none. Raises ReviewError for an emotion or a reason that can't be."""
    found = Settled()
    allowed = list(may_settle(by, clips).order_by("pk"))
    found.n_left_out = clips.count() - len(allowed)
    for clip in allowed:
        emotion = choose(clip)
        if not emotion or emotion == clip.reviewed_emotion:
            found.n_same += 1
            continue
        settle(clip, emotion, how=Settlement.How.ADMIN, by=by, reason=reason)
        found.clips.append(clip)
    return found


@transaction.atomic
def reopen_clips(clips: QuerySet[Clip], *, by: User, reason: str = "") -> Settled:
    """They go back into the queue, and what was said before does not count any more."""
    found = Settled()
    set_aside = set(clips.filter(review_case__state=UNUSABLE).values_list("pk", flat=True))
    for clip in clips.order_by("pk"):
        if not clip.reviewed_emotion and clip.pk not in set_aside:
            found.n_same += 1
            continue
        settle(clip, "", how=Settlement.How.REOPENED, by=by, reason=reason)
        found.clips.append(clip)
    return found


@transaction.atomic
def ask_for_opinions(clips: QuerySet[Clip], n_wanted: int, *, by: User) -> Settled:
    """Opens again what fewer opinions had settled, or an administrator alone. Settles nothing."""
    found = Settled()
    allowed = list(may_settle(by, clips).order_by("pk").select_for_update(of=("self",)))
    found.n_left_out = clips.count() - len(allowed)
    for clip in allowed:
        case = new_case(clip.pk)
        is_set = is_set_by_others(newest_settlement(clip))
        state = outcome_of(standing_reviews(clip), n_wanted=n_wanted).state
        if case.n_wanted == n_wanted and not is_set:
            found.n_same += 1
            continue
        ReviewCase.objects.filter(pk=case.pk).update(n_wanted=n_wanted)
        if is_set:
            settle(clip, "", how=Settlement.How.REOPENED, by=by)
        elif state in WAITS:
            open_for_more(clip, state, by=by)
        found.clips.append(clip)
    return found


def open_for_more(clip: Clip, state: ReviewCase.State, *, by: User) -> None:
    """What was said of it counts on."""
    if clip.reviewed_emotion:
        settle(clip, "", how=Settlement.How.REOPENED, by=by, reason=MORE_ASKED)
    ReviewCase.objects.filter(pk=clip.pk).update(state=state)
