"""The user's own account: what is chosen, what is allowed, what is used."""

from contextlib import AbstractContextManager
from typing import Any

from allauth.core import ratelimit
from django.contrib.auth import logout
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from recognition.api.conditional import answer, as_seen, marked
from recognition.api.descriptions import account
from recognition.api.negotiation import AnyAccept
from recognition.api.parsers import JSONParser
from recognition.api.permissions import READ, SESSION
from recognition.api.serializers.account import (
    AccountSerializer,
    ChoicesSerializer,
    DeleteAccountSerializer,
)
from recognition.api.serializers.base import StrictSerializer
from recognition.api.views.base import ApiView
from recognition.models import User
from recognition.presentation.account import account_context
from recognition.presentation.takeout import takeout_response
from recognition.services.accounts import change_choices, check_password, delete_account

TRY_AGAIN_S = 60  # passwords are counted by the minute


@extend_schema_view(get=account.GET, patch=account.CHANGE, delete=account.DELETE)
class AccountApi(ApiView):
    """Read by tokens, changed and ended by the session only.

    Consent is a person's: a program that got a token to upload must not give it.
    """

    scopes = {"GET": READ, "PATCH": SESSION, "DELETE": SESSION}
    heeds_if_match = True
    body_methods = ("PATCH", "DELETE")
    parser_classes = [JSONParser]

    def get(self, request: Request) -> HttpResponseBase:
        return answer(request, self.body)

    def patch(self, request: Request) -> Response:
        given = self.given()
        with self.as_seen():
            change_choices(self.user, given)
        return marked(self.body)

    def delete(self, request: Request) -> Response:
        """For good, with everything in it."""
        given = self.given()
        with self.as_seen():
            pass  # before the password: wrong ones are counted, whatever comes of this
        if not ratelimit.consume(request._request, action="reauthenticate", user=self.user):
            self.throttled(request, TRY_AGAIN_S)
        check_password(self.user, given["password"])
        delete_account(User.objects.get(pk=self.user.pk))
        logout(request._request)
        return Response(status=204)

    def get_serializer_class(self) -> type[StrictSerializer]:
        is_end = self.request.method == "DELETE"
        return DeleteAccountSerializer if is_end else ChoicesSerializer

    def as_seen(self) -> AbstractContextManager[bool]:
        return as_seen(self.request, User.objects.filter(pk=self.user.pk), self.body_by_now)

    def body_by_now(self) -> dict[str, Any]:
        """Of another request that changed it, too."""
        self.user.refresh_from_db()
        return self.body()

    def body(self) -> dict[str, Any]:
        return dict(AccountSerializer(account_context(self.user)).data)


@extend_schema_view(get=account.DOWNLOAD)
class AccountDownloadApi(ApiView):
    scopes = {"GET": READ}
    http_method_names = ["get"]  # for HEAD all of it would be made
    content_negotiation_class = AnyAccept

    def get(self, request: Request) -> StreamingHttpResponse:
        return takeout_response(self.user)
