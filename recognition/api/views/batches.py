"""Many files at once: what was taken, what was not, and what became of it."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import extend_schema_view
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from recognition.api.conditional import answer
from recognition.api.descriptions import batches
from recognition.api.errors import ApiError
from recognition.api.negotiation import AnyAccept
from recognition.api.pagination import NewestFirst
from recognition.api.parsers import JSONParser
from recognition.api.permissions import READ, UPLOAD
from recognition.api.serializers.base import NothingSerializer
from recognition.api.serializers.batches import (
    BatchEntrySerializer,
    BatchSerializer,
    BatchUploadSerializer,
    RefusalSerializer,
    batch_body,
)
from recognition.api.uploads import checked, terms_of
from recognition.api.views.base import ApiView
from recognition.errors import UploadError
from recognition.http import own_batch_or_404
from recognition.presentation.batches import batch_table, list_entries, shown_refusal
from recognition.selectors.batches import own_batches
from recognition.services.batches import AllRefusedError, retry_failed
from recognition.services.submit_once import submit_batch_once


@extend_schema_view(get=batches.LIST, post=batches.UPLOAD)
class BatchListApi(ApiView):
    scopes = {"GET": READ, "POST": UPLOAD}
    upload_methods = ("POST",)
    parser_classes = [MultiPartParser]
    pagination_class = NewestFirst
    serializer_class = BatchUploadSerializer

    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(own_batches(self.user)) or []
        entries: Any = list_entries(page)
        return self.get_paginated_response(BatchEntrySerializer(entries, many=True).data)

    def post(self, request: Request) -> Response:
        """One that is refused does not hold up the others; of none nothing is kept."""
        given = checked(self.get_serializer(data=request.data))
        files, most = given["files"], settings.UPLOAD_MAX_FILES
        if len(files) > most:
            numbers = {"n_files": len(files), "limit_files": most}
            raise UploadError("upload:user:too-many-files", numbers)
        try:
            made = submit_batch_once(self.user, files, terms_of(given, request))
        except AllRefusedError as error:
            shown = [RefusalSerializer(shown_refusal(it)).data for it in error.refusals]
            raise ApiError(error.code, {"refusals": shown}) from None
        headers = {"Location": reverse("api-batch", args=[made.batch.pk])}
        status = 201 if made.is_new else 200
        return Response(batch_body(made.batch), status=status, headers=headers)


@extend_schema_view(get=batches.GET)
class BatchApi(ApiView):
    scopes = {"GET": READ}
    serializer_class = BatchSerializer

    def get(self, request: Request, batch_id: UUID) -> HttpResponseBase:
        batch = own_batch_or_404(self.signed_in, batch_id)
        return answer(request, lambda: batch_body(batch))


@extend_schema_view(get=batches.TABLE)
class BatchTableApi(ApiView):
    scopes = {"GET": READ}
    content_negotiation_class = AnyAccept

    def get(self, request: Request, batch_id: UUID) -> HttpResponse:
        return batch_table(own_batch_or_404(self.signed_in, batch_id))


@extend_schema_view(post=batches.RETRY)
class BatchRetryApi(ApiView):
    scopes = {"POST": UPLOAD}
    upload_methods = ("POST",)
    parser_classes = [JSONParser]
    serializer_class = NothingSerializer

    def post(self, request: Request, batch_id: UUID) -> Response:
        """Tries those again that failed; there may be none."""
        self.given()
        batch = own_batch_or_404(self.signed_in, batch_id)
        return Response({"n_clips": retry_failed(batch)}, status=202)
