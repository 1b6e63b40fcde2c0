"""All data of one person as a ZIP, sent while it is written: its size does not matter."""

import json
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from datetime import tzinfo
from typing import IO, Any, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.core.serializers.json import DjangoJSONEncoder
from django.forms.models import model_to_dict
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recognition.models import (
    ApiToken,
    Clip,
    ClipAccess,
    Explanation,
    Portrait,
    Prediction,
    Review,
    Settlement,
    User,
)
from recognition.selectors import takeout as selectors
from recognition.selectors.batches import own_batches

PIECE_BYTES = 1 << 16
README = _(
    """Your data at sersite.

account.json       what is known about you: choices, addresses, sessions, tokens of the API
                   (not the tokens themselves: they are not kept), tags, batches
clips.json         each clip with its batch, note, tags, corrections, reviews, links and
                   everything that models said of it
explanations.json  where in a clip its emotion was heard, for those that you asked about
portraits.json     what the page of a clip draws: waveform, spectrogram, pitch and energy
looks.json         when an administrator opened one of your clips, or a reviewer was
                   shown it
audio/             your recordings as you sent them, named by the id of the clip
                   (a recording that is missing here could not be read)
"""
)


class Outlet:
    """What a ZIP is written to and taken from, piece by piece; it can't be gone back in."""

    def __init__(self) -> None:
        self.written = bytearray()

    def write(self, data: bytes) -> int:
        self.written += data
        return len(data)

    def flush(self) -> None:
        """There is nobody to hand it on to."""

    def take(self) -> bytes:
        piece = bytes(self.written)
        self.written.clear()
        return piece


def takeout_response(user: User) -> StreamingHttpResponse:
    """Sent while it is made."""
    headers = {
        "Content-Disposition": 'attachment; filename="sersite-my-data.zip"',
        "Cache-Control": "no-store",
    }
    return StreamingHttpResponse(takeout(user), content_type="application/zip", headers=headers)


def takeout(user: User) -> Generator[bytes, None, None]:
    """In zone and language of whoever asks now: when it is sent, they are forgotten."""
    return pieces(user, timezone.get_current_timezone(), str(README))


def pieces(user: User, zone: tzinfo, readme: str) -> Generator[bytes, None, None]:
    """Only one of them is in memory, and nothing on the disk."""
    outlet = Outlet()
    with ZipFile(cast(IO[bytes], outlet), "w", ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", readme)
        # closed first when nobody waits for the rest: no member may be left open then
        with closing(write_all(archive, user, zone)) as steps:
            for _step in steps:
                if len(outlet.written) >= PIECE_BYTES:
                    yield outlet.take()
    yield outlet.take()


def write_all(archive: ZipFile, user: User, zone: tzinfo) -> Generator[None, None, None]:
    """Pauses after each little step."""
    archive.writestr("account.json", as_json(account_of(user)))
    lists = {
        "clips.json": map(clip_of, selectors.all_clips(user)),
        "explanations.json": map(explanation_of, selectors.explanations_of(user)),
        "portraits.json": map(portrait_of, selectors.portraits_of(user)),
        "looks.json": map(look_of, selectors.looks_at(user)),
    }
    for name, rows in lists.items():
        yield from write_list(archive, name, rows)
    for clip in selectors.audio_of(user):
        yield from write_audio(archive, clip, zone)


def as_json(value: object) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)


def write_list(archive: ZipFile, name: str, rows: Iterable[dict[str, Any]]) -> Iterator[None]:
    with archive.open(name, "w", force_zip64=True) as member:
        member.write(b"[")
        for number, row in enumerate(rows):
            member.write(b",\n" if number else b"\n")
            member.write(as_json(row).encode())
            yield
        member.write(b"\n]\n")


def write_audio(archive: ZipFile, clip: Clip, zone: tzinfo) -> Iterator[None]:
    """Stored as it is: recordings hardly shrink."""
    info = ZipInfo(audio_name(clip), clip.created_at.astimezone(zone).timetuple()[:6])
    info.compress_type = ZIP_STORED
    try:
        source = clip.file.storage.open(str(clip.file.name))
    except OSError:
        return
    info.file_size = source.size  # large ones need larger fields
    with source, archive.open(info, "w") as member:
        while piece := source.read(PIECE_BYTES):
            member.write(piece)
            yield


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
        "tokens": [token_of(token) for token in selectors.own_tokens_ever(user)],
        "tags": selectors.own_tags(user),
        "batches": list(own_batches(user).values("id", "created_at", "refusals")),
    }


def token_of(token: ApiToken) -> dict[str, Any]:
    """Without the hash: nobody needs it, and with it nobody could find the token."""
    moments = {"made": token.created, "expires": token.expiry, "revoked": token.revoked_at}
    shown = {"name": token.name, "scopes": token.scopes, "begins": token.first_characters}
    return {**shown, **moments, "last_used": token.last_used_at}


def look_of(access: ClipAccess) -> dict[str, Any]:
    return {"clip": access.clip_id, "by": access.user_name, "what": access.what, "at": access.at}


CLIP_FIELDS = (
    *("id", "name", "file_name", "container", "size_bytes", "sha256", "speaker_consent"),
    *("sample_rate", "n_channels", "codec"),
    *("duration_s", "state", "error_code", "error_details", "created_at", "finished_at"),
    *("deleted_at", "emotion", "confidence", "is_sure", "corrected_emotion", "note", "batch_id"),
    "reviewed_emotion",
)


def clip_of(clip: Clip) -> dict[str, Any]:
    return {
        **{name.removesuffix("_id"): getattr(clip, name) for name in CLIP_FIELDS},
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


def explanation_of(explanation: Explanation) -> dict[str, Any]:
    prediction = explanation.prediction
    made = {"clip": prediction.clip_id, "model": str(prediction.model_version)}
    return made | {"at": explanation.created_at, "data": explanation.data}


def portrait_of(portrait: Portrait) -> dict[str, Any]:
    return {"clip": portrait.clip_id, "at": portrait.created_at, "data": portrait.data}
