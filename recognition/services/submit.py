"""A person hands in a file: checked, kept, queued. Nothing is decoded here."""

import hashlib
from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO, cast

from django.core.files import File
from django.db import transaction
from django.utils import timezone

from mlcore.audio import AudioInfo, probe
from recognition import tasks
from recognition.errors import UploadError
from recognition.limits import audio_limits
from recognition.models import Batch, Clip, IdempotencyKey, User
from recognition.uploads import PATH_MARK

EXTENSIONS = (
    ".wav",
    ".wave",
    ".flac",
    ".mp3",
    ".ogg",
    ".oga",
    ".opus",
    ".webm",
    ".m4a",
    ".mp4",
)


@dataclass(frozen=True)
class Terms:
    """What is said about a file when it is handed in."""

    speaker_consent: str = ""
    batch: Batch | None = None
    allows_copies: bool = True
    key: str = ""  # chosen by a program, so that it can send the same again without harm


NO_TERMS = Terms()


def submit_clip(owner: User, upload: "File[bytes]", terms: Terms = NO_TERMS) -> Clip:
    """Raises UploadError or AudioError, and then nothing is kept."""
    name = check_name(upload.name or "")
    info = probe(cast(BinaryIO, upload.file), audio_limits())
    upload.seek(0)
    clip = Clip(
        owner=owner,
        name=name,
        file_name=name,
        sha256=sha256_of(upload),
        speaker_consent=terms.speaker_consent,
        batch=terms.batch,
    )
    if not terms.allows_copies:
        refuse_copy(clip)
    return keep_clip(clip, upload, info, terms)


def refuse_copy(clip: Clip) -> None:
    twin = Clip.objects.filter(owner=clip.owner, sha256=clip.sha256).first()
    if twin is not None:
        details = {"clip_id": str(twin.pk), "clip_name": twin.name}
        raise UploadError("upload:user:duplicate", details)


def check_name(name: str) -> str:
    extension = PurePath(f"-{name}").suffix.lower()  # so that ".flac" has one, too
    if PATH_MARK in name:
        raise UploadError("upload:user:path-in-name")
    if not extension.strip("."):
        raise UploadError("upload:user:no-extension")
    if extension not in EXTENSIONS:
        raise UploadError("upload:user:extension", {"extension": extension})
    return name


def keep_clip(clip: Clip, content: "File[bytes]", info: AudioInfo, terms: Terms) -> Clip:
    """The file first: a row whose file is missing must not exist, not even for a moment."""
    clip.container, clip.size_bytes = info.container, info.n_bytes
    clip.duration_s, clip.announced_at = info.duration_s, timezone.now()
    clip.sample_rate, clip.n_channels = info.sample_rate, info.n_channels
    clip.codec = info.codec[:20]
    clip.file.save(clip.name, content, save=False)
    try:
        with transaction.atomic():
            if (
                not terms.allows_copies
            ):  # the same file may come twice at a time: the second waits here
                list(User.objects.select_for_update(no_key=True).filter(pk=clip.owner_id))
                refuse_copy(clip)
            clip.save(force_insert=True)
            if terms.key:  # where it comes twice at a time, the second waits here
                IdempotencyKey.objects.create(owner=clip.owner, key=terms.key, clip=clip)
            # robust: what goes wrong there must not undo what is kept
            transaction.on_commit(lambda: tasks.announce_clips([clip.pk]), robust=True)
    except BaseException:
        clip.file.storage.delete(str(clip.file.name))
        raise
    return clip


def sha256_of(content: "File[bytes]") -> str:
    digest = hashlib.sha256()
    for part in content.chunks():
        digest.update(part)
    content.seek(0)
    return digest.hexdigest()


def retry_clip(clip: Clip) -> bool:
    """False when it was not waiting for a retry (any more)."""
    now = timezone.now()
    with transaction.atomic():
        n_changed = Clip.objects.filter(pk=clip.pk, state__in=Clip.ERROR_STATES).update(
            state=Clip.State.QUEUED,
            attempts=0,
            error_code="",
            error_details={},
            queued_at=now,
            announced_at=now,
            started_at=None,
            finished_at=None,
        )
        if n_changed:
            transaction.on_commit(lambda: tasks.announce_clips([clip.pk]), robust=True)
    return bool(n_changed)
