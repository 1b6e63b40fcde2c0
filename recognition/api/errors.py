"""Every answer of the API from 400 on has one shape: code, sentence, and what else is known."""

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFilesSent,
)
from django.forms import ChoiceField, Form, MultipleChoiceField
from django.http import Http404, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from mlcore.errors import SersiteError
from recognition.messages import SENTENCES, sentence

FAILED = "api:app:failed"
TOO_BIG, TOO_MANY = "upload:user:request-too-big", "upload:user:too-many-parts"
BAD_REQUEST = "api:user:bad-request"
PARSE_ERROR = "api:user:parse-error"
NAMES_SHOWN = 10  # of what a program made up
REASONS_LENGTH = 1000
NO_CHOICE = _("“{input}” is not possible here. Choose one of {values}.")
BACKWARDS = _("This ends before “{first}” begins.")
NOTHING = _("nothing")
NO_FIELD = "non_field_errors"

STATUSES = {
    "api:user:bad-request": 400,
    "api:user:cursor": 400,
    "api:user:invalid": 400,
    "api:user:key-malformed": 400,
    "api:user:no-if-match": 400,
    "api:user:unknown-field": 400,
    "compare:user:number": 400,
    "api:user:parse-error": 400,
    "api:user:not-authenticated": 401,
    "api:user:token-expired": 401,
    "api:user:csrf": 403,
    "api:user:permission-denied": 403,
    "api:user:reviewers-only": 403,
    "api:user:scope": 403,
    "api:user:session-only": 403,
    "account:user:password": 403,
    "token:user:reviewers-only": 403,
    "api:user:no-address": 404,
    "api:user:not-found": 404,
    "selection:user:unknown": 404,
    "share:user:unknown": 404,
    "api:user:not-acceptable": 406,
    # it is as it is meanwhile: asking again changes nothing
    "correct:user:no-result": 409,
    "describe:user:name-changed": 409,
    "describe:user:note-changed": 409,
    "erase:user:nothing-to-undo": 409,
    "erase:user:purged": 409,
    "explanation:user:no-result": 409,
    "promote:user:no-challenger": 409,
    "promote:user:removed": 409,
    "retrain:user:under-way": 409,
    "retry:user:not-failed": 409,
    "review:user:claimed": 409,
    "review:user:not-held": 409,
    "review:user:nothing-to-undo": 409,
    "review:user:settled": 409,
    "review:user:twice": 409,
    "review:user:withdrawn": 409,
    "token:user:name-taken": 409,
    "token:user:too-many": 409,
    "upload:user:duplicate": 409,
    "upload:user:key-batch-gone": 409,
    "upload:user:key-clip-gone": 409,
    "upload:user:key-reused": 409,
    "share:user:deleted": 410,
    "share:user:expired": 410,
    "share:user:withdrawn": 410,
    "api:user:length-required": 411,
    "api:user:changed": 412,
    "api:user:if-match": 412,  # it names nothing
    "api:user:body-too-large": 413,
    "audio:user:too-large": 413,
    "upload:user:request-too-big": 413,
    "upload:user:too-many-parts": 413,
    "upload:user:zip-too-large": 413,
    "api:user:unsupported-media-type": 415,
    "api:user:range": 416,
    "api:user:throttled": 429,
    "api:app:no-stream": 503,
}


class ApiError(Exception):
    """What a program asked wrongly. Lists in `extra` stand in the sentence with commas."""

    def __init__(
        self,
        code: str,
        extra: Mapping[str, Any] | None = None,
        *,
        status: int = 0,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code, extra)
        self.code = code
        self.extra = dict(extra or {})
        self.status = status or status_of(code)
        self.headers = dict(headers or {})


def too_many_files() -> ApiError:
    """More than are read, to be refused one by one."""
    return ApiError(TOO_MANY, {"limit": settings.DATA_UPLOAD_MAX_NUMBER_FILES})


def status_of(code: str) -> int:
    return STATUSES.get(code, 500 if ":app:" in code else 422)


def unknown_fields(names: set[str], allowed: list[str]) -> ApiError:
    shown = [Truncator(name).chars(60) for name in sorted(names)[:NAMES_SHOWN]]
    return ApiError("api:user:unknown-field", {"fields": shown, "allowed": sorted(allowed)})


def form_refusal(form: Form) -> exceptions.ValidationError:
    """What one of the pages' forms says against the parameters of an address."""
    return exceptions.ValidationError({name: list(said(form, name)) for name in form.errors})


