"""Live updates: what becomes of a clip or a batch, told when it happens."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)
from rest_framework.request import Request
from rest_framework.response import Response

from recognition.api.errors import ApiError, body_of
from recognition.api.negotiation import AnyAccept
from recognition.api.permissions import READ
from recognition.api.schema import refusals
from recognition.api.streams import EventStream, Watch, open_stream
from recognition.api.views.base import ApiView
from recognition.api.watches import BatchWatch, ClipWatch
from recognition.http import own_batch_or_404, visible_clip_or_404

RETRY_AFTER_S = 5
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx passes each on at once

EVENTS = (200, "text/event-stream")
LAST_ID = OpenApiParameter(
    "Last-Event-ID",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The `id` that came last, to be told only what is new since.",
)
CLIP_EVENTS = """\
id: queued-0
event: state
data: {"id": "7f5c0a4e-4c0f-4a86-9d0f-3a5f4b1d2c60", "state": "queued", "is_final": false, \
"emotion": "", "confidence": null, "is_sure": null, "error_code": ""}

id: done-1
event: state
data: {"id": "7f5c0a4e-4c0f-4a86-9d0f-3a5f4b1d2c60", "state": "done", "is_final": true, \
"emotion": "sad", "confidence": 0.75, "is_sure": true, "error_code": ""}

event: end
data: {}
"""
BATCH_EVENTS = """\
event: state
data: {"id": "7f5c0a4e-4c0f-4a86-9d0f-3a5f4b1d2c60", "state": "done", "is_final": true, \
"emotion": "sad", "confidence": 0.75, "is_sure": true, "error_code": ""}

id: 5d41402abc4b2a76
event: sums
data: {"n_clips": 1, "n_final": 1, "n_failed": 0, "is_final": true}

event: end
data: {}
"""
OVER = OpenApiResponse(description="All was told before: come back no more.")


def told_as(events: str) -> dict[Any, OpenApiResponse]:
    """How the answers of a stream are described."""
    example = OpenApiExample("events", value=events, media_type=EVENTS[1], response_only=True)
    stream = OpenApiResponse(OpenApiTypes.STR, "Server-sent events.", [example])
    return {EVENTS: stream, 204: OVER, **refusals("api:app:no-stream")}


class LiveApi(ApiView):
    scopes = {"GET": READ}
    http_method_names = ["get", "options"]  # HEAD would hold a stream open that says nothing
    content_negotiation_class = AnyAccept

    def stream(self, watch: Watch) -> HttpResponse | StreamingHttpResponse | Response:
        news = watch.news()
        if watch.is_over and not news:
            return HttpResponse(status=204)  # back after the end: a browser comes no more
        stream = EventStream(self.user.pk, watch, news)
        if not open_stream(stream):
            error = ApiError("api:app:no-stream", {"retry_after_s": RETRY_AFTER_S}, status=503)
            headers = {"Retry-After": str(RETRY_AFTER_S)}
            return Response(body_of(error), status=error.status, headers=headers)
        return StreamingHttpResponse(stream, content_type="text/event-stream", headers=HEADERS)


class ClipLiveApi(LiveApi):
    @extend_schema(
        operation_id="clip_live",
        summary="Follow a clip",
        description=(
            "An event `state` now and whenever the state changes, until it is final; `gone` when "
            "the clip is deleted meanwhile; `end` when nothing more comes. A stream lasts a "
            "minute at most and is then asked for again, as every EventSource does by itself. "
            "There are few at a time: with 503, ask for the state instead."
        ),
        parameters=[LAST_ID],
        responses=told_as(CLIP_EVENTS),
    )
    def get(
        self, request: Request, clip_id: UUID
    ) -> HttpResponse | StreamingHttpResponse | Response:
        clip = visible_clip_or_404(self.signed_in, clip_id, what="api")
        return self.stream(ClipWatch(self.user, clip.pk, last_id(request)))


class BatchLiveApi(LiveApi):
    @extend_schema(
        operation_id="batch_live",
        summary="Follow a batch",
        description=(
            "An event `state` for each clip, now and whenever its state changes, `gone` for one "
            "that is deleted; after them `sums`. Otherwise as for a single clip."
        ),
        parameters=[LAST_ID],
        responses=told_as(BATCH_EVENTS),
    )
    def get(
        self, request: Request, batch_id: UUID
    ) -> HttpResponse | StreamingHttpResponse | Response:
        batch = own_batch_or_404(self.signed_in, batch_id)
        return self.stream(BatchWatch(batch.pk, last_id(request)))


def last_id(request: Request) -> str:
    """What a browser was told last, when it comes back."""
    return str(request.headers.get("Last-Event-ID", ""))
