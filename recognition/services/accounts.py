"""What people decide about their account, and the first administrator."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils import timezone

from recognition.errors import AccountError
from recognition.jobs.purge import delete_clips, purge_all
from recognition.models import Clip, User


@dataclass(frozen=True)
class Choices:
    """What the account page asks."""

    name: str
    language: str
    time_zone: str
    retention_days: int | None
    consents_to_review: bool
    consents_to_training: bool


def save_choices(user: User, choices: Choices) -> None:
    user.name, user.language = choices.name, choices.language
    user.time_zone, user.retention_days = choices.time_zone, choices.retention_days
    user.review_consent_at = since(user.review_consent_at, choices.consents_to_review)
    user.training_consent_at = since(user.training_consent_at, choices.consents_to_training)
    fields = ("name", "language", "time_zone", "retention_days")
    user.save(update_fields=[*fields, "review_consent_at", "training_consent_at"])


@transaction.atomic
def change_choices(user: User, changes: Mapping[str, Any]) -> None:
    """Some of them, by the names of Choices; the others stay, even if they change meanwhile."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    kept = Choices(
        name=locked.name,
        language=locked.language,
        time_zone=locked.time_zone,
        retention_days=locked.retention_days,
        consents_to_review=locked.review_consent_at is not None,
        consents_to_training=locked.training_consent_at is not None,
    )
    save_choices(locked, replace(kept, **changes))
    user.refresh_from_db()


def since(given_at: datetime | None, consents: bool) -> datetime | None:
    """A consent keeps the moment when it was given, until it is withdrawn."""
    return (given_at or timezone.now()) if consents else None


def save_language(user: User, language: str) -> None:
    User.objects.filter(pk=user.pk).update(language=language)


def save_time_zone(user: User, zone: str) -> None:
    User.objects.filter(pk=user.pk).update(time_zone=zone)


def check_password(user: User, password: str) -> None:
    """An open browser is not enough to lose everything. Raises AccountError."""
    if not user.check_password(password):
        raise AccountError("account:user:password")


def delete_account(user: User) -> None:
    """Everything, files first. Broken off, the person can sign in and have it finished."""
    for session in UserSession.objects.filter(user=user):
        session.end()
    clips = Clip.with_deleted.filter(owner=user)
    clips.filter(deleted_at__isnull=True).update(deleted_at=timezone.now())
    purge_all(clips, waits=True)
    if n_clips := clips.count():
        raise AccountError("account:app:files-left", {"n_clips": n_clips})
    with transaction.atomic():
        # an upload that is under way waits here, and then finds no owner
        locked = User.objects.select_for_update().get(pk=user.pk)
        delete_clips(clips)
        locked.delete()


@transaction.atomic
def create_first_administrator() -> str | None:
    """The generated password of the new user "admin"; None where an administrator exists."""
    if User.objects.filter(is_superuser=True).exists():
        return None
    password = secrets.token_urlsafe(12)
    user = User.objects.create_superuser("admin", "admin@localhost.localdomain", password)
    # nobody reads mail there, and a site may demand proof of every address
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return password
