"""Which models there are, and what one of them is: for everybody, visitors too."""

from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from recognition.api.conditional import answer
from recognition.api.descriptions import figures
from recognition.api.permissions import READ
from recognition.api.serializers.models import ModelDetailSerializer, ModelSerializer
from recognition.api.views.base import ApiView
from recognition.selectors.models import model_versions


@extend_schema_view(get=figures.LIST_MODELS)
class ModelListApi(ApiView):
    scopes = {"GET": READ}
    permission_classes = []
    serializer_class = ModelSerializer

    def get(self, request: Request) -> Response:
        """The serving one first, then the newest."""
        found = self.get_serializer(model_versions(), many=True)
        return Response({"next": None, "previous": None, "results": found.data})


@extend_schema_view(get=figures.GET_MODEL)
class ModelApi(ApiView):
    scopes = {"GET": READ}
    permission_classes = []
    serializer_class = ModelDetailSerializer

    def get(self, request: Request, version_id: int) -> HttpResponseBase:
        version = get_object_or_404(model_versions().defer(None), pk=version_id)
        return answer(request, lambda: self.get_serializer(version).data)
