"""What all views of the API have in common."""

from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from recognition.api.errors import ApiError, unknown_fields
from recognition.api.once import check_once
from recognition.api.permissions import ScopePermission
from recognition.api.throttles import TokenThrottle, UploadThrottle, UserThrottle, VisitorThrottle
from recognition.http import SignedInRequest
from recognition.models import ApiToken, User
from recognition.selectors.dashboard import zone_of

NO_OBJECT = _("Send a JSON object: names and their values in braces.")
EMPTY = _("Give this a value, or leave it out.")


def speak_as_chosen(request: Request, user: User) -> None:
    """The middleware, which does it for sessions, can't know whose a token is."""
    timezone.activate(zone_of(user))  # until the middleware puts back the one before
    is_asked = "Accept-Language" in request.headers
    if not is_asked and user.language and translation.check_for_language(user.language):
        translation.activate(user.language)


class ApiView(GenericAPIView[Any]):
    """A view names the scope of each of its methods, and the parameters of its address."""

    scopes: Mapping[str, str] = {}
    query_fields: Mapping[str, tuple[str, ...]] = {}
    several: tuple[str, ...] = ()  # parameters that may be named more than once
    upload_methods: tuple[str, ...] = ()  # those that give the model work, throttled by themselves
    body_methods: tuple[str, ...] = ("POST", "PUT", "PATCH")
    heeds_if_match = False  # whether each method that changes something does
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    permission_classes: list[type[BasePermission]] = [ScopePermission]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.check_length()
        self.check_query()
        self.check_size()
        self.check_if_match()

    def perform_authentication(self, request: Request) -> None:
        """Throttled at once: what is refused for its token, or for want of one, counts, too."""
        try:
            super().perform_authentication(request)
            if isinstance(request.auth, ApiToken):
                speak_as_chosen(request, self.user)
        finally:
            self.check_rates(request)

    def check_throttles(self, request: Request) -> None:
        """Done with the authentication."""

    def check_rates(self, request: Request) -> None:
        """Up to the first refusal: what a wild token may not is not counted for its person."""
        for throttle in self.get_throttles():
            if not throttle.allow_request(request, self):
                self.throttled(request, throttle.wait() or 1)

    def get_throttles(self) -> list[BaseThrottle]:
        """The narrowest first."""
        is_upload = self.request.method in self.upload_methods
        uploads: list[BaseThrottle] = [UploadThrottle()] if is_upload else []
        return [TokenThrottle(), *uploads, UserThrottle(), VisitorThrottle()]

    def check_length(self) -> None:
        """Django reads nothing of a body without a length, as if nothing had been sent."""
        if self.request.headers.get("Transfer-Encoding"):
            raise ApiError("api:user:length-required")

    def check_query(self) -> None:
        """A misspelled filter must not look as if it had found everything."""
        method = "GET" if self.request.method == "HEAD" else str(self.request.method)
        if method not in self.scopes:  # refused for that
            return
        allowed = set(self.query_fields.get(method, ()))
        if method == "GET" and self.pagination_class is not None:
            allowed.update(getattr(self.pagination_class, "query_fields", ()))
        if unknown := set(self.request.query_params) - allowed:
            raise unknown_fields(unknown, list(allowed))
        check_once(self.request.query_params, self.several)
        if empty := [name for name, value in self.request.query_params.items() if not value]:
            raise ValidationError({name: [EMPTY] for name in empty})
        if any("\0" in value for value in self.request.query_params.values()):
            raise ParseError("the address holds a null character")

    def check_size(self) -> None:
        """Of what is read into memory: files have limits of their own."""
        length = self.request.headers.get("Content-Length", "")
        is_form = str(self.request.content_type).startswith("multipart/")
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        if not is_form and length.isdecimal() and int(length) > limit:
            raise ApiError("api:user:body-too-large", {"limit_bytes": limit})

    def check_if_match(self) -> None:
        """What is not looked at must not seem to have protected anything."""
        changes = self.request.method in self.scopes.keys() - set(SAFE_METHODS)
        if changes and not self.heeds_if_match and "If-Match" in self.request.headers:
            raise ApiError("api:user:no-if-match")

    @property
    def user(self) -> User:
        return cast(User, self.request.user)

    @property
    def signed_in(self) -> SignedInRequest:
        """For what views of pages ask, too."""
        return cast(SignedInRequest, self.request)

    def given(self) -> dict[str, Any]:
        """The body, as the view's serializer takes it; refused with 400 otherwise."""
        if not isinstance(self.request.data, Mapping):
            raise ValidationError([NO_OBJECT])
        serializer = self.get_serializer(data=self.request.data)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)
