"""A clip's recording, to listen to and to save."""

from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from recognition.http import SignedInRequest, visible_clip_or_404
from recognition.playback import audio_response
from recognition.presentation.clip_page import name_context


@require_safe
def clip_audio(request: SignedInRequest, clip_id: UUID) -> HttpResponse | FileResponse:
    clip = visible_clip_or_404(request, clip_id, what="audio")
    response = audio_response(clip, request.headers.get("Range", ""))
    names = name_context(clip, request.user)
    if not names["is_named"]:
        file_name = f"{names['shown_name']}.{clip.container}"
        response["Content-Disposition"] = content_disposition_header(True, file_name) or ""
    return response
