"""How a person's own clips develop: what the dashboard draws."""

from typing import Any

from drf_spectacular.utils import extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from recognition.api.descriptions import figures
from recognition.api.errors import form_refusal
from recognition.api.permissions import READ
from recognition.api.serializers.statistics import StatisticsSerializer
from recognition.api.views.base import ApiView
from recognition.forms.dashboard import DashboardForm
from recognition.presentation.aggregates import Aggregates
from recognition.presentation.dashboard import FIGURES, Figure
from recognition.selectors.dashboard import zone_of


@extend_schema_view(get=figures.GET_STATISTICS)
class StatisticsApi(ApiView):
    scopes = {"GET": READ}
    query_fields = {"GET": tuple(DashboardForm.base_fields)}
    serializer_class = StatisticsSerializer

    def get(self, request: Request) -> Response:
        form, zone = DashboardForm(request.query_params), zone_of(self.user)
        if not form.is_valid():
            raise form_refusal(form)
        period = form.period(zone)
        found = Aggregates(self.user, period)
        figures = [make(found) for make in FIGURES.values()] if found.totals.n_clips else []
        days = {"range": form.chosen_range(), "since": period.since, "until": period.until}
        body = {
            "period": days | {"time_zone": zone.key},
            "totals": found.totals,
            "figures": [figure_body(figure) for figure in figures],
        }
        return Response(self.get_serializer(body).data)


def figure_body(figure: Figure) -> dict[str, Any]:
    return {
        "slug": figure.slug,
        "title": figure.title,
        "words": figure.words,
        "columns": [str(column) for column in figure.columns],
        "rows": [[cell.value for cell in row] for row in figure.rows],
    }
