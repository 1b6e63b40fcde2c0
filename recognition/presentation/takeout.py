"""All data of one person as a ZIP, written to a file, so that its size does not matter."""

import json
import shutil
import tempfile
from collections.abc import Iterable
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.core.serializers.json import DjangoJSONEncoder
from django.forms.models import model_to_dict
from django.utils import timezone

from recognition.models import Clip, ClipAccess, Prediction, Review, Settlement, User
from recognition.selectors import takeout as selectors

COPY_BYTES = 1 << 20
README = """Your data at sersite.

account.json  what is known about you: choices, addresses, sessions, tags, uploads
clips.json    each clip with its note, tags, corrections, reviews, links and what models said of it
looks.json    when an administrator opened one of your clips, or a reviewer was shown it
audio/        your recordings as you sent them, named by the id of the clip
              (a recording that is missing here could not be read)
"""


def takeout(user: User) -> IO[bytes]:
    """A temporary file at its beginning; closed, it is gone."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README)
        archive.writestr("account.json", as_json(account_of(user)))
        write_list(archive, "clips.json", map(clip_of, selectors.all_clips(user)))
        write_list(archive, "looks.json", map(look_of, selectors.looks_at(user)))
        for clip in selectors.audio_of(user):
            write_audio(archive, clip)
    file.seek(0)
    return file


def as_json(value: object) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)


def write_list(archive: ZipFile, name: str, rows: Iterable[dict[str, Any]]) -> None:
    """One row in memory at a time."""
    with archive.open(name, "w", force_zip64=True) as member:
        member.write(b"[")
        for number, row in enumerate(rows):
            member.write(b",\n" if number else b"\n")
            member.write(as_json(row).encode())
        member.write(b"\n]\n")


def write_audio(archive: ZipFile, clip: Clip) -> None:
    """Stored as it is: recordings hardly shrink."""
    info = ZipInfo(audio_name(clip), timezone.localtime(clip.created_at).timetuple()[:6])
    info.compress_type = ZIP_STORED
    try:
        source = clip.file.storage.open(str(clip.file.name))
    except OSError:
        return
    with source, archive.open(info, "w", force_zip64=True) as member:
        shutil.copyfileobj(source, member, COPY_BYTES)


def audio_name(clip: Clip) -> str:
    return f"audio/{clip.pk}.{clip.container}"


def account_of(user: User) -> dict[str, Any]:
    fields = ("username", "email", "name", "language", "time_zone", "retention_days")
    moments = ("date_joined", "last_login", "review_consent_at", "training_consent_at")
    return {
        **{name: getattr(user, name) for name in (*fields, *moments, "is_reviewer")},
        "addresses": [
            {"email": address.email, "verified": address.verified}
            for address in selectors.own_addresses(user)
        ],
        "sessions": [
            {"since": it.created_at, "address": it.ip, "browser": it.user_agent}
            for it in selectors.own_sessions(user)
        ],
        "tags": selectors.own_tags(user),
        "batches": list(selectors.own_batches(user).values("id", "created_at", "refusals")),
    }


def look_of(access: ClipAccess) -> dict[str, Any]:
    return {"clip": access.clip_id, "by": access.user_name, "what": access.what, "at": access.at}


CLIP_FIELDS = (
    *("id", "name", "file_name", "container", "size_bytes", "sha256", "speaker_consent"),
    *("duration_s", "state", "error_code", "error_details", "created_at", "finished_at"),
    *(
        "deleted_at",
        "emotion",
        "confidence",
        "is_sure",
        "corrected_emotion",
        "reviewed_emotion",
        "note",
    ),
)


def clip_of(clip: Clip) -> dict[str, Any]:
    return {
        **{name: getattr(clip, name) for name in CLIP_FIELDS},
        "audio": audio_name(clip),
        "tags": [tag.name for tag in clip.tags.all()],
        "corrections": [
            {
                "emotion": it.emotion,
                "author": it.author_name,
                "reason": it.reason,
                "at": it.created_at,
            }
            for it in clip.corrections.all()
        ],
        "reviews": [review_of(review) for review in clip.reviews.all()],
        "settlements": [settlement_of(settlement) for settlement in clip.settlements.all()],
        "links": [
            {"made": it.created_at, "until": it.expires_at, "withdrawn": it.withdrawn_at}
            for it in clip.shares.all()
        ],
        "predictions": [prediction_of(prediction) for prediction in clip.predictions.all()],
    }


def review_of(review: Review) -> dict[str, Any]:
    fields = ("kind", "emotion", "reason", "created_at", "undone_at")
    return {"reviewer": review.reviewer_name, **{name: getattr(review, name) for name in fields}}


def settlement_of(settlement: Settlement) -> dict[str, Any]:
    fields = ("emotion", "how", "shares", "reason", "created_at")
    return {"by": settlement.by_name, **{name: getattr(settlement, name) for name in fields}}


def prediction_of(prediction: Prediction) -> dict[str, Any]:
    return {
        "model": str(prediction.model_version),
        "at": prediction.created_at,
        "emotion": prediction.emotion,
        "confidence": prediction.confidence,
        "posteriors": prediction.posteriors,
        "segments": [
            model_to_dict(part, ["start_s", "end_s", "emotion", "posteriors"])
            for part in prediction.segments.all()
        ],
    }
