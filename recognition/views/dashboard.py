"""How a person's own clips develop: charts, each also as a table and as CSV."""

import csv

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from mlcore.labels import EMOTIONS
from recognition.emotions import EMOTION_EMOJI, EMOTION_LABELS
from recognition.forms.dashboard import RANGES, DashboardForm
from recognition.http import SignedInRequest
from recognition.presentation.aggregates import Aggregates
from recognition.presentation.dashboard import FIGURES, Figure
from recognition.presentation.exports import BYTE_ORDER_MARK, safe_cell
from recognition.presentation.tiles import tiles_of
from recognition.selectors.dashboard import has_clips, zone_of


@require_safe
def dashboard(request: SignedInRequest) -> HttpResponse:
    form, zone = DashboardForm(request.GET), zone_of(request.user)
    is_valid = form.is_valid()
    found = Aggregates(request.user, form.period(zone)) if is_valid else None
    has_some = found is not None and found.totals.n_clips > 0
    figures = [make(found) for make in FIGURES.values()] if found and has_some else []
    context = {
        "form": form,
        "is_valid": is_valid,
        "ranges": RANGES,
        "range": form.chosen_range() if is_valid else "",
        "address": form.address() if is_valid else "",
        "zone": zone.key,
        "is_new": not (has_some or has_clips(request.user)),
        "tiles": tiles_of(found) if found and has_some else [],
        "figures": figures,
        "charts": {figure.slug: figure.chart for figure in figures if figure.chart},
        "emotions": [(name, EMOTION_EMOJI[name], EMOTION_LABELS[name]) for name in EMOTIONS],
    }
    return render(request, "recognition/dashboard.html", context, status=200 if is_valid else 422)


@require_safe
def dashboard_table(request: SignedInRequest, slug: str) -> HttpResponseBase:
    """The table of one chart; wrong days are explained on the page."""
    if slug not in FIGURES:
        raise Http404
    form = DashboardForm(request.GET)
    if not form.is_valid():
        return redirect(f"{reverse('dashboard')}?{request.GET.urlencode()}")
    return csv_of(FIGURES[slug](Aggregates(request.user, form.period(zone_of(request.user)))))


def csv_of(figure: Figure) -> HttpResponse:
    day = timezone.localdate().isoformat()
    headers = {
        "Content-Disposition": f'attachment; filename="{figure.slug}-{day}.csv"',
        "Cache-Control": "private, no-store",
    }
    response = HttpResponse(content_type="text/csv; charset=utf-8", headers=headers)
    response.write(BYTE_ORDER_MARK)
    writer = csv.writer(response)
    writer.writerow(figure.columns)
    writer.writerows([safe_cell(cell.value) for cell in row] for row in figure.rows)
    return response
