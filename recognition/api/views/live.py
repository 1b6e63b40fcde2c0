"""Live updates: what becomes of a clip or a batch, told when it happens."""

from uuid import UUID

from django.http import HttpResponse, StreamingHttpResponse
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request

from recognition.api.access import access_of
from recognition.api.descriptions import live
from recognition.api.errors import ApiError
from recognition.api.negotiation import AnyAccept
from recognition.api.permissions import READ
from recognition.api.streams import EventStream, Watch, open_stream
from recognition.api.views.base import ApiView
from recognition.api.watches import BatchWatch, ClipWatch
from recognition.http import own_batch_or_404, visible_clip_or_404

RETRY_AFTER_S = 5
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx passes each on at once


class LiveApi(ApiView):
    scopes = {"GET": READ}
    http_method_names = ["get"]  # HEAD would hold a stream open that says nothing
    content_negotiation_class = AnyAccept

    def stream(self, watch: Watch) -> HttpResponse | StreamingHttpResponse:
        news = watch.news()
        if watch.is_over and not news:
            return HttpResponse(status=204)  # back after the end: a browser comes no more
        stream = EventStream(self.user.pk, watch, news, access_of(self.request))
        if not open_stream(stream):
            headers = {"Retry-After": str(RETRY_AFTER_S)}
            raise ApiError("api:app:no-stream", {"retry_after_s": RETRY_AFTER_S}, headers=headers)
        return StreamingHttpResponse(stream, content_type="text/event-stream", headers=HEADERS)


@extend_schema_view(get=live.CLIP)
class ClipLiveApi(LiveApi):
    def get(self, request: Request, clip_id: UUID) -> HttpResponse | StreamingHttpResponse:
        clip = visible_clip_or_404(self.signed_in, clip_id, what="api")
        return self.stream(ClipWatch(self.user, clip.pk, last_id(request)))


@extend_schema_view(get=live.BATCH)
class BatchLiveApi(LiveApi):
    def get(self, request: Request, batch_id: UUID) -> HttpResponse | StreamingHttpResponse:
        batch = own_batch_or_404(self.signed_in, batch_id)
        return self.stream(BatchWatch(batch.pk, last_id(request)))


def last_id(request: Request) -> str:
    """What a browser was told last, when it comes back."""
    return str(request.headers.get("Last-Event-ID", ""))
