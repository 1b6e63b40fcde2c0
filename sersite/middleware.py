"""What every page gets: its security header, and the language and time of whoever reads it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class ContentSecurityPolicyMiddleware:
    """Only our own files run in our pages; a view may set a stricter policy itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        nonce = getattr(request, "style_nonce", "")
        styles = f"; style-src 'self' 'nonce-{nonce}'" if nonce else ""
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY + styles)
        return response


class HeadMiddleware:
    """Of what is asked for with HEAD only the head is sent: the server would drop the rest."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method == "HEAD":
            if isinstance(response, StreamingHttpResponse):
                response.streaming_content = ()
            elif isinstance(response, HttpResponse):
                response.content = b""
        return response


class PersonalMiddleware:
    """A person's own language and time zone; LocaleMiddleware chose one for everybody else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = getattr(request.user, "language", "")
        if language and translation.check_for_language(language):
            translation.activate(language)
            request.LANGUAGE_CODE = translation.get_language() or language
        with timezone.override(zone_named(getattr(request.user, "time_zone", ""))):
            return self.get_response(request)


class SignInMiddleware(LoginRequiredMiddleware):
    """Whoever sent a form when the session was over comes back to the page that it stood on.

    What was sent is not sent again by signing in, and its address may answer nothing but POST.
    """

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseRedirect:
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        sign_in = resolve_url(self.get_login_url(view_func))
        return redirect_to_login(page_before(request), sign_in)


def page_before(request: HttpRequest) -> str:
    """Only a page of this site; the usual one where the browser does not tell."""
    address = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(address, request.get_host(), request.is_secure()):
        return resolve_url(settings.LOGIN_REDIRECT_URL)
    found = urlsplit(address)
    path = "/" + found.path.lstrip("/")
    return f"{path}?{found.query}" if found.query else path


def zone_named(name: str) -> ZoneInfo | None:
    """Nothing for a zone that this machine does not know (any more): UTC then."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None
