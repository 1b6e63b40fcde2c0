"""Where in a clip its emotion was heard, as data that a page draws."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from recognition.errors import ExplanationError
from recognition.http import SignedInRequest, visible_clip_or_404
from recognition.messages import sentence
from recognition.models import Explanation
from recognition.selectors import explanation_of
from recognition.services.explain import request_explanation


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def clip_explanation(request: SignedInRequest, clip_id: UUID) -> HttpResponse:
    """POST asks for it; GET tells how far it is, with the data when it is done."""
    clip = visible_clip_or_404(request, clip_id, what="explanation")
    if request.method != "POST":
        return JsonResponse(explanation_body(explanation_of(clip)))
    try:
        explanation = request_explanation(request.user, clip)
    except ExplanationError as error:
        words = sentence(error.code, error.details)
        return JsonResponse({"code": error.code, "message": words}, status=409)
    is_done = explanation.state == Explanation.State.DONE
    return JsonResponse(explanation_body(explanation), status=200 if is_done else 202)


def explanation_body(explanation: Explanation | None) -> dict[str, Any]:
    """State "none" where nobody has asked yet."""
    if explanation is None:
        return {"state": "none", "error": None, "explanation": None}
    code, details = explanation.error_code, explanation.error_details
    error = {"code": code, "message": sentence(code, details)} if code else None
    return {"state": explanation.state, "error": error, "explanation": explanation.data}
