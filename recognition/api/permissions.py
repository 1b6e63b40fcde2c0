"""What a token may do. A view says for each method which scope it takes; no entry, no way in."""

from collections.abc import Mapping

from django.http import Http404
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from recognition.api.errors import ApiError
from recognition.models import ApiToken

READ, UPLOAD, REVIEW = "read", "upload", "review"
SESSION = "session"  # no token's scope: who does this sits at a browser


class ScopePermission(BasePermission):
    """A session has all scopes. Whoever may not review can't by any token either."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated:
            return False
        scope = scope_asked(request, view)
        if scope is None:  # no such method, or no entry: the first is said by the view
            return request.method not in view.allowed_methods
        if isinstance(request.auth, ApiToken):
            check_token(request.auth, scope)
        if scope == REVIEW and not request.user.is_reviewer:
            raise ApiError("api:user:reviewers-only")
        return True


class StaffPermission(ScopePermission):
    """For everybody else nothing is there, as in the pages."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.user.is_authenticated and not request.user.is_staff:
            raise Http404
        return super().has_permission(request, view)


def scope_asked(request: Request, view: APIView) -> str | None:
    scopes: Mapping[str, str] = getattr(view, "scopes", {})
    return scopes.get("GET" if request.method == "HEAD" else str(request.method))


def may_read(request: Request) -> bool:
    """What is answered to a change must not tell a token what it may not ask."""
    return not isinstance(request.auth, ApiToken) or READ in request.auth.scopes


def check_token(token: ApiToken, scope: str) -> None:
    if scope == SESSION:
        raise ApiError("api:user:session-only")
    if scope not in token.scopes:
        raise ApiError("api:user:scope", {"scope": scope})
