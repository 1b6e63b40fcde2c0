"""Tokens for programs, as their owner sees them."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from recognition.models import ApiToken, User


def own_tokens(user: User) -> QuerySet[ApiToken]:
    """Also those that have expired: they take a place in the list until they are removed."""
    tokens: QuerySet[ApiToken] = ApiToken.objects.filter(user=user, revoked_at=None)
    return tokens.order_by("-created")


def own_token(user: User, token_id: UUID) -> ApiToken:
    return own_tokens(user).get(pk=token_id)


def token_works(token_id: UUID) -> bool:
    """Neither revoked nor expired, and of somebody who is not blocked."""
    lives = Q(expiry=None) | Q(expiry__gt=timezone.now())
    tokens = ApiToken.objects.filter(lives, pk=token_id, revoked_at=None, user__is_active=True)
    return bool(tokens.exists())
