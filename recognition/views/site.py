"""Pages that are not about a clip."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from recognition.examples import EXAMPLES
from recognition.forms import ConsentForm
from recognition.http import SignedInRequest
from recognition.messages import sentence
from recognition.services.accounts import set_review_consent


@login_not_required
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("history")
    return render(request, "recognition/landing.html", {"examples": EXAMPLES})


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: SignedInRequest) -> HttpResponse:
    consents = request.user.review_consent_at is not None
    form = ConsentForm(initial={"consent_to_review": consents})
    if request.method == "POST":
        form = ConsentForm(request.POST)
        if form.is_valid():
            set_review_consent(request.user, consents=form.cleaned_data["consent_to_review"])
            messages.success(request, "Your choice was saved.")
            return redirect("settings")
    return render(request, "recognition/settings.html", {"form": form})


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Also reached when a request holds so much that it was never read to its end."""
    too_big = isinstance(exception, RequestDataTooBig | TooManyFilesSent)
    context = {"sentence": sentence("upload:user:request-too-big", {}) if too_big else ""}
    return render(request, "400.html", context, status=413 if too_big else 400)