def said(form: Form, name: str) -> Iterator[str]:
    """With the values to choose from: a page shows them, a program does not see them."""
    for error in form.errors.as_data()[name]:
        values = ", ".join(fixed_values(form.fields.get(name)))
        if error.code == "invalid_choice" and values:
            found = Truncator(str((error.params or {}).get("value", ""))).chars(60)
            yield NO_CHOICE.format(input=found, values=values)
        elif error.code == "backwards":
            yield BACKWARDS.format(**(error.params or {}))
        else:
            yield from error.messages


def fixed_values(field: Any) -> list[str]:
    """Of what is the same for everybody: neither rows nor what is made of them."""
    if type(field) not in (ChoiceField, MultipleChoiceField):
        return []
    return [str(value) for value, _words in field.choices if value]


def body_of(error: ApiError) -> dict[str, Any]:
    words = {name: in_words(value) for name, value in error.extra.items()}
    return {
        "code": error.code,
        "message": sentence(error.code, words),
        "extra": error.extra,
    }


def in_words(value: Any) -> Any:
    match value:
        case list():
            return ", ".join(map(str, value)) or str(NOTHING)
        case dict():
            return Truncator(reasons_in(value)).chars(REASONS_LENGTH)
    return value


def reasons_in(wrong: Any) -> str:
    """Of what serializers and forms say, each after the name of its field."""
    match wrong:
        case dict():
            named = ((name, reasons_in(it)) for name, it in wrong.items())
            return " ".join(it if name == NO_FIELD else f"{name}: {it}" for name, it in named)
        case list():
            return " ".join(map(reasons_in, wrong))
    return str(wrong)


def handle_exception(exception: Exception, context: dict[str, Any]) -> Response | None:
    """What is nobody's fault but ours is left to Django, which records it."""
    error = error_of(exception, context)
    if error is None:
        return None
    set_rollback()
    headers = error.headers | headers_of(exception)
    return Response(body_of(error), status=error.status, headers=headers)


def error_of(exception: Exception, context: dict[str, Any]) -> ApiError | None:
    match exception:
        case ApiError():
            return exception
        case SersiteError():
            return ApiError(exception.code, exception.details)
        case Http404():
            return ApiError("api:user:not-found")
        case PermissionDenied():
            return ApiError("api:user:permission-denied")
        case RequestDataTooBig():
            return ApiError(TOO_BIG)
        case TooManyFilesSent():
            return too_many_files()
        case SuspiciousOperation() | UnreadablePostError() | MultiPartParserError():
            return ApiError(BAD_REQUEST)
        case RecursionError() if "JSON" in str(exception):
            return ApiError(PARSE_ERROR, {"reason": str(exception)})
        case exceptions.APIException():
            return ApiError(
                code_of(exception), extra_of(exception, context), status=exception.status_code
            )
    return None


def code_of(exception: exceptions.APIException) -> str:
    """Ours, when who raised it gave one, else the one of its kind."""
    codes = exception.get_codes()
    kinds = [codes if isinstance(codes, str) else "", exception.default_code]
    found = [f"api:user:{kind.replace('_', '-')}" for kind in kinds]
    return next((code for code in found if code in SENTENCES), BAD_REQUEST)


def extra_of(exception: exceptions.APIException, context: dict[str, Any]) -> dict[str, Any]:
    view, request = context["view"], context["request"]
    match exception:
        case exceptions.ValidationError():
            fields = exception.detail
            return {"fields": fields if isinstance(fields, dict) else {NO_FIELD: fields}}
        case exceptions.MethodNotAllowed():
            return {"method": request.method, "allowed": view.allowed_methods}
        case exceptions.UnsupportedMediaType():
            accepted = [parser.media_type for parser in view.parser_classes]
            return {"media_type": request.content_type or "", "accepted": accepted}
        case exceptions.Throttled():
            return {"retry_after_s": wait_of(exception)}
        case exceptions.ParseError():
            return {"reason": Truncator(str(exception.detail).rstrip(".")).chars(200)}
    return {}


def wait_of(exception: exceptions.Throttled) -> int:
    """In whole seconds."""
    return ceil(getattr(exception, "wait", None) or 1)


def headers_of(exception: Exception) -> dict[str, str]:
    """DRF's views leave in an exception what they want to be sent with its answer."""
    headers = {}
    if challenge := getattr(exception, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if isinstance(exception, exceptions.Throttled):
        headers["Retry-After"] = str(wait_of(exception))
    return headers


def json_error(error: ApiError) -> JsonResponse:
    """Where no view of the API was reached, or none came back."""
    return JsonResponse(body_of(error), status=error.status, headers=error.headers)
