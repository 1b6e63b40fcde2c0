"""What waits for reviewers, in which order, and what they said of it."""

from collections.abc import Iterable
from datetime import datetime
from math import sqrt
from uuid import UUID

from django.db.models import Case, Count, Exists, F, FloatField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from recognition.models import Clip, Review, ReviewCase, Settlement, User
from recognition.selectors.clips import predictions_of

# So many of the most uncertain and disputed clips are told apart by novelty, too.
POOL = 200
MOST_COUNTED = 1000
WAITS = (ReviewCase.State.OPEN, ReviewCase.State.CONFLICT)


def reviewable(reviewer: User) -> QuerySet[Clip]:
    """Recognized clips of people who consent to review; never the reviewer's own."""
    return Clip.objects.filter(
        state=Clip.State.DONE,
        owner__review_consent_at__isnull=False,
        owner__is_active=True,
    ).exclude(owner=reviewer)


def waiting(reviewer: User, now: datetime) -> QuerySet[Clip]:
    """What this reviewer can still say something of, and nobody else works on."""
    said = Review.objects.filter(clip=OuterRef("pk"), reviewer=reviewer, undone_at__isnull=True)
    is_new = Q(review_case__isnull=True)
    is_free = Q(review_case__claimed_by=None) | Q(review_case__claimed_by=reviewer)
    is_free |= Q(review_case__claim_expires_at__lte=now)
    open_case = Q(review_case__state__in=WAITS) & is_free
    return reviewable(reviewer).filter(is_new | open_case).exclude(Exists(said))


def queue(reviewer: User, *, n: int, leave_out: Iterable[UUID] = ()) -> list[UUID]:
    """The n clips that are worth most, the best first: uncertainty x disagreement x novelty.

    - uncertainty: 1 - the model's confidence; 1 where no model has said anything
    - disagreement: 1, one more where the owner heard something else than the model, and one more
      where reviewers could not agree
    - novelty: 1 / sqrt(1 + settled clips of the same speaker in which the model heard the same),
      so that no single voice fills the queue

    The product of the first two is sorted by the database; novelty orders the best POOL of those.
    Of equal clips the oldest comes first.
    """
    clips = waiting(reviewer, timezone.now()).exclude(pk__in=list(leave_out))
    found = list(
        clips.annotate(worth=uncertainty() * disagreement())
        .order_by("-worth", "created_at", "pk")
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
    """Oldest first; what was taken back or only skipped says nothing."""
    reviews = clip.reviews.filter(undone_at__isnull=True)
    return list(reviews.exclude(kind=Review.Kind.SKIPPED).order_by("created_at", "pk"))


def newest_settlement(clip: Clip) -> Settlement | None:
    return clip.settlements.order_by("-created_at", "-pk").first()


def conflicts(reviewer: User) -> QuerySet[Clip]:
    """Clips on which reviewers disagree, the oldest first, with what was said."""
    clips = reviewable(reviewer).filter(review_case__state=ReviewCase.State.CONFLICT)
    return clips.prefetch_related("reviews").order_by("created_at", "pk")
