"""Every error answer of the API: a code for programs, a sentence for people."""

from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from mlcore.errors import AudioError
from recognition.errors import UploadError
from recognition.messages import sentence


def handle_exception(exception: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(exception, UploadError | AudioError):
        words = sentence(exception.code, exception.details)
        body = {"code": exception.code, "message": words, "details": exception.details}
        return Response(body, status=422)
    if isinstance(exception, RequestDataTooBig | TooManyFilesSent):
        code = "upload:user:request-too-big"
        return Response({"code": code, "message": sentence(code, {})}, status=413)
    response = exception_handler(exception, context)
    if response is not None and not isinstance(exception, ValidationError):
        detail = getattr(exception, "detail", None)
        code = getattr(detail, "code", "not_found")
        response.data = {"code": f"api:user:{code}", "message": str(detail or "Not found.")}
    return response
