"""Several clips at once: those deleted lately, a choice of them, as a file, side by side."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_view
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from recognition import selectors
from recognition.api.descriptions import many_clips
from recognition.api.errors import ApiError
from recognition.api.negotiation import AnyAccept
from recognition.api.pagination import cursor_of, page_body
from recognition.api.parsers import JSONParser
from recognition.api.permissions import READ, UPLOAD
from recognition.api.serializers.many_clips import (
    DeletedClipSerializer,
    NamedClipsSerializer,
    SelectionSerializer,
    SideBySideSerializer,
)
from recognition.api.views.base import ApiView
from recognition.api.views.clips import chosen_clips
from recognition.errors import SelectionError
from recognition.forms.history import HistoryForm
from recognition.http import compared_clips_or_404
from recognition.jobs.purge import undo_until
from recognition.models import Clip
from recognition.presentation.comparison import heard_in, rows_of
from recognition.presentation.exports import EXPORTS, export_response
from recognition.selectors.actions import LAST_DELETED_FIRST, deleted_page
from recognition.services.bulk import restore_chosen, tag_chosen, trash_chosen

NOT_BOTH = _("Name clips or give filters, not both.")


@contextmanager
def missing_named() -> Iterator[None]:
    """So that a program can leave them out."""
    try:
        yield
    except SelectionError as error:
        raise ApiError(error.code, {**error.details, "clips": error.missing}) from error


@extend_schema_view(get=many_clips.LIST_DELETED)
class DeletedClipsApi(ApiView):
    scopes = {"GET": READ}
    query_fields = {"GET": ("cursor",)}
    serializer_class = DeletedClipSerializer

    def get(self, request: Request) -> Response:
        """What can still be had back."""
        cursor = cursor_of(request, LAST_DELETED_FIRST)
        page = deleted_page(self.user, cursor, since=undo_until(timezone.now()))
        found = self.get_serializer(page.clips, many=True).data
        body = page_body(request, page, list(found))
        return Response(body, headers={"Cache-Control": "no-store"})


@extend_schema_view(post=many_clips.CHANGE)
class SelectionApi(ApiView):
    scopes = {"POST": UPLOAD}
    parser_classes = [JSONParser]
    serializer_class = SelectionSerializer

    def post(self, request: Request) -> Response:
        """All of it, or nothing."""
        given = self.given()
        with missing_named():
            tags = self.change(given)
        ids = given["clips"]
        found = {"action": given["action"], "n_clips": len(ids), "clips": ids, "tags": tags}
        return Response(found)

    def change(self, given: dict[str, Any]) -> list[str]:
        """The tags that were given."""
        match given["action"]:
            case "tag":
                return tag_chosen(self.user, given["clips"], ",".join(given["tags"]))
            case "restore":
                restore_chosen(self.user, given["clips"])
            case "delete":
                trash_chosen(self.user, given["clips"])
        return []


@extend_schema_view(get=many_clips.EXPORT)
class ClipExportApi(ApiView):
    scopes = {"GET": READ}
    query_fields = {"GET": (*HistoryForm.base_fields, "clip")}
    several = ("emotion", "clip")
    content_negotiation_class = AnyAccept
    http_method_names = ["get"]  # a head alone would be as much work

    def get(self, request: Request, extension: str) -> HttpResponseBase:
        """Written while it is read."""
        if extension not in EXPORTS:
            raise Http404
        return export_response(self.chunks(request), extension)

    def chunks(self, request: Request) -> Iterable[list[Clip]]:
        """Of those that are named, or of all that fit."""
        if "clip" not in request.query_params:
            return selectors.matching_in_chunks(self.user, chosen_clips(request, self.user))
        if set(request.query_params) != {"clip"}:
            raise ValidationError({"clip": [NOT_BOTH]})
        named = NamedClipsSerializer(data={"clip": request.query_params.getlist("clip")})
        named.is_valid(raise_exception=True)
        with missing_named():
            return [selectors.own_clips_by_id(self.user, named.validated_data["clip"])]


@extend_schema_view(get=many_clips.COMPARE)
class CompareApi(ApiView):
    scopes = {"GET": READ}
    query_fields = {"GET": ("clip",)}
    several = ("clip",)
    serializer_class = SideBySideSerializer

    def get(self, request: Request) -> Response:
        named = request.query_params.getlist("clip")
        clips = compared_clips_or_404(self.signed_in, named, what="api")
        found = {"clips": clips, "rows": rows_of([heard_in(clip) for clip in clips])}
        return Response(self.get_serializer(found).data, headers={"Cache-Control": "no-store"})
