"""What waits for reviewers, in which order, and what they said of it."""

from collections.abc import Iterable
from datetime import datetime
from math import sqrt
from uuid import UUID

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    FloatField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber
from django.utils import timezone

from recognition.models import Clip, Review, ReviewCase, Settlement, User
from recognition.selectors.clips import predictions_of

# So many of the most uncertain and disputed clips are told apart by novelty, too: of each owner
# only the first few, so that novelty has other voices to choose from.
POOL, MOST_OF_OWNER = 200, 20
MOST_COUNTED = 1000
WAITS = (ReviewCase.State.OPEN, ReviewCase.State.CONFLICT)
# Reasons for which the program itself opens a clip again: what was said of it counts on.
TAKEN_BACK, MORE_ASKED = "taken-back", "more-asked"


def reviewable(reviewer: User) -> QuerySet[Clip]:
    """Recognized clips of people who consent to review; never the reviewer's own."""
    return Clip.objects.filter(
        state=Clip.State.DONE,
        owner__review_consent_at__isnull=False,
        owner__is_active=True,
    ).exclude(owner=reviewer)


def counting(reviews: QuerySet[Review]) -> QuerySet[Review]:
    """Those that stand, and were said after an administrator opened the clip again, if one did."""
    cuts = Settlement.objects.filter(
        clip=OuterRef("clip"),
        how=Settlement.How.REOPENED,
        created_at__gte=OuterRef("created_at"),
    ).exclude(reason__in=(TAKEN_BACK, MORE_ASKED))
    return reviews.filter(~Exists(cuts), undone_at__isnull=True)


def waiting(reviewer: User, now: datetime) -> QuerySet[Clip]:
    """What this reviewer can still say something of, and nobody else works on."""
    said = counting(Review.objects.filter(clip=OuterRef("pk"), reviewer=reviewer))
    is_new = Q(review_case__isnull=True)
    is_free = Q(review_case__claimed_by=None) | Q(review_case__claimed_by=reviewer)
    is_free |= Q(review_case__claim_expires_at__lte=now)
    open_case = Q(review_case__state__in=WAITS) & is_free
    return reviewable(reviewer).filter(is_new | open_case).exclude(Exists(said))


def may_say(reviewer: User, clip: Clip) -> bool:
    """Whether this reviewer's opinion of it is still to come, whoever works on it just now."""
    said = counting(Review.objects.filter(clip=clip, reviewer=reviewer))
    case = ReviewCase.objects.filter(pk=clip.pk).first()
    is_open = case is None or case.state in WAITS
    return is_open and not said.exclude(kind=Review.Kind.SKIPPED).exists()


def queue(reviewer: User, *, n: int, leave_out: Iterable[UUID] = ()) -> list[UUID]:
    """The n clips that are worth most, the best first: uncertainty x disagreement x novelty.

    - uncertainty: 1 - the model's confidence; 1 where no model has said anything
    - disagreement: 1, one more where the owner heard something else than the model, and one more
      where reviewers could not agree
    - novelty: 1 / sqrt(1 + settled clips of the same speaker in which the model heard the same),
      so that no single voice fills the queue

    The product of the first two is sorted by the database; novelty orders the best POOL of those,
    of which no owner has more than MOST_OF_OWNER. Of equal clips the oldest comes first. Clips
    that failed don't come: their code says why (no speech, most often), and there is no answer
    of the model to judge or to learn from.
    """
    clips = waiting(reviewer, timezone.now()).exclude(pk__in=list(leave_out))
    order = ("-worth", "created_at", "pk")
    of_owner = Window(RowNumber(), partition_by="owner_id", order_by=order)
    ranked_clips = clips.annotate(worth=uncertainty() * disagreement(), place=of_owner)
    found = list(
        ranked_clips.filter(place__lte=MOST_OF_OWNER)
        .order_by(*order)
        .values_list("pk", "owner_id", "emotion", "worth", "created_at")[:POOL]
    )
    known = settled_counts({row[1] for row in found})
    ranked = sorted(
        found, key=lambda row: (-row[3] / sqrt(1 + known.get((row[1], row[2]), 0)), row[4], row[0])
    )
    return [row[0] for row in ranked[:n]]


def uncertainty() -> Coalesce:
    return Coalesce(Value(1.0) - F("confidence"), Value(1.0))


def disagreement() -> "Case":
    differs = ~Q(corrected_emotion="") & ~Q(corrected_emotion=F("emotion"))
    in_conflict = Q(review_case__state=ReviewCase.State.CONFLICT)
    return Case(
        When(differs & in_conflict, then=Value(3.0)),
        When(differs | in_conflict, then=Value(2.0)),
        default=Value(1.0),
        output_field=FloatField(),
    )


def settled_counts(owners: set[int]) -> dict[tuple[int, str], int]:
    """By owner and by what the model heard."""
    settled = Clip.objects.filter(owner__in=owners).exclude(reviewed_emotion="")
    counted = settled.values_list("owner_id", "emotion").annotate(n=Count("pk"))
    return {(owner, emotion): n for owner, emotion, n in counted.order_by()}


def n_waiting(reviewer: User) -> int:
    """Counted up to MOST_COUNTED, so that the page stays fast whatever waits."""
    return waiting(reviewer, timezone.now())[:MOST_COUNTED].count()


def held_clips(reviewer: User) -> list[Clip]:
    """What the reviewer holds, in the order in which it was taken."""
    held = waiting(reviewer, timezone.now()).filter(
        review_case__claimed_by=reviewer, review_case__claim_expires_at__gt=timezone.now()
    )
    clips = held.select_related("owner", "review_case")
    clips = clips.prefetch_related(predictions_of(with_segments=False))
    return list(clips.order_by("review_case__claim_expires_at", "pk"))


def reviews_today(reviewer: User) -> int:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    standing = Review.objects.filter(reviewer=reviewer, undone_at__isnull=True)
    return standing.filter(created_at__gte=midnight).count()


def standing_reviews(clip: Clip) -> list[Review]:
    """Oldest first; what was taken back, overruled or only skipped says nothing."""
    reviews = counting(Review.objects.filter(clip=clip))
    return list(reviews.exclude(kind=Review.Kind.SKIPPED).order_by("created_at", "pk"))


def newest_settlement(clip: Clip) -> Settlement | None:
    return clip.settlements.order_by("-created_at", "-pk").first()


def conflicts(reviewer: User) -> QuerySet[Clip]:
    """Clips on which reviewers disagree, the oldest first, with what was said."""
    clips = reviewable(reviewer).filter(review_case__state=ReviewCase.State.CONFLICT)
    said = Prefetch("reviews", queryset=counting(Review.objects.all()))
    return clips.prefetch_related(said).order_by("created_at", "pk")
