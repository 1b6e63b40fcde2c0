"""A clip by its link, for whoever has it: what the link's page shows, and no more."""

from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from recognition.api.descriptions import shares
from recognition.api.errors import ApiError
from recognition.api.permissions import READ
from recognition.api.serializers.shares import SharedSerializer
from recognition.api.views.base import ApiView
from recognition.models import Share
from recognition.selectors.sharing import shared_clip

UNLISTED = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}


@extend_schema_view(get=shares.OPEN)
class SharedApi(ApiView):
    scopes = {"GET": READ}
    permission_classes = []
    serializer_class = SharedSerializer

    def get(self, request: Request, token: str) -> Response:
        """410 for what worked once, 404 for what never did."""
        try:
            share = shared_clip(token)
        except Share.DoesNotExist:
            raise ApiError("share:user:unknown") from None
        return Response(self.get_serializer(share).data, headers=UNLISTED)
