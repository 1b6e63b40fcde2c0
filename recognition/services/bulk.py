"""What an owner does with many clips at once: all of it, or nothing."""

from django.db import transaction
from django.db.models import QuerySet

from recognition.models import Clip
from recognition.services.describe import add_tags


@transaction.atomic
def tag_clips(clips: QuerySet[Clip], text: str) -> list[str]:
    """The tags that each of them has now. Raises DescribeError, and then none got one."""
    names: list[str] = []
    for clip in clips:
        names = [tag.name for tag in add_tags(clip, text)]
    return names
