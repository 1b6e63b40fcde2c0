"""The user's own account: what is chosen, what is allowed, what is used."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema_view
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from recognition.api.conditional import answer, check_unchanged, marked
from recognition.api.descriptions import account
from recognition.api.permissions import READ, SESSION
from recognition.api.serializers.account import AccountSerializer, ChoicesSerializer
from recognition.api.views.base import ApiView
from recognition.presentation.account import account_context
from recognition.services.accounts import change_choices


@extend_schema_view(get=account.GET, patch=account.CHANGE)
class AccountApi(ApiView):
    """Read by tokens, changed by the session only.

    Consent is a person's: a program that got a token to upload must not give it.
    """

    scopes = {"GET": READ, "PATCH": SESSION}
    parser_classes = [JSONParser]
    serializer_class = ChoicesSerializer

    def get(self, request: Request) -> HttpResponseBase:
        return answer(request, self.body())

    def patch(self, request: Request) -> Response:
        given = self.given()
        check_unchanged(request, self.body())
        change_choices(self.user, given)
        return marked(self.body())

    def body(self) -> dict[str, Any]:
        return dict(AccountSerializer(account_context(self.user)).data)
