"""Every model version for the staff: where it came from, what differs, what it says unseen."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from recognition.errors import PromoteError
from recognition.forms.registry import DifferenceForm, ShadowForm
from recognition.http import (
    SignedInRequest,
    may_change_versions,
    staff_only,
    version_or_404,
)
from recognition.messages import sentence
from recognition.models import ModelVersion
from recognition.presentation.registry import (
    difference,
    facts_of,
    recall_changes,
    registry_rows,
    report_of,
)
from recognition.presentation.shadow import comparison_of
from recognition.selectors import registry as selectors
from recognition.services.promote import set_shadow


@require_safe
@staff_only
def registry(request: SignedInRequest) -> HttpResponse:
    rows = registry_rows(selectors.registry())
    context = {"rows": rows, "form": DifferenceForm()}
    return render(request, "recognition/registry.html", context)


@require_safe
@staff_only
def version_page(request: SignedInRequest, version_id: int) -> HttpResponse:
    version = version_or_404(version_id)
    context = {
        "version": version,
        "facts": facts_of(version),
        "ancestors": selectors.ancestors(version),
        "children": selectors.children_of(version),
        "promotions": selectors.promotions_of(version),
    }
    return render(request, "recognition/registry_version.html", context)


@require_safe
@staff_only
def version_report(request: SignedInRequest, version_id: int) -> JsonResponse:
    version = version_or_404(version_id)
    name = f"model-{version.sha256[:12]}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return JsonResponse(report_of(version), json_dumps_params={"indent": 2}, headers=headers)


@require_safe
@staff_only
def version_difference(request: SignedInRequest) -> HttpResponse:
    form = DifferenceForm(request.GET or None)
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        before = version_or_404(form.cleaned_data["before"].pk)
        after = version_or_404(form.cleaned_data["after"].pk)
        context |= {
            "before": before,
            "after": after,
            "changes": difference(before, after),
            "recalls": recall_changes(before, after),
        }
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "recognition/registry_difference.html", context, status=status)


@require_safe
@staff_only
def shadow(request: SignedInRequest) -> HttpResponse:
    return render(request, "recognition/shadow.html", {"versions": selectors.shadows()})


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def shadow_page(request: SignedInRequest, version_id: int) -> HttpResponse:
    version = version_or_404(version_id)
    form = ShadowForm(request.POST or None, initial={"percent": 100 * version.shadow_share})
    if request.method == "POST":
        if not may_change_versions(request.user):
            raise PermissionDenied
        if form.is_valid():
            return change_share(request, version, form.share)
    pairing = selectors.pairing(version)
    context = {
        "version": version,
        "form": form,
        "may_change": may_change_versions(request.user),
        "is_challenger": version.status == ModelVersion.Status.CHALLENGER,
        "served": pairing and pairing.served,
        "found": pairing and comparison_of(pairing),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "recognition/shadow_version.html", context, status=status)


def change_share(request: SignedInRequest, version: ModelVersion, share: float) -> HttpResponse:
    try:
        set_shadow(version.pk, share)
    except PromoteError as error:
        messages.error(request, sentence(error.code, error.details))
    else:
        messages.success(request, _("From now on it hears that share of the live clips."))
    return redirect("shadow-version", version.pk)
