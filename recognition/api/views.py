"""Clips for programs, through the same services and selectors as the pages."""

from typing import cast
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpResponse
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from recognition import selectors
from recognition.api.serializers import ClipDetailSerializer, ClipSerializer
from recognition.errors import UploadError
from recognition.http import SignedInRequest, visible_clip_or_404
from recognition.models import Clip, User
from recognition.playback import audio_response
from recognition.services.submit import Terms, submit_clip


class ClipListApi(APIView):
    def get(self, request: Request) -> Response:
        user = cast(User, request.user)
        page = selectors.history(user, request.query_params.get("after", ""))
        link = f"{reverse('api-clips')}?after={page.next_cursor}" if page.next_cursor else None
        return Response({"next": link, "results": ClipSerializer(page.clips, many=True).data})

    def post(self, request: Request) -> Response:
        """Multipart: file, and speaker_consent ("own-voice" or "agreed"; may be left out)."""
        file = request.FILES.get("file")
        if not isinstance(file, UploadedFile):
            raise UploadError("upload:user:no-file")
        user = cast(User, request.user)
        clip = selectors.clip_for(user, submit_clip(user, file, terms_of(request)).pk)
        location = reverse("api-clip", args=[clip.pk])
        return Response(ClipSerializer(clip).data, status=201, headers={"Location": location})


def terms_of(request: Request) -> Terms:
    """Calls from before the consent was asked for stay valid; a wrong answer is none."""
    consent = request.POST.get("speaker_consent", "")
    if consent and consent not in Clip.SpeakerConsent.values:
        raise UploadError("upload:user:no-consent")
    return Terms(consent)


class ClipApi(APIView):
    def get(self, request: Request, clip_id: UUID) -> Response:
        clip = visible_clip_or_404(cast(SignedInRequest, request), clip_id, what="api")
        return Response(ClipDetailSerializer(clip).data)


class ClipAudioApi(APIView):
    def get(self, request: Request, clip_id: UUID) -> HttpResponse | FileResponse:
        clip = visible_clip_or_404(cast(SignedInRequest, request), clip_id, what="api audio")
        return audio_response(clip, request.headers.get("Range", ""))
