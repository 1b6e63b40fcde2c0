"""How the site does: the figures of the monitoring page, for its staff's programs."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from mlcore.labels import EMOTIONS
from recognition.api.descriptions import staff
from recognition.api.permissions import READ, StaffPermission
from recognition.api.serializers.monitoring import HoursSerializer, MonitoringSerializer
from recognition.api.views.base import ApiView
from recognition.presentation import monitoring as shown
from recognition.selectors.dashboard import zone_of
from recognition.selectors.monitoring import other_work


@extend_schema_view(get=staff.MONITORING)
class MonitoringApi(ApiView):
    scopes = {"GET": READ}
    query_fields = {"GET": ("hours",)}
    permission_classes = [StaffPermission]
    serializer_class = MonitoringSerializer

    def get(self, request: Request) -> Response:
        chosen = HoursSerializer(data=request.query_params.dict())
        chosen.is_valid(raise_exception=True)
        # days are those of whoever asks; a token has no session to set the clock
        with timezone.override(zone_of(self.user)):
            body = self.get_serializer(figures(chosen.validated_data["hours"])).data
        return Response(body, headers={"Cache-Control": "no-store"})


def figures(hours: int) -> dict[str, Any]:
    state = shown.state_of_the_site(hours)
    return {
        "hours": hours,
        "as_of": timezone.now(),
        "alarms": state.alarms,
        "checks": shown.checks_of(state),
        "queue": state.queue,
        "outcomes": state.outcomes,
        "throughput": shown.throughput_of(hours),
        "failures": state.failures,
        "emotion_names": EMOTIONS,
        "drift": state.drift,
        "serving_since": shown.serving_since(state.drift.version)[0] if state.drift else None,
        "versions": state.uses,
        "training": state.training,
        "other_work": other_work(),
    }
