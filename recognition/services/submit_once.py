"""A program sends files again, since it had no answer: that makes nothing twice."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from recognition.errors import UploadError
from recognition.models import Batch, Clip, IdempotencyKey, User
from recognition.models.keys import KEPT
from recognition.services.batches import AllRefusedError, Outcome, start_batch, take_files
from recognition.services.submit import Terms, sha256_of, submit_clip


@dataclass(frozen=True)
class Submission:
    clip: Clip
    is_new: bool


@dataclass(frozen=True)
class BatchSubmission:
    batch: Batch
    is_new: bool


def submit_once(owner: User, upload: "File[bytes]", terms: Terms) -> Submission:
    """By terms.key, if there is one. Raises UploadError or AudioError as submit_clip.

    Key and clip come in one transaction: of a request that was broken off neither is there.
    """
    if not terms.key:
        return Submission(submit_clip(owner, upload, terms), True)
    forget_old_key(owner, terms)
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
    if found.digest:
        raise reused(found)
    if clip is None or clip.deleted_at is not None:
        raise UploadError("upload:user:key-clip-gone", {"key": terms.key})
    given = (sha256_of(upload), terms.speaker_consent)
    if given != (clip.sha256, clip.speaker_consent):
        raise reused(found)
    return clip


def submit_batch_once(owner: User, files: "Sequence[File[bytes]]", terms: Terms) -> BatchSubmission:
    """By terms.key, if there is one. Raises UploadError, and then nothing is kept.

    It is safe since all is one transaction, which begins with the key. Of a request that was
    broken off there is neither key nor batch nor clip: sent again, it is the first. And one that
    comes meanwhile waits for the key, then has the batch, or all the work if there is none.
    """
    outcome = Outcome()
    try:
        with transaction.atomic():
            key = held_key(owner, files, terms) if terms.key else None
            if key and key.batch:
                return BatchSubmission(still_there(key.batch, key), False)
            batch = start_batch(owner)
            if key:
                key.batch = batch
                key.save(update_fields=["batch"])
            take_files(owner, files, replace(terms, batch=batch, key=""), outcome)
            if not outcome.clips:
                raise AllRefusedError(outcome.refusals)
    except BaseException:
        forget_files(outcome.clips)
        raise
    batch.refresh_from_db()
    return BatchSubmission(batch, True)


def still_there(batch: Batch, key: IdempotencyKey) -> Batch:
    """Raises UploadError where all of it was deleted: none of it would be handed in again."""
    if not Clip.objects.filter(batch=batch).exists():
        details = {"key": key.key, "batch_id": str(batch.pk)}
        raise UploadError("upload:user:key-batch-gone", details)
    return batch


def forget_files(clips: Sequence[Clip]) -> None:
    """Of clips that were not kept after all: what broke off may have been the answer alone."""
    kept = set(Clip.with_deleted.filter(pk__in=[clip.pk for clip in clips]).values_list("pk"))
    for clip in clips:
        if (clip.pk,) not in kept:
            clip.file.storage.delete(str(clip.file.name))


def held_key(owner: User, files: "Sequence[File[bytes]]", terms: Terms) -> IdempotencyKey:
    """Made now, or the one of the first time; nobody else gets on with it before the end.

    Raises UploadError where it was used for something else.
    """
    forget_old_key(owner, terms)
    digest = digest_of(files, terms)
    made = {"digest": digest}
    key, _ = IdempotencyKey.objects.get_or_create(owner=owner, key=terms.key, defaults=made)
    if key.digest != digest:
        raise reused(key)
    return key


def digest_of(files: "Sequence[File[bytes]]", terms: Terms) -> str:
    """The same for the same files in the same order, said to be of the same voice."""
    words = [terms.speaker_consent, *map(sha256_of, files)]
    return hashlib.sha256(" ".join(words).encode()).hexdigest()


def reused(key: IdempotencyKey) -> UploadError:
    """With what was made with it."""
    made = {"clip_id": key.clip_id, "batch_id": key.batch_id}
    ids = {name: str(made_id) for name, made_id in made.items() if made_id}
    return UploadError("upload:user:key-reused", {"key": key.key, **ids})


def forget_old_key(owner: User, terms: Terms) -> None:
    keys_of(owner, terms).filter(created_at__lt=timezone.now() - KEPT).delete()


def keys_of(owner: User, terms: Terms) -> QuerySet[IdempotencyKey]:
    """One or none."""
    return IdempotencyKey.objects.filter(owner=owner, key=terms.key)
