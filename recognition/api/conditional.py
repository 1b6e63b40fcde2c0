"""ETags: what a program has already is not sent again, and what changed is not overwritten."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.translation import get_language, override
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from recognition.api.errors import ApiError

TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
TAGS = re.compile(rf"{TAG.pattern}(?:[ \t]*,[ \t]*{TAG.pattern})*")
ANY, PLAIN = "*", "en"
IN_LANGUAGE = re.compile(r'\.[a-z-]*"$')
Body = Callable[[], Mapping[str, Any]]  # what is shown, in the language in force


def etag_of(english: Mapping[str, Any], language: str) -> str:
    """It changes with everything that can be seen, and with nothing else, whoever reads it.

    Only its end is of the language: caches must not take one for the other.
    """
    with override(PLAIN):
        digest = sha256(JSONRenderer().render(english)).hexdigest()[:32]
    return f'"{digest}.{language}"'


def in_english(body: Body) -> Mapping[str, Any]:
    with override(PLAIN):
        return body()


def answer(request: Request, body: Body) -> HttpResponseBase:
    """304 where it is what If-None-Match names."""
    check_unchanged(request, body)
    response = marked(body)
    found = get_conditional_response(request._request, etag=response["ETag"], response=response)
    return found or response


def marked(body: Body) -> Response:
    """To be asked for again before each use. What changes meanwhile is told with the old ETag."""
    language, english = get_language() or PLAIN, in_english(body)
    headers = {"ETag": etag_of(english, language), "Cache-Control": "private, no-cache"}
    return Response(english if language == PLAIN else body(), headers=headers)


@contextmanager
def as_seen(request: Request, rows: QuerySet[Any], body: Body) -> Iterator[bool]:
    """Whether If-Match names it as it is; then nobody else changes it before the end.

    Raises ApiError where it is another by now.
    """
    if "If-Match" not in request.headers:
        yield False
        return
    with transaction.atomic():
        if not list(rows.select_for_update().order_by("pk").values_list("pk")):
            raise Http404  # gone in this moment
        check_unchanged(request, body)
        yield True


def check_unchanged(request: Request, body: Body) -> None:
    """Raises ApiError where the program names another than there is by now."""
    if "If-Match" in request.headers:
        check_etag(request, etag_of(in_english(body), PLAIN))


def check_etag(request: Request, etag: str) -> None:
    """Raises ApiError where If-Match names another, in whatever language it was read."""
    asked = request.headers.get("If-Match", ANY)
    if asked.strip() == ANY:
        return
    if without_language(etag) not in map(without_language, named_in(asked)):
        raise ApiError("api:user:changed")


def without_language(etag: str) -> str:
    return IN_LANGUAGE.sub('"', etag)


def named_in(asked: str) -> list[str]:
    """Raises ApiError: what can't be understood must not look as if it had protected anything."""
    if not TAGS.fullmatch(asked.strip()):
        raise ApiError("api:user:if-match")
    return TAG.findall(asked)
