"""What hangs on a clip: its state, its recording, and what can be done with it."""

from collections.abc import Callable
from uuid import UUID

from django.http import FileResponse, HttpResponse
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from recognition.api.conditional import check_etag
from recognition.api.descriptions import clip_parts
from recognition.api.errors import ApiError
from recognition.api.negotiation import AnyAccept
from recognition.api.parsers import JSONParser
from recognition.api.permissions import READ, UPLOAD, may_read
from recognition.api.serializers.base import NothingSerializer
from recognition.api.serializers.clips import (
    ClipSerializer,
    StatusSerializer,
)
from recognition.api.views.base import ApiView
from recognition.api.views.one_clip import OneClipView
from recognition.http import own_clip_or_404, shown_clip_or_404, visible_clip_or_404
from recognition.messages import STATE_LABELS
from recognition.models import Clip, User, Work
from recognition.playback import audio_response, etag_of
from recognition.presentation.clip_page import download_name
from recognition.presentation.work import status_of, work_body
from recognition.selectors import clip_for, explanation_of
from recognition.selectors.actions import trashed_clip
from recognition.selectors.portraits import portrait_of
from recognition.services.erase import restore_clip
from recognition.services.explain import request_explanation
from recognition.services.portray import request_portrait
from recognition.services.submit import retry_clip


@extend_schema_view(get=clip_parts.STATUS)
class ClipStatusApi(ApiView):
    scopes = {"GET": READ}
    serializer_class = StatusSerializer

    def get(self, request: Request, clip_id: UUID) -> Response:
        """To be asked again and again, until it is final."""
        clip = shown_clip_or_404(self.signed_in, clip_id, what="api")
        headers = {"Cache-Control": "no-store"} | ({} if clip.is_final else {"Retry-After": "1"})
        return Response(self.get_serializer(clip).data, headers=headers)


@extend_schema_view(get=clip_parts.GET_AUDIO)
class ClipAudioApi(ApiView):
    scopes = {"GET": READ}
    content_negotiation_class = AnyAccept
    what = "api audio"

    def get(self, request: Request, clip_id: UUID) -> HttpResponse | FileResponse:
        clip = visible_clip_or_404(self.signed_in, clip_id, what=self.what)
        check_etag(request, etag_of(clip))
        response = audio_response(self.signed_in, clip, download_name(clip, self.user))
        if response.status_code == 416:
            raise no_such_bytes(response["Content-Range"])
        return response


@extend_schema_view(post=clip_parts.RETRY)
class ClipRetryApi(OneClipView):
    scopes = {"POST": UPLOAD}
    upload_methods = ("POST",)
    parser_classes = [JSONParser]
    serializer_class = NothingSerializer

    def post(self, request: Request, clip_id: UUID) -> Response:
        self.given()
        clip = own_clip_or_404(self.signed_in, clip_id)
        with self.as_named(clip_id):
            is_queued = retry_clip(clip)
        if not is_queued:
            state = str(STATE_LABELS[clip.state])
            raise ApiError("retry:user:not-failed", {"state": state})
        clip.refresh_from_db()
        body = StatusSerializer(clip, context=self.get_serializer_context()).data
        return Response(body, status=202, headers={"Retry-After": "1"})


@extend_schema_view(post=clip_parts.RESTORE)
class ClipRestoreApi(ApiView):
    scopes = {"POST": UPLOAD}
    parser_classes = [JSONParser]
    serializer_class = NothingSerializer

    def post(self, request: Request, clip_id: UUID) -> Response:
        """Takes back the deletion of this clip, also of many at once."""
        self.given()
        clip = trashed_clip(self.user, clip_id) or own_clip_or_404(self.signed_in, clip_id)
        restore_clip(clip)
        if not may_read(request):
            return Response(status=204)
        found = clip_for(self.user, clip_id)
        return Response(ClipSerializer(found, context=self.get_serializer_context()).data)


class WorkView(ApiView):
    """What a worker makes of a clip when somebody asks for it."""

    scopes = {"GET": READ, "POST": UPLOAD}
    upload_methods = ("POST",)
    parser_classes = [JSONParser]
    serializer_class = NothingSerializer
    key = ""
    find: Callable[[Clip], Work | None]
    ask_for: Callable[[User, Clip], Work]

    def get(self, request: Request, clip_id: UUID) -> Response:
        """How far it is, with the data when it is done."""
        clip = visible_clip_or_404(self.signed_in, clip_id, what="api")
        return Response(work_body(self.find(clip), self.key))

    def post(self, request: Request, clip_id: UUID) -> Response:
        """Asks for it; once made, it is there."""
        self.given()
        clip = visible_clip_or_404(self.signed_in, clip_id, what="api")
        work = self.ask_for(self.user, clip)
        body, status = work_body(work, self.key), status_of(work)
        if not may_read(self.request):
            body[self.key] = None
        headers = {"Retry-After": "1"} if status == 202 else {}
        return Response(body, status=status, headers=headers)


@extend_schema_view(get=clip_parts.GET_EXPLANATION, post=clip_parts.ASK_EXPLANATION)
class ClipExplanationApi(WorkView):
    key = "explanation"
    find = staticmethod(explanation_of)
    ask_for = staticmethod(request_explanation)


@extend_schema_view(get=clip_parts.GET_PORTRAIT, post=clip_parts.ASK_PORTRAIT)
class ClipPortraitApi(WorkView):
    key = "portrait"
    find = staticmethod(portrait_of)
    ask_for = staticmethod(request_portrait)


def no_such_bytes(content_range: str) -> ApiError:
    """In the one shape that all refusals have."""
    size = int(content_range.removeprefix("bytes */"))
    return ApiError("api:user:range", {"n_bytes": size}, headers={"Content-Range": content_range})
