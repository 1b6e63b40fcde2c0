"""Tokens for programs, in a part of the account page of their own."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from recognition.errors import TokenError
from recognition.forms.account import AccountForm, choices_of
from recognition.forms.tokens import TokenForm
from recognition.http import SignedInRequest
from recognition.models import ApiToken
from recognition.presentation.tokens import example_of
from recognition.selectors.tokens import own_token
from recognition.services.tokens import make_token, revoke_token
from recognition.views.account import account_page


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def make(request: SignedInRequest) -> HttpResponse:
    """The token stands in this answer and nowhere else; sent again, its name is taken."""
    if request.method != "POST":
        return redirect(place())
    form = TokenForm(request.user, request.POST)
    if not form.is_valid():
        return refused(request, form)
    try:
        token, secret = make_token(request.user, form.wish())
    except TokenError as error:
        form.refuse(error)
        return refused(request, form)
    example = example_of(token, secret, request.build_absolute_uri("/api/v1/"))
    return with_tokens(request, made=token, secret=secret, example=example)


def refused(request: SignedInRequest, form: TokenForm) -> HttpResponse:
    form.focus()
    return with_tokens(request, status=422, token_form=form)


def with_tokens(request: SignedInRequest, *, status: int = 200, **more: object) -> HttpResponse:
    form = AccountForm(initial=choices_of(request.user))
    return account_page(request, form, status=status, **more)


@require_POST
def revoke(request: SignedInRequest, token_id: UUID) -> HttpResponse:
    try:
        token = own_token(request.user, token_id)
    except ApiToken.DoesNotExist:
        raise Http404 from None
    revoke_token(token)
    words = _("The token “%(name)s” was revoked. Programs that used it are refused from now on.")
    messages.success(request, words % {"name": token.name})
    return redirect(place())


def place() -> str:
    return f"{reverse('settings')}#api-tokens"
