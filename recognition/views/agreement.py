"""How far reviewers agree, and where they don't."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from recognition.http import SignedInRequest
from recognition.presentation.agreement import agreement_context
from recognition.services.agreement import request_agreement
from recognition.views.review import reviewers_only


@require_http_methods(["GET", "HEAD", "POST"])
@reviewers_only
def agreement(request: SignedInRequest) -> HttpResponse:
    """POST asks a worker to measure; the page then looks by itself until it is done."""
    if request.method == "POST":
        request_agreement()
        return redirect("review-agreement")
    context = agreement_context(request.user)
    return render(request, "recognition/agreement.html", context)
