"""Rows for tests, as the services would leave them."""

from datetime import timedelta
from itertools import count
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from mlcore.labels import EMOTIONS
from recognition.models import (
    ApiToken,
    Clip,
    Explanation,
    ModelVersion,
    Portrait,
    Prediction,
    Segment,
    User,
)
from recognition.services.tokens import TokenWish, make_token

PASSWORD = "correct horse battery"
_numbers = count(1)


def user(name: str, **fields: Any) -> User:
    return User.objects.create_user(name, f"{name}@example.org", PASSWORD, **fields)


def consent(owner: User) -> None:
    """To review."""
    User.objects.filter(pk=owner.pk).update(review_consent_at=timezone.now())


def clip(owner: User, *, content: bytes = b"", **fields: Any) -> Clip:
    now = timezone.now()
    ends = fields.get("state") in Clip.FINAL_STATES
    made = Clip(
        owner=owner,
        name=fields.pop("name", f"clip {next(_numbers)}.wav"),
        file_name="as it was sent.wav",
        container=fields.pop("container", "wav"),
        size_bytes=len(content),
        duration_s=fields.pop("duration_s", 2.5),
        announced_at=fields.pop("announced_at", now),
        finished_at=now if ends else None,
        started_at=fields.pop("started_at", now if fields.get("state") == "running" else None),
        **fields,
    )
    made.file.save("ignored", ContentFile(content), save=False)
    made.save()
    return made


def failed_clip(owner: User, **fields: Any) -> Clip:
    details = {"speech_s": 0.0, "limit_s": 0.1}
    return clip(
        owner,
        state=Clip.State.FAILED,
        error_code="audio:user:no-speech",
        error_details=details,
        **fields,
    )


def model_version(**fields: Any) -> ModelVersion:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "name": f"model {number}",
        "sha256": f"{number:064x}",
        "folder": "nowhere",
        "status": ModelVersion.Status.RETIRED,
        "not_sure_below": 0.4,
    }
    return ModelVersion.objects.create(**defaults | fields)


def posteriors(emotion: str = "happy", confidence: float = 0.65) -> dict[str, float]:
    rest = (1 - confidence) / (len(EMOTIONS) - 1)
    return {name: confidence if name == emotion else rest for name in EMOTIONS}


def done_clip(
    owner: User, *, emotion: str = "happy", confidence: float = 0.65, **fields: Any
) -> Clip:
    version = model_version()
    made = clip(
        owner,
        state=Clip.State.DONE,
        emotion=emotion,
        confidence=confidence,
        is_sure=confidence >= 0.4,
        model_version=version,
        **fields,
    )
    prediction = Prediction.objects.create(
        clip=made,
        model_version=version,
        emotion=emotion,
        confidence=confidence,
        posteriors=posteriors(emotion, confidence),
        processing_ms=12.5,
    )
    Segment.objects.create(
        prediction=prediction,
        position=0,
        start_s=0,
        end_s=2.5,
        emotion=emotion,
        posteriors=posteriors(emotion, confidence),
    )
    return made


def days_ago(clip: Clip, days: float) -> Clip:
    Clip.objects.filter(pk=clip.pk).update(created_at=timezone.now() - timedelta(days=days))
    clip.refresh_from_db()
    return clip


def explanation(clip: Clip, **fields: Any) -> Explanation:
    now = timezone.now()
    defaults = {
        "announced_at": now,
        "started_at": now if fields.get("state") == "running" else None,
        "finished_at": now if fields.get("state") in ("done", "failed") else None,
    }
    return Explanation.objects.create(prediction=clip.predictions.get(), **defaults | fields)


def portrait(clip: Clip, **fields: Any) -> Portrait:
    now = timezone.now()
    defaults = {
        "announced_at": now,
        "started_at": now if fields.get("state") == "running" else None,
        "finished_at": now if fields.get("state") in ("done", "failed") else None,
    }
    return Portrait.objects.create(clip=clip, **defaults | fields)


def token(owner: User, *scopes: str, days: int | None = None, **fields: Any) -> str:
    """The token itself; its row is the newest of the owner."""
    wish = TokenWish(f"token {next(_numbers)}", scopes or ("read",), days)
    row, secret = make_token(owner, wish)
    ApiToken.objects.filter(pk=row.pk).update(**fields)
    return secret
