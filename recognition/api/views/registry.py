"""Every model version with where it came from, what differs, and what it says unseen."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from recognition.api.conditional import answer, as_seen, marked
from recognition.api.descriptions import staff
from recognition.api.errors import form_refusal
from recognition.api.parsers import JSONParser
from recognition.api.permissions import READ, SESSION, StaffPermission
from recognition.api.serializers import registry
from recognition.api.views.base import ApiView
from recognition.forms.registry import DifferenceForm
from recognition.http import may_change_versions, version_or_404
from recognition.models import ModelVersion
from recognition.presentation.registry import difference, recall_changes
from recognition.selectors import registry as selectors
from recognition.services.promote import set_shadow


class StaffView(ApiView):
    scopes = {"GET": READ}
    permission_classes = [StaffPermission]

    def all_of(self, versions: QuerySet[ModelVersion]) -> Response:
        """On one page: there are not many."""
        found = self.get_serializer(versions, many=True)
        return Response({"next": None, "previous": None, "results": found.data})


@extend_schema_view(get=staff.LIST_REGISTRY)
class RegistryApi(StaffView):
    serializer_class = registry.RegisteredSerializer

    def get(self, request: Request) -> Response:
        """The serving one first, then the newest."""
        return self.all_of(selectors.registry())


@extend_schema_view(get=staff.GET_REGISTERED)
class RegisteredApi(StaffView):
    serializer_class = registry.RegisteredDetailSerializer

    def get(self, request: Request, version_id: int) -> HttpResponseBase:
        version = version_or_404(version_id)
        return answer(request, lambda: self.get_serializer(version).data)


@extend_schema_view(get=staff.DIFFERENCE)
class DifferenceApi(StaffView):
    query_fields = {"GET": tuple(DifferenceForm.base_fields)}
    serializer_class = registry.DifferenceSerializer

    def get(self, request: Request) -> Response:
        form = DifferenceForm(request.query_params)
        if not form.is_valid():
            raise form_refusal(form)
        before, after = (version_or_404(form.cleaned_data[it].pk) for it in ("before", "after"))
        found = difference(before, after)
        body = {
            "before": before,
            "after": after,
            "is_same_measure": found.is_same_measure,
            "changes": found.rows,
            "recalls": recall_changes(before, after),
        }
        return Response(self.get_serializer(body).data)


@extend_schema_view(get=staff.LIST_SHADOWS)
class ShadowListApi(StaffView):
    serializer_class = registry.ListenerSerializer

    def get(self, request: Request) -> Response:
        """Those that listen now first."""
        return self.all_of(selectors.shadows())


@extend_schema_view(get=staff.GET_SHADOW, patch=staff.SET_SHARE)
class ShadowApi(StaffView):
    """What is heard in the shadow a person says: a token reads only."""

    scopes = {"GET": READ, "PATCH": SESSION}
    heeds_if_match = True
    parser_classes = [JSONParser]
    serializer_class = registry.ShareSerializer

    def get(self, request: Request, version_id: int) -> HttpResponseBase:
        return answer(request, lambda: self.body_of(version_id))

    def patch(self, request: Request, version_id: int) -> Response:
        if not may_change_versions(self.user):
            raise PermissionDenied
        given, rows = self.given(), ModelVersion.objects.all()  # as set_shadow locks them
        self.body_of(version_id)  # refused where there is none
        with as_seen(request, rows, lambda: self.body_of(version_id)):
            set_shadow(version_id, given["share"])
        return marked(lambda: self.body_of(version_id))

    def body_of(self, version_id: int) -> dict[str, Any]:
        version = get_object_or_404(selectors.listeners(), pk=version_id)
        return dict(registry.ListenerDetailSerializer(version).data)
