"""ETags: what a program has already is not sent again, and what changed is not overwritten."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from recognition.api.errors import ApiError

TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
TAGS = re.compile(rf"{TAG.pattern}(?:[ \t]*,[ \t]*{TAG.pattern})*")
ANY = "*"


def etag_of(body: Mapping[str, Any]) -> str:
    """Of what is shown: it changes with everything that can be seen, and with nothing else."""
    return f'"{sha256(JSONRenderer().render(body)).hexdigest()[:32]}"'


def answer(request: Request, body: Mapping[str, Any]) -> HttpResponseBase:
    """304 where it is what If-None-Match names."""
    check_unchanged(request, body)
    response = marked(body)
    found = get_conditional_response(request._request, etag=response["ETag"], response=response)
    return found or response


def marked(body: Mapping[str, Any]) -> Response:
    """To be asked for again before each use."""
    headers = {"ETag": etag_of(body), "Cache-Control": "private, no-cache"}
    return Response(body, headers=headers)


def check_unchanged(request: Request, body: Mapping[str, Any]) -> bool:
    """Whether the program named what it has seen. Raises ApiError where it is another by now."""
    if "If-Match" not in request.headers:
        return False
    check_etag(request, etag_of(body))
    return True


def check_etag(request: Request, etag: str) -> None:
    """Raises ApiError where If-Match names another."""
    asked = request.headers.get("If-Match", ANY)
    if asked.strip() != ANY and etag not in named_in(asked):
        raise ApiError("api:user:changed")


def named_in(asked: str) -> list[str]:
    """Raises ApiError: what can't be understood must not look as if it had protected anything."""
    if not TAGS.fullmatch(asked.strip()):
        raise ApiError("api:user:if-match")
    return TAG.findall(asked)
