"""What a clip looks like, as data that its page draws."""

from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from recognition.http import SignedInRequest, visible_clip_or_404
from recognition.presentation.work import status_of, work_body
from recognition.selectors.portraits import portrait_of
from recognition.services.portray import request_portrait


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def clip_portrait(request: SignedInRequest, clip_id: UUID) -> HttpResponse:
    """POST asks for it; GET tells how far it is, with the data when it is done."""
    clip = visible_clip_or_404(request, clip_id, what="portrait")
    if request.method != "POST":
        return JsonResponse(work_body(portrait_of(clip), "portrait"))
    portrait = request_portrait(request.user, clip)
    return JsonResponse(work_body(portrait, "portrait"), status=status_of(portrait))
