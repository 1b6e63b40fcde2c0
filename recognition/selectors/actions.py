"""Reads around what an owner does with a clip."""

from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from recognition.models import Clip, Correction, Tag, User
from recognition.selectors.history import (
    EVERYTHING,
    PAGE_SIZE,
    HistoryPage,
    Order,
    Search,
    parse_moment,
)

MOST_SUGGESTED = 200
MOST_DELETED = 500
LAST_DELETED_FIRST = Order(F("deleted_at"), parse_moment)


def trashed_clip(owner: User, clip_id: UUID) -> Clip | None:
    """A clip that was deleted and is not gone yet."""
    mine = Clip.with_deleted.filter(owner=owner, deleted_at__isnull=False)
    return mine.filter(pk=clip_id).first()


def deleted_after(owner: User, moment: datetime) -> QuerySet[Clip]:
    return Clip.with_deleted.filter(owner=owner, deleted_at__gt=moment).defer("words")


def recently_deleted(owner: User, *, since: datetime) -> QuerySet[Clip]:
    """What was deleted after a moment; those of one deletion follow each other."""
    in_order = deleted_after(owner, since).order_by("-deleted_at", "-created_at", "-pk")
    return in_order.prefetch_related("tags")[:MOST_DELETED]


def deleted_page(owner: User, cursor: str, *, since: datetime) -> HistoryPage:
    """The same without a limit, and without tags."""
    found = deleted_after(owner, since).annotate(position=LAST_DELETED_FIRST.value)
    search = Search(found, found, LAST_DELETED_FIRST, EVERYTHING, is_narrow=False)
    return search.page(cursor, size=PAGE_SIZE)


def tags_in_use(owner: User) -> list[str]:
    """To be offered while a tag is typed."""
    used = Exists(Clip.tags.through.objects.filter(tag=OuterRef("pk")))
    names = Tag.objects.filter(used, owner=owner).values_list("name", flat=True)
    return list(names[:MOST_SUGGESTED])


def tags_with_counts(owner: User) -> QuerySet[Tag]:
    """Each with how many clips have it; deleted ones are not counted."""
    living = Count("clips", filter=Q(clips__deleted_at__isnull=True))
    return owner.tags.annotate(n_clips=living).order_by(Lower("name"))


def corrections_of(clip: Clip) -> QuerySet[Correction]:
    """The newest first: it counts."""
    return clip.corrections.select_related("clip").order_by("-created_at", "-pk")
