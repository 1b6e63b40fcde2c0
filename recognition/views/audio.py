"""A clip's recording, to listen to and to save."""

from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.views.decorators.http import require_safe

from recognition.http import SignedInRequest, visible_clip_or_404
from recognition.playback import audio_response
from recognition.presentation.clip_page import download_name


@require_safe
def clip_audio(request: SignedInRequest, clip_id: UUID) -> HttpResponse | FileResponse:
    clip = visible_clip_or_404(request, clip_id, what="audio")
    name = download_name(clip, request.user)
    return audio_response(request, clip, name)
