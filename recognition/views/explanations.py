"""Where in a clip its emotion was heard, as data that a page draws."""

from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from recognition.errors import ExplanationError
from recognition.http import SignedInRequest, visible_clip_or_404
from recognition.messages import sentence
from recognition.presentation.work import status_of, work_body
from recognition.selectors import explanation_of
from recognition.services.explain import request_explanation


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def clip_explanation(request: SignedInRequest, clip_id: UUID) -> HttpResponse:
    """POST asks for it; GET tells how far it is, with the data when it is done."""
    clip = visible_clip_or_404(request, clip_id, what="explanation")
    if request.method != "POST":
        return JsonResponse(work_body(explanation_of(clip), "explanation"))
    try:
        explanation = request_explanation(request.user, clip)
    except ExplanationError as error:
        words = sentence(error.code, error.details)
        return JsonResponse({"code": error.code, "message": words}, status=409)
    return JsonResponse(work_body(explanation, "explanation"), status=status_of(explanation))
