"""Reads of what a clip looks like."""

from recognition.models import Clip, Portrait


def portrait_of(clip: Clip) -> Portrait | None:
    """If anybody has asked for it."""
    return Portrait.objects.filter(clip=clip).first()
