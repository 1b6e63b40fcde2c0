"""Which models there are, and what one of them is: for everybody, visitors too."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from recognition.presentation.models import model_of, versions_of
from recognition.selectors.models import model_versions, version_before


@login_not_required
@require_safe
def models_page(request: HttpRequest) -> HttpResponse:
    rows = versions_of(model_versions())
    return render(request, "recognition/models.html", {"versions": rows})


@login_not_required
@require_safe
def model_page(request: HttpRequest, version_id: int) -> HttpResponse:
    version = get_object_or_404(model_versions().defer(None), pk=version_id)
    model = model_of(version, version_before(version))
    return render(request, "recognition/model.html", {"model": model})
