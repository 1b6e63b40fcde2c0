"""Tokens for programs: made, used and revoked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from recognition.errors import TokenError
from recognition.models import ApiToken, User
from recognition.selectors.tokens import own_tokens

MOST_TOKENS = 20
PERIODS_DAYS = (7, 30, 90, 365)
USE_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class TokenWish:
    name: str
    scopes: Sequence[str]
    days: int | None  # None: until it is revoked


@transaction.atomic
def make_token(user: User, wish: TokenWish) -> tuple[ApiToken, str]:
    """The row, and the token itself, which nobody can find out later. Raises TokenError."""
    User.objects.select_for_update().get(pk=user.pk)  # one at a time: they are counted
    check_wish(user, wish)
    made, secret = ApiToken.objects.create(  # type: ignore[no-untyped-call]
        user=user,
        expiry=timedelta(days=wish.days) if wish.days else None,
        name=wish.name,
        scopes=[scope for scope in ApiToken.Scope.values if scope in wish.scopes],
    )
    return made, secret


def check_wish(user: User, wish: TokenWish) -> None:
    if ApiToken.Scope.REVIEW in wish.scopes and not user.is_reviewer:
        raise TokenError("token:user:reviewers-only")
    tokens = own_tokens(user)
    if tokens.filter(name=wish.name).exists():
        raise TokenError("token:user:name-taken", {"name": wish.name})
    if tokens.count() >= MOST_TOKENS:
        raise TokenError("token:user:too-many", {"limit": MOST_TOKENS})


def revoke_token(token: ApiToken) -> None:
    """For good. The row stays, so that a program that still uses it learns why it is refused."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())


def note_use(token: ApiToken, now: datetime) -> None:
    """Not at each request: to the minute is enough for whoever looks."""
    before = now - USE_NOTED_EVERY
    if token.last_used_at is None or token.last_used_at < before:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=before)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
