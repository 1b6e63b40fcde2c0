"""What an owner does with many clips at once: all of it, or nothing."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from recognition.errors import EraseError, SelectionError
from recognition.models import Clip, User
from recognition.services.describe import add_to_all, checked_tags
from recognition.services.erase import bring_back, trash_clips

ONE_ORDER = ("-created_at", "-id")  # in which everybody locks clips


@transaction.atomic
def tag_clips(clips: QuerySet[Clip], text: str) -> list[str]:
    """The tags that each of them has now. Raises DescribeError, and then none got one.

    All are locked before the first tag is, so that two who tag the same ones wait for each other.
    """
    names = checked_tags(text)
    held = list(clips.order_by(*ONE_ORDER).select_for_update(of=("self",)))
    return [tag.name for tag in add_to_all(held, names)] if held else []


@transaction.atomic
def trash_chosen(owner: User, clip_ids: Collection[UUID]) -> None:
    """Those that are deleted already stay so. Raises SelectionError."""
    hold(Clip.with_deleted.filter(owner=owner), clip_ids)
    trash_clips(Clip.objects.filter(pk__in=clip_ids))


@transaction.atomic
def tag_chosen(owner: User, clip_ids: Collection[UUID], text: str) -> list[str]:
    """As tag_clips. Raises SelectionError, too."""
    hold(Clip.objects.filter(owner=owner), clip_ids)
    return tag_clips(Clip.objects.filter(pk__in=clip_ids), text)


@transaction.atomic
def restore_chosen(owner: User, clip_ids: Collection[UUID]) -> None:
    """However they were deleted. Raises SelectionError, and EraseError if one can't be had back."""
    clips = hold(Clip.with_deleted.filter(owner=owner), clip_ids)
    moments = [clip.deleted_at for clip in clips if clip.deleted_at]
    if len(moments) < len(clips):
        raise EraseError("erase:user:nothing-to-undo")
    bring_back(Clip.with_deleted.filter(pk__in=clip_ids), min(moments))


def hold(clips: QuerySet[Clip], clip_ids: Collection[UUID]) -> list[Clip]:
    """All of them, so that nobody else changes one before the end; in one order for everybody."""
    found = clips.filter(pk__in=clip_ids).only("deleted_at").order_by(*ONE_ORDER)
    held = list(found.select_for_update())
    if missing := set(clip_ids) - {clip.pk for clip in held}:
        raise SelectionError(missing)
    return held
