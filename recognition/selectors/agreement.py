"""All opinions that stand, and the newest report on how far they agree."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from django.db.models import Count, Max

from recognition.models import Agreement, Clip, Review, Settlement

CHUNK = 5000


@dataclass(frozen=True)
class Opinion:
    """Who heard what; a reviewer whose account is gone keeps the name."""

    clip: str
    reviewer: str
    emotion: str


def all_opinions() -> Iterator[Opinion]:
    """Only independent ones: who had seen the model's answer had seen the others' opinions, too.

    Without skips and bad audio, which name no emotion.
    """
    reviews = Review.objects.filter(
        kind=Review.Kind.HEARD,
        was_blind=True,
        undone_at__isnull=True,
        clip__deleted_at__isnull=True,
    ).order_by("created_at", "pk")
    rows = reviews.values_list("clip_id", "reviewer__username", "reviewer_name", "emotion")
    for clip, username, name, emotion in rows.iterator(CHUNK):
        yield Opinion(str(clip), username or f"{name} †", emotion)


def settled_beside() -> list[tuple[str, str, str, str]]:
    """clip, what counts as heard, what the model heard, what the owner heard."""
    settled = Clip.objects.exclude(reviewed_emotion="").order_by("pk")
    rows = settled.values_list("pk", "reviewed_emotion", "emotion", "corrected_emotion")
    return [(str(row[0]), row[1], row[2], row[3]) for row in rows.iterator(CHUNK)]


def state_of_reviews() -> str:
    """Another one as soon as anything was said, taken back or settled."""
    said = Review.objects.aggregate(n=Count("pk"), last=Max("pk"), undone=Max("undone_at"))
    settled = Settlement.objects.aggregate(n=Count("pk"), last=Max("pk"))
    return sha256(repr([*said.values(), *settled.values()]).encode()).hexdigest()


def newest_report() -> Agreement | None:
    return Agreement.objects.filter(state=Agreement.State.DONE).order_by("-pk").first()


def current_report() -> Agreement | None:
    """Of the reviews as they are now, if anybody has asked for it, however far it is."""
    return Agreement.objects.filter(reviews=state_of_reviews()).first()
