"""A program sends a file again, since it had no answer: that makes no second clip."""

from dataclasses import dataclass

from django.core.files import File
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone

from recognition.errors import UploadError
from recognition.models import Clip, IdempotencyKey, User
from recognition.models.keys import KEPT
from recognition.services.submit import Terms, sha256_of, submit_clip


@dataclass(frozen=True)
class Submission:
    clip: Clip
    is_new: bool


def submit_once(owner: User, upload: "File[bytes]", terms: Terms) -> Submission:
    """By terms.key, if there is one. Raises UploadError or AudioError as submit_clip.

    Key and clip come in one transaction: of a request that was broken off neither is there.
    """
    if not terms.key:
        return Submission(submit_clip(owner, upload, terms), True)
    keys_of(owner, terms).filter(created_at__lt=timezone.now() - KEPT).delete()
    made = made_before(owner, upload, terms)
    if made is not None:
        return Submission(made, False)
    try:
        return Submission(submit_clip(owner, upload, terms), True)
    except IntegrityError:
        made = made_before(owner, upload, terms)  # in this moment, by another request
        if made is None:
            raise
        return Submission(made, False)


def made_before(owner: User, upload: "File[bytes]", terms: Terms) -> Clip | None:
    """Raises UploadError where the key was used for something else."""
    found = keys_of(owner, terms).select_related("clip").first()
    if found is None:
        return None
    clip = found.clip
    if clip is None or clip.deleted_at is not None:
        raise UploadError("upload:user:key-clip-gone", {"key": terms.key})
    given = (sha256_of(upload), terms.speaker_consent)
    if given != (clip.sha256, clip.speaker_consent):
        raise UploadError("upload:user:key-reused", {"key": terms.key, "clip_id": str(clip.pk)})
    return clip


def keys_of(owner: User, terms: Terms) -> QuerySet[IdempotencyKey]:
    """One or none."""
    return IdempotencyKey.objects.filter(owner=owner, key=terms.key)
