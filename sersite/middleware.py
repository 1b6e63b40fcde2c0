"""What every page gets: its security header, and the language and time of whoever reads it."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

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


def zone_named(name: str) -> ZoneInfo | None:
    """Nothing for a zone that this machine does not know (any more): UTC then."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None
