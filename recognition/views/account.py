"""The account page, and what a person can do with the account as a whole."""

from typing import cast

from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django.views.i18n import set_language

from recognition.errors import AccountError
from recognition.forms.account import AccountForm, DeleteAccountForm, choices_of, time_zones
from recognition.forms.tokens import TokenForm
from recognition.http import SignedInRequest
from recognition.messages import sentence
from recognition.models import User
from recognition.presentation.takeout import takeout_response
from recognition.selectors.tokens import own_tokens
from recognition.services.accounts import (
    delete_account,
    save_choices,
    save_language,
    save_time_zone,
)

THEMES = ("light", "dark")
YEAR_S = 365 * 24 * 3600


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: SignedInRequest) -> HttpResponse:
    if request.method != "POST":
        return account_page(request, AccountForm(initial=choices_of(request.user)))
    form = AccountForm(request.POST)
    if not form.is_valid():
        return account_page(request, form, status=422)
    save_choices(request.user, form.choices())
    with translation.override(request.user.language or translation.get_language()):
        messages.success(request, _("Your choices were saved."))
    return redirect("settings")


def account_page(
    request: SignedInRequest, form: AccountForm, *, status: int = 200, **more: object
) -> HttpResponse:
    context = {
        "form": form,
        "time_zones": time_zones(),
        "tokens": own_tokens(request.user),
        "token_form": TokenForm(request.user),
        **more,
    }
    return render(request, "recognition/settings.html", context, status=status)


@require_POST
def download(request: SignedInRequest) -> StreamingHttpResponse:
    return takeout_response(request.user)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: SignedInRequest) -> HttpResponse:
    if request.method != "POST":
        return delete_page(request, DeleteAccountForm(request.user))
    if too_often := ratelimit.consume_or_429(request, action="reauthenticate", user=request.user):
        return cast(HttpResponse, too_often)
    form = DeleteAccountForm(request.user, request.POST)
    if not form.is_valid():
        return delete_page(request, form, status=422)
    try:
        delete_account(User.objects.get(pk=request.user.pk))
    except AccountError as error:
        form.add_error(None, sentence(error.code, error.details))
        return delete_page(request, form, status=500)
    logout(request)
    messages.success(request, _("Your account and everything in it were deleted."))
    return redirect("landing")


def delete_page(
    request: SignedInRequest, form: DeleteAccountForm, *, status: int = 200
) -> HttpResponse:
    return render(request, "recognition/account_delete.html", {"form": form}, status=status)


@login_not_required
@require_POST
def switch_language(request: HttpRequest) -> HttpResponse:
    """Django's cookie for everybody; who is signed in takes the choice along."""
    response = set_language(request)
    language = request.POST.get("language", "")
    if isinstance(request.user, User) and translation.check_for_language(language):
        save_language(request.user, language)
    return response


@require_POST
def switch_time_zone(request: SignedInRequest) -> HttpResponse:
    """What the browser knows was offered: taken, or refused for good by choosing UTC."""
    zone = request.POST.get("time_zone", "")
    if zone not in time_zones():
        words = _("There is no time zone “%(zone)s”. Choose one from the list.")
        messages.error(request, words % {"zone": Truncator(zone).chars(60)})
        return redirect("settings")
    save_time_zone(request.user, zone)
    words = _("Times are shown in %(zone)s now. Your account page can change that.")
    messages.success(request, words % {"zone": zone.replace("_", " ")})
    return redirect(page_before(request))


def page_before(request: HttpRequest) -> str:
    """Never on another site."""
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(target, {request.get_host()}, request.is_secure())
    return target if is_ours else "/"


@login_not_required
@require_POST
def switch_theme(request: HttpRequest) -> HttpResponse:
    """Kept in a cookie, so that the server sends the right colors at once."""
    response = redirect(page_before(request))
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie("theme", theme, max_age=YEAR_S, samesite="Lax", httponly=True)
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response
