"""What an owner says is heard in a clip; what was said before stays on record."""

from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from recognition.api.descriptions import clip_parts
from recognition.api.pagination import NewestFirst
from recognition.api.parsers import JSONParser
from recognition.api.permissions import READ, UPLOAD
from recognition.api.serializers.corrections import CorrectionSerializer, CorrectSerializer
from recognition.api.views.one_clip import OneClipView
from recognition.http import own_clip_or_404, shown_clip_or_404
from recognition.models import Clip, Correction
from recognition.selectors.actions import corrections_of
from recognition.services.correct import correct_clip


@extend_schema_view(get=clip_parts.LIST_CORRECTIONS, post=clip_parts.CORRECT)
class ClipCorrectionsApi(OneClipView):
    scopes = {"GET": READ, "POST": UPLOAD}
    parser_classes = [JSONParser]
    serializer_class = CorrectSerializer
    pagination_class = NewestFirst

    def get(self, request: Request, clip_id: UUID) -> Response:
        """The newest first: it is the one that counts."""
        clip = shown_clip_or_404(self.signed_in, clip_id, what="api")
        page = self.paginate_queryset(corrections_of(clip))
        found = CorrectionSerializer(page, many=True, context=self.get_serializer_context())
        return self.get_paginated_response(found.data)

    def post(self, request: Request, clip_id: UUID) -> Response:
        """200 with the one before, when it says nothing new."""
        given, clip = self.given(), own_clip_or_404(self.signed_in, clip_id)
        try:
            with self.as_named(clip_id):
                made = correct_clip(self.user, clip, given["emotion"], given["reason"])
        except Clip.DoesNotExist:  # deleted in this moment
            raise Http404 from None
        shown: Correction = made or corrections_of(clip)[0]
        body = CorrectionSerializer(shown, context=self.get_serializer_context()).data
        return Response(body, status=201 if made else 200)
