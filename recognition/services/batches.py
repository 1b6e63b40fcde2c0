"""Many files at once: each by itself, and what became of each is kept with the batch."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypedDict

from django.conf import settings
from django.core.files import File
from django.db import transaction

from mlcore.errors import AudioError, Detail
from recognition.errors import UploadError
from recognition.models import Batch, Clip, User
from recognition.services.archives import is_archive, unpack
from recognition.services.submit import Terms, retry_clip, submit_clip
from recognition.uploads import shortened_name


class Refusal(TypedDict):
    """As it is stored in Batch.refusals."""

    file_name: str
    code: str
    details: dict[str, Detail]


@dataclass
class Outcome:
    clips: list[Clip] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, file_name: str, error: UploadError | AudioError) -> None:
        self.refusals.append(
            {"file_name": shortened_name(file_name), "code": error.code, "details": error.details}
        )


class AllRefusedError(UploadError):
    """Of many files none was taken: why stands with each."""

    def __init__(self, refusals: list[Refusal]) -> None:
        super().__init__("upload:user:all-refused")
        self.refusals = refusals


def start_batch(owner: User) -> Batch:
    return Batch.objects.create(owner=owner)


def take_files(
    owner: User, files: "Iterable[File[bytes]]", terms: Terms, outcome: Outcome | None = None
) -> Outcome:
    """One that is refused does not hold up the others; a ZIP counts as what is in it.

    Whoever gives an outcome knows of the first files also where the last one breaks off.
    """
    outcome = Outcome() if outcome is None else outcome
    for file in files:
        try:
            take_file(owner, file, terms, outcome)
        except (UploadError, AudioError) as error:
            outcome.refuse(file.name or "", error)
    if terms.batch is not None:
        record_refusals(terms.batch, outcome.refusals)
    return outcome


def take_file(owner: User, file: "File[bytes]", terms: Terms, outcome: Outcome) -> None:
    n_left = settings.UPLOAD_MAX_FILES
    if terms.batch is not None:
        n_left -= terms.batch.clips.count()
    if n_left <= 0:
        limits = {"limit_files": settings.UPLOAD_MAX_FILES}
        raise UploadError("upload:user:batch-full", limits)
    if not is_archive(file.name or ""):
        outcome.clips.append(submit_clip(owner, file, terms))
        return
    for member in unpack(file, most_files=n_left):
        try:
            if member.content is None:
                raise member.refusal or UploadError("upload:user:member-damaged")
            outcome.clips.append(submit_clip(owner, member.content, terms))
        except (UploadError, AudioError) as error:
            outcome.refuse(member.name or file.name or "", error)


@transaction.atomic
def record_refusals(batch: Batch, refusals: list[Refusal]) -> None:
    """Files of one batch may come in several requests at a time: the row is locked."""
    if refusals:
        locked = Batch.objects.select_for_update().get(pk=batch.pk)
        locked.refusals = [*locked.refusals, *refusals]
        locked.save(update_fields=["refusals"])


def keep_copy(original: Clip, file_name: str, terms: Terms) -> Clip:
    """The person knows that it is there already, and wants it once more.

    Raises UploadError or AudioError as for a file that is sent.
    """
    with original.file.open("rb") as content:
        copy = submit_clip(
            original.owner, File(content.file, name=file_name), replace(terms, allows_copies=True)
        )
    if terms.batch is not None:
        forget_refusal(terms.batch, original, file_name)
    return copy


@transaction.atomic
def forget_refusal(batch: Batch, original: Clip, file_name: str) -> None:
    locked = Batch.objects.select_for_update().get(pk=batch.pk)
    for number, refusal in enumerate(locked.refusals):
        is_it = refusal["details"].get("clip_id") == str(original.pk)
        if is_it and refusal["file_name"] == file_name:
            del locked.refusals[number]
            break
    locked.save(update_fields=["refusals"])


def retry_failed(batch: Batch) -> int:
    """How many clips of the batch are tried again."""
    failed = batch.clips.filter(state__in=Clip.ERROR_STATES, deleted_at=None)
    return sum(retry_clip(clip) for clip in failed)
