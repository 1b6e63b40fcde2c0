"""How far reviewers agree, and where they don't."""

from typing import Any

from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from recognition.api.descriptions import agreement
from recognition.api.parsers import JSONParser
from recognition.api.permissions import REVIEW
from recognition.api.serializers.agreement import MeasuredSerializer
from recognition.api.serializers.base import NothingSerializer
from recognition.api.views.base import ApiView
from recognition.presentation.agreement import agreement_context
from recognition.presentation.work import status_of, work_body
from recognition.services.agreement import request_agreement


@extend_schema_view(get=agreement.GET, post=agreement.MEASURE)
class AgreementApi(ApiView):
    scopes = {"GET": REVIEW, "POST": REVIEW}
    parser_classes = [JSONParser]
    serializer_class = NothingSerializer

    def get(self, request: Request) -> Response:
        return Response(self.body(), headers={"Cache-Control": "no-store"})

    def post(self, request: Request) -> Response:
        """Asks a worker to measure what has been said so far; once measured, it is there."""
        self.given()
        asked = request_agreement()
        return Response(self.body(), status=status_of(asked))

    def body(self) -> dict[str, Any]:
        found = agreement_context(self.user)
        measured_at = found["shown"] and found["shown"].finished_at
        work = work_body(found["current"], "data")
        shown = MeasuredSerializer(found | {"measured_at": measured_at}).data
        return {"state": work["state"], "error": work["error"], **shown}
