"""What became of files that were sent together."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from recognition.http import SignedInRequest, own_batch_or_404
from recognition.presentation.batches import batch_context
from recognition.presentation.batches import batch_table as as_file
from recognition.selectors.batches import clips_of_batch
from recognition.services.batches import retry_failed, start_batch


@require_POST
def new_batch(request: SignedInRequest) -> HttpResponse:
    """For the upload page's script, which then sends the files one by one."""
    batch = start_batch(request.user)
    return JsonResponse({"id": str(batch.pk), "url": reverse("batch", args=[batch.pk])}, status=201)


@require_safe
@never_cache
def batch_page(request: SignedInRequest, batch_id: UUID) -> HttpResponse:
    """Polls itself, and takes its own part out of the answer."""
    batch = own_batch_or_404(request, batch_id)
    context = batch_context(batch, clips_of_batch(batch))
    return render(request, "recognition/batch.html", context)


@require_safe
@never_cache
def batch_table(request: SignedInRequest, batch_id: UUID) -> HttpResponse:
    return as_file(own_batch_or_404(request, batch_id))


@require_POST
def retry(request: SignedInRequest, batch_id: UUID) -> HttpResponse:
    batch = own_batch_or_404(request, batch_id)
    n_clips = retry_failed(batch)
    words = ngettext("%(n)d clip is tried again.", "%(n)d clips are tried again.", n_clips)
    messages.success(request, words % {"n": n_clips})
    return redirect("batch", batch.pk)
