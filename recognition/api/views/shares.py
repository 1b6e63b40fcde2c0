"""The link to a clip for people without an account: looked at, made and withdrawn."""

from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from recognition.api.descriptions import shares
from recognition.api.parsers import JSONParser
from recognition.api.permissions import READ, UPLOAD
from recognition.api.serializers.shares import ShareWishSerializer, share_body
from recognition.api.views.one_clip import OneClipView
from recognition.http import own_clip_or_404
from recognition.models import Clip
from recognition.selectors.sharing import working_shares
from recognition.services.share import share_clip, withdraw_shares


@extend_schema_view(get=shares.GET, post=shares.MAKE, delete=shares.WITHDRAW)
class ClipShareApi(OneClipView):
    scopes = {"GET": READ, "POST": UPLOAD, "DELETE": UPLOAD}
    parser_classes = [JSONParser]
    serializer_class = ShareWishSerializer

    def get(self, request: Request, clip_id: UUID) -> Response:
        clip = own_clip_or_404(self.signed_in, clip_id)
        body = share_body(working_shares(clip).first())
        return Response(body, headers={"Cache-Control": "no-store"})

    def post(self, request: Request, clip_id: UUID) -> Response:
        """200 when a link worked already: it works at least so long now."""
        given, clip = self.given(), own_clip_or_404(self.signed_in, clip_id)
        before = working_shares(clip).first()
        try:
            with self.as_named(clip_id):
                share = share_clip(clip, n_days=given["days"])
        except Clip.DoesNotExist:  # deleted in this moment
            raise Http404 from None
        status = 200 if share == before else 201
        return Response(share_body(share), status=status, headers={"Cache-Control": "no-store"})

    def delete(self, request: Request, clip_id: UUID) -> Response:
        """Withdrawn twice, it is told the same."""
        clip = own_clip_or_404(self.signed_in, clip_id)
        with self.as_named(clip_id):
            withdraw_shares(clip)
        return Response(status=204)
