"""Pages that are not about a clip."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from recognition.examples import EXAMPLES
from recognition.messages import sentence


@login_not_required
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("history")
    return render(request, "recognition/landing.html", {"examples": EXAMPLES})


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Also reached when a request holds so much that it was never read to its end."""
    too_big = isinstance(exception, RequestDataTooBig | TooManyFilesSent)
    context = {"sentence": sentence("upload:user:request-too-big", {}) if too_big else ""}
    return render(request, "400.html", context, status=413 if too_big else 400)
