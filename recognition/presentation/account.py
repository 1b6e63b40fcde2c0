"""What a user may do and has, as the API tells it."""

from typing import Any

from django.conf import settings

from recognition.models import User
from recognition.selectors.account import use_of
from recognition.services.tokens import MOST_TOKENS


def account_context(user: User) -> dict[str, Any]:
    own = ("username", "email", "name", "language", "time_zone", "retention_days")
    moments = ("review_consent_at", "training_consent_at")
    return {
        **{field: getattr(user, field) for field in (*own, *moments)},
        "role": role_of(user),
        "consents_to_review": user.review_consent_at is not None,
        "consents_to_training": user.training_consent_at is not None,
        "limits": limits(),
        "use": use_of(user),
    }


def role_of(user: User) -> str:
    roles = {
        "administrator": user.is_staff or user.is_superuser,
        "senior-reviewer": user.is_senior_reviewer,
        "reviewer": user.is_reviewer,
    }
    return next((role for role, has in roles.items() if has), "user")


def limits() -> dict[str, Any]:
    return {
        "file_max_bytes": settings.UPLOAD_MAX_BYTES,
        "request_max_bytes": settings.UPLOAD_MAX_REQUEST_BYTES,
        "files_at_once": settings.UPLOAD_MAX_FILES,
        "clip_min_s": settings.CLIP_MIN_DURATION_S,
        "clip_max_s": settings.CLIP_MAX_DURATION_S,
        "requests_per_minute": settings.API_PER_MINUTE,
        "requests_per_minute_and_token": settings.API_TOKEN_PER_MINUTE,
        "uploads_per_minute": settings.API_UPLOADS_PER_MINUTE,
        "tokens": MOST_TOKENS,
    }
