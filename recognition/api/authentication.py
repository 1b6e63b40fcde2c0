"""Who asks: by a token, or by the session of a browser."""

from django.utils import timezone
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.crypto import hash_token
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from recognition.models import ApiToken, User
from recognition.services.tokens import note_use

SCHEME = "Bearer"


class TokenAuthentication(KnoxAuthentication):
    """Says what is wrong with a token: knox deletes expired ones and calls them unknown."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = authentication.get_authorization_header(request).split()
        if not words or words[0].lower() != SCHEME.lower().encode():
            return None
        if len(words) != 2 or not words[1].isascii():
            raise refusal("token-malformed")
        return self.authenticate_credentials(words[1])

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        digest = hash_token(token.decode())
        found = ApiToken.objects.select_related("user").filter(digest=digest).first()
        if found is None:
            raise refusal("token-unknown")
        if found.revoked_at:
            raise refusal("token-revoked")
        if found.has_expired:
            raise refusal("token-expired")
        if not found.user.is_active:
            raise refusal("account-inactive")
        note_use(found, timezone.now())
        return found.user, found

    def authenticate_header(self, request: Request) -> str:
        return f'{SCHEME} realm="sersite"'


def refusal(code: str) -> AuthenticationFailed:
    return AuthenticationFailed(code=code)


class SessionAuthentication(authentication.SessionAuthentication):
    def enforce_csrf(self, request: Request) -> None:
        """With a code of its own: programs stumble over this one."""
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise PermissionDenied(code="csrf") from error
