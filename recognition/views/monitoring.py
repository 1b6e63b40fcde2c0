"""How the site does: a page for its staff, and figures for a Prometheus server."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recognition.http import SignedInRequest, staff_only
from recognition.presentation import monitoring as shown
from recognition.presentation.metrics import CONTENT_TYPE, metrics_text
from recognition.presentation.monitoring import DEFAULT_HOURS, WINDOWS, state_of_the_site
from recognition.presentation.scores import fixed


@require_safe
@staff_only
@never_cache
def monitoring(request: SignedInRequest) -> HttpResponse:
    hours = chosen_hours(request)
    state = state_of_the_site(hours)
    found = shown.checks_of(state)
    drift, bars = state.drift, shown.bars_of(hours)
    context = {
        "windows": WINDOWS,
        "hours": hours,
        "window": WINDOWS[hours],
        "state": state,
        "checks": found,
        "levels": shown.counts_by_level(found),
        "bars": bars,
        "width": 10 * len(bars),
        "most": max(bar.n_clips for bar in bars),
        "per_hour": fixed(state.outcomes.n_done / hours, 1),
        "works": shown.work_rows(),
        **shown.times_of(state.outcomes),
        "failures": shown.failure_rows(state),
        "uses": shown.use_rows(state.uses),
        "serving": shown.serving_since(drift.version) if drift else None,
        "emotions": shown.emotion_rows(drift.emotions) if drift else [],
        "confidence": shown.confidence_rows(drift.confidence) if drift else [],
    }
    return render(request, "recognition/monitoring.html", context)


def chosen_hours(request: HttpRequest) -> int:
    """Anything that is no window is as none."""
    text = request.GET.get("hours", "")
    hours = int(text) if text.isdecimal() and len(text) < 5 else 0
    return hours if hours in WINDOWS else DEFAULT_HOURS


@login_not_required
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Without the token, and for whoever is not staff, there is no such page."""
    if not (shows_token(request) or getattr(request.user, "is_staff", False)):
        raise Http404
    return HttpResponse(metrics_text(), content_type=CONTENT_TYPE)


def shows_token(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    is_bearer = bool(settings.METRICS_TOKEN) and scheme.lower() == "bearer"
    return is_bearer and constant_time_compare(token.strip(), settings.METRICS_TOKEN)
