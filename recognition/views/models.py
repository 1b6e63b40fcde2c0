"""Which models there are, and what one of them is: for everybody who is signed in."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from recognition.http import SignedInRequest
from recognition.presentation.models import model_of, versions_of
from recognition.selectors.models import model_versions, version_before


@require_safe
def models_page(request: SignedInRequest) -> HttpResponse:
    rows = versions_of(model_versions())
    return render(request, "recognition/models.html", {"versions": rows})


@require_safe
def model_page(request: SignedInRequest, version_id: int) -> HttpResponse:
    version = get_object_or_404(model_versions().defer(None), pk=version_id)
    model = model_of(version, version_before(version))
    return render(request, "recognition/model.html", {"model": model})
