"""Tags: all of one's own, and those of a clip."""

from collections.abc import Callable
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from recognition.api.descriptions import tags
from recognition.api.pagination import ByName
from recognition.api.parsers import JSONParser
from recognition.api.permissions import READ, UPLOAD
from recognition.api.serializers.base import StrictSerializer
from recognition.api.serializers.clips import (
    CountedTagSerializer,
    MoreTagsSerializer,
    TagsOfClipSerializer,
    TagsSerializer,
)
from recognition.api.views.base import ApiView
from recognition.api.views.one_clip import OneClipView
from recognition.http import own_clip_or_404
from recognition.models import Clip
from recognition.selectors.actions import tags_with_counts
from recognition.services.describe import add_tags, remove_tag, set_tags


@extend_schema_view(get=tags.LIST)
class TagListApi(ApiView):
    scopes = {"GET": READ}
    serializer_class = CountedTagSerializer
    pagination_class = ByName

    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(tags_with_counts(self.user))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


@extend_schema_view(put=tags.SET, post=tags.ADD)
class ClipTagsApi(OneClipView):
    scopes = {"PUT": UPLOAD, "POST": UPLOAD}
    parser_classes = [JSONParser]

    def get_serializer_class(self) -> type[StrictSerializer]:
        return TagsSerializer if self.request.method == "PUT" else MoreTagsSerializer

    def put(self, request: Request, clip_id: UUID) -> Response:
        """These and no others."""
        return self.change(clip_id, set_tags)

    def post(self, request: Request, clip_id: UUID) -> Response:
        """These besides."""
        return self.change(clip_id, add_tags)

    def change(self, clip_id: UUID, do: Callable[[Clip, str], object]) -> Response:
        given, clip = self.given(), own_clip_or_404(self.signed_in, clip_id)
        try:
            with self.as_named(clip_id):
                do(clip, ",".join(given["tags"]))
        except Clip.DoesNotExist:  # deleted in this moment
            raise Http404 from None
        return Response(TagsOfClipSerializer({"tags": clip.tags.all()}).data)


@extend_schema_view(delete=tags.REMOVE)
class ClipTagApi(OneClipView):
    scopes = {"DELETE": UPLOAD}
    serializer_class = TagsOfClipSerializer

    def delete(self, request: Request, clip_id: UUID, tag_id: int) -> Response:
        """Taken off twice, it is told the same."""
        clip = own_clip_or_404(self.signed_in, clip_id)
        with self.as_named(clip_id):
            remove_tag(clip, tag_id)
        return Response(status=204)
