"""Tokens of one's own. Which there are can be asked by one of them; only a person makes one."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from recognition.api.conditional import answer, as_seen
from recognition.api.descriptions import account
from recognition.api.pagination import NewestFirst
from recognition.api.parsers import JSONParser
from recognition.api.permissions import READ, SESSION
from recognition.api.serializers.tokens import (
    MadeTokenSerializer,
    TokenSerializer,
    TokenWishSerializer,
    wish_of,
)
from recognition.api.views.base import ApiView
from recognition.models import ApiToken
from recognition.selectors.tokens import own_token, own_tokens
from recognition.services.tokens import make_token, revoke_token


class TokenPages(NewestFirst):
    ordering = "-created"


@extend_schema_view(get=account.LIST_TOKENS, post=account.MAKE_TOKEN)
class TokenListApi(ApiView):
    """A token that leaked must not make others that outlive it: the session alone may."""

    scopes = {"GET": READ, "POST": SESSION}
    parser_classes = [JSONParser]
    pagination_class = TokenPages
    serializer_class = TokenWishSerializer

    def get_queryset(self) -> QuerySet[ApiToken]:
        return own_tokens(self.user)

    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(TokenSerializer(page, many=True).data)

    def post(self, request: Request) -> Response:
        token, secret = make_token(self.user, wish_of(self.given()))
        made = MadeTokenSerializer(token, context={"token": secret})
        location = reverse("api-token", args=[token.pk])
        headers = {"Location": location, "Cache-Control": "no-store"}
        return Response(made.data, status=201, headers=headers)


@extend_schema_view(get=account.GET_TOKEN, delete=account.REVOKE_TOKEN)
class TokenApi(ApiView):
    scopes = {"GET": READ, "DELETE": SESSION}
    heeds_if_match = True
    serializer_class = TokenSerializer

    def get(self, request: Request, token_id: UUID) -> HttpResponseBase:
        return answer(request, lambda: TokenSerializer(self.found(token_id)).data)

    def delete(self, request: Request, token_id: UUID) -> Response:
        """Revoked for good: it answers 401 from now on."""
        token = self.found(token_id)
        row = ApiToken.objects.filter(pk=token_id)
        with as_seen(request, row, lambda: TokenSerializer(self.found(token_id)).data):
            revoke_token(token)
        return Response(status=204)

    def found(self, token_id: UUID) -> ApiToken:
        try:
            return own_token(self.user, token_id)
        except ApiToken.DoesNotExist:
            raise Http404 from None
