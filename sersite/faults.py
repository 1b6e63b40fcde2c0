"""Answers where no view was reached, or none came back: pages for people, JSON for programs."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.views import defaults

from recognition.api.errors import (
    BAD_REQUEST,
    FAILED,
    TOO_BIG,
    ApiError,
    json_error,
    too_many_files,
)
from recognition.views import site

API = "/api/"


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not request.path_info.startswith(API):
        return site.bad_request(request, exception)
    if isinstance(exception, TooManyFilesSent):
        return json_error(too_many_files())
    too_big = isinstance(exception, RequestDataTooBig)
    return json_error(ApiError(TOO_BIG if too_big else BAD_REQUEST))


def server_error(request: HttpRequest) -> HttpResponse:
    """What went wrong was recorded by Django; it is not told."""
    if not request.path_info.startswith(API):
        return defaults.server_error(request)
    return json_error(ApiError(FAILED))
