"""Reads around what an owner does with a clip."""

from uuid import UUID

from django.db.models import Exists, OuterRef

from recognition.models import Clip, Tag, User

MOST_SUGGESTED = 200


def trashed_clip(owner: User, clip_id: UUID) -> Clip | None:
    """A clip that was deleted and is not gone yet."""
    mine = Clip.with_deleted.filter(owner=owner, deleted_at__isnull=False)
    return mine.filter(pk=clip_id).first()


def tags_in_use(owner: User) -> list[str]:
    """To be offered while a tag is typed."""
    used = Exists(Clip.tags.through.objects.filter(tag=OuterRef("pk")))
    names = Tag.objects.filter(used, owner=owner).values_list("name", flat=True)
    return list(names[:MOST_SUGGESTED])
