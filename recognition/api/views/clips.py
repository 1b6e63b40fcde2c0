"""Clips for programs, through the same services and selectors as the pages."""

from typing import Any
from uuid import UUID

from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import reverse
from drf_spectacular.utils import extend_schema_view
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from recognition import selectors
from recognition.api.conditional import answer, marked
from recognition.api.descriptions import clips
from recognition.api.errors import form_refusal
from recognition.api.pagination import cursor_of, page_body
from recognition.api.parsers import JSONParser
from recognition.api.permissions import READ, UPLOAD, may_read
from recognition.api.serializers.clips import (
    ClipSerializer,
    CopySerializer,
    DescribeSerializer,
    UploadSerializer,
    WaitSerializer,
)
from recognition.api.uploads import check_consent, check_one_file, checked, terms_of
from recognition.api.views.base import ApiView
from recognition.api.views.one_clip import OneClipView
from recognition.api.waiting import wait_for_result
from recognition.forms.history import HistoryForm
from recognition.http import own_batch_or_404, own_clip_or_404, visible_clip_or_404
from recognition.models import Clip, User
from recognition.selectors.actions import trashed_clip
from recognition.selectors.history import ORDERS, HistoryFilter
from recognition.services.batches import keep_copy
from recognition.services.describe import describe_clip
from recognition.services.erase import trash_clips
from recognition.services.submit import Terms
from recognition.services.submit_once import Submission, submit_once


@extend_schema_view(get=clips.LIST, post=clips.UPLOAD)
class ClipListApi(ApiView):
    scopes = {"GET": READ, "POST": UPLOAD}
    upload_methods = ("POST",)
    query_fields = {"GET": (*HistoryForm.base_fields, "cursor"), "POST": ("wait",)}
    several = ("emotion",)
    parser_classes = [MultiPartParser]
    serializer_class = UploadSerializer

    def get(self, request: Request) -> Response:
        """Own clips, by the filters and orders of the history."""
        chosen = chosen_clips(request, self.user)
        cursor = cursor_of(request, ORDERS[chosen.sort])
        page = selectors.history(self.user, cursor, chosen)
        context = self.get_serializer_context()
        found = ClipSerializer(page.clips, many=True, context=context)
        return Response(page_body(request, page, list(found.data)))

    def post(self, request: Request) -> Response:
        """One file; with `wait` its result, if it is there in time."""
        wait = WaitSerializer(data=request.query_params.dict())
        wait.is_valid(raise_exception=True)
        check_one_file(request)
        given = checked(self.get_serializer(data=request.data))
        made = submit_once(self.user, given["file"], terms_of(given, request))
        seconds = wait.validated_data["wait"]
        if seconds:
            wait_for_result(made.clip.pk, seconds=seconds)
        return self.made(made, has_waited=seconds > 0)

    def made(self, made: Submission, *, has_waited: bool) -> Response:
        """202: who waited for a result has to ask for it; 200: the clip was there."""
        clip = made.clip
        if has_waited or not made.is_new:
            clip = visible_clip_or_404(self.signed_in, clip.pk, what="api")
        is_late = has_waited and not clip.is_final
        status = 202 if is_late else 201 if made.is_new else 200
        headers = {"Location": reverse("api-clip", args=[clip.pk])}
        if is_late:
            headers["Retry-After"] = "1"
        body = ClipSerializer(clip, context=self.get_serializer_context()).data
        return Response(body, status=status, headers=headers)


def chosen_clips(request: Request, user: User) -> HistoryFilter:
    form = HistoryForm(request.query_params, owner=user)
    if not form.is_valid():
        raise form_refusal(form)
    return form.chosen()


@extend_schema_view(get=clips.GET, patch=clips.DESCRIBE, delete=clips.DELETE)
class ClipApi(OneClipView):
    scopes = {"GET": READ, "PATCH": UPLOAD, "DELETE": UPLOAD}
    parser_classes = [JSONParser]
    serializer_class = DescribeSerializer

    def get(self, request: Request, clip_id: UUID) -> HttpResponseBase:
        return answer(request, lambda: self.body_of(clip_id))

    def patch(self, request: Request, clip_id: UUID) -> Response:
        """Name and note. With If-Match only if it is still as it was seen."""
        given, seen = self.given(), own_clip_or_404(self.signed_in, clip_id)
        texts = {"name": seen.name, "note": seen.note}
        with self.as_named(clip_id) as is_named:
            kept = {field: text for field, text in texts.items() if is_named or field not in given}
            try:
                describe_clip(seen, **texts | given, seen=kept)
            except Clip.DoesNotExist:  # deleted in this moment
                raise Http404 from None
        if not may_read(request):
            return Response(status=204)
        return marked(lambda: self.body_of(clip_id))

    def delete(self, request: Request, clip_id: UUID) -> Response:
        """It can be had back for a while. Deleted twice, it is told the same."""
        if trashed_clip(self.user, clip_id) is None:
            clip = own_clip_or_404(self.signed_in, clip_id)
            with self.as_named(clip_id):
                trash_clips(Clip.objects.filter(pk=clip.pk))
        return Response(status=204)


@extend_schema_view(post=clips.COPY)
class ClipCopyApi(ApiView):
    scopes = {"POST": UPLOAD}
    upload_methods = ("POST",)
    parser_classes = [JSONParser]
    serializer_class = CopySerializer

    def given(self) -> dict[str, Any]:
        try:
            return super().given()
        except ValidationError as error:
            check_consent(error.detail)
            raise

    def post(self, request: Request, clip_id: UUID) -> Response:
        """Where a copy was refused, and is wanted all the same."""
        given, clip = self.given(), own_clip_or_404(self.signed_in, clip_id)
        batch = own_batch_or_404(self.signed_in, given["batch"]) if given["batch"] else None
        name = given["file_name"] or clip.file_name
        try:
            copy = keep_copy(clip, name, Terms(given["speaker_consent"], batch))
        except FileNotFoundError:  # deleted for good in this moment
            raise Http404 from None
        body = ClipSerializer(copy, context=self.get_serializer_context()).data
        headers = {"Location": reverse("api-clip", args=[copy.pk])}
        return Response(body, status=201, headers=headers)
