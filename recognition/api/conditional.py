"""ETags: what a program has already is not sent again, and what changed is not overwritten."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import parse_etags
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from recognition.api.errors import ApiError


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
    asked = request.headers.get("If-Match")
    if asked is None:
        return False
    named = parse_etags(asked)
    if "*" not in named and etag_of(body) not in named:
        raise ApiError("api:user:changed", status=412)
    return True
