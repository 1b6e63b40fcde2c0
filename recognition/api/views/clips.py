"""Clips for programs, through the same services and selectors as the pages."""

from typing import Any, cast
from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from recognition import selectors
from recognition.api.permissions import READ, UPLOAD
from recognition.api.serializers.clips import (
    ClipDetailSerializer,
    ClipSerializer,
    UploadSerializer,
)
from recognition.api.views.base import ApiView
from recognition.errors import UploadError
from recognition.http import SignedInRequest, visible_clip_or_404
from recognition.models import Clip, User
from recognition.playback import audio_response
from recognition.presentation.clip_page import download_name, name_context
from recognition.services.submit import Terms, submit_clip


class ClipListApi(ApiView):
    scopes = {"GET": READ, "POST": UPLOAD}
    query_fields = {"GET": ("after",)}

    def get(self, request: Request) -> Response:
        user = cast(User, request.user)
        page = selectors.history(user, request.query_params.get("after", ""))
        link = f"{reverse('api-clips')}?after={page.next_cursor}" if page.next_cursor else None
        return Response({"next": link, "results": ClipSerializer(page.clips, many=True).data})

    def post(self, request: Request) -> Response:
        """Multipart, with the fields of UploadSerializer."""
        given = handed_in(request)
        user = cast(User, request.user)
        made = submit_clip(user, given["file"], Terms(given["speaker_consent"]))
        clip = selectors.clip_for(user, made.pk)
        location = reverse("api-clip", args=[clip.pk])
        return Response(ClipSerializer(clip).data, status=201, headers={"Location": location})


def handed_in(request: Request) -> dict[str, Any]:
    """Raises UploadError for what is missing; what the file is worth is looked at later."""
    upload = UploadSerializer(data=request.data)
    if upload.is_valid():
        return dict(upload.validated_data)
    if set(upload.errors) == {"speaker_consent"}:
        answers = {"field": "speaker_consent", "answers": ", ".join(Clip.SpeakerConsent.values)}
        raise UploadError("upload:user:no-consent", answers)
    raise UploadError("upload:user:no-file", {"field": "file"})


class ClipApi(ApiView):
    scopes = {"GET": READ}

    def get(self, request: Request, clip_id: UUID) -> Response:
        clip = visible_clip_or_404(cast(SignedInRequest, request), clip_id, what="api")
        name = name_context(clip, cast(User, request.user))["shown_name"]
        return Response(ClipDetailSerializer(clip).data | {"name": name})


class ClipAudioApi(ApiView):
    scopes = {"GET": READ}

    def get(self, request: Request, clip_id: UUID) -> HttpResponse | FileResponse:
        clip = visible_clip_or_404(cast(SignedInRequest, request), clip_id, what="api audio")
        name = download_name(clip, cast(User, request.user))
        return audio_response(clip, request.headers.get("Range", ""), name)
