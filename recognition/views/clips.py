"""A clip’s page, its polled fragment, and what its owner can do with it."""

import secrets
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from recognition.http import SignedInRequest, own_clip_or_404, visible_clip_or_404
from recognition.presentation.clip_page import name_context, page_context
from recognition.services.submit import retry_clip
from recognition.views.clip_actions import action_context, correction_context


@require_safe
@never_cache
def clip_page(request: SignedInRequest, clip_id: UUID) -> HttpResponse:
    clip = visible_clip_or_404(request, clip_id, what="page")
    request.style_nonce = secrets.token_urlsafe(16)  # for wavesurfer's one sheet
    context = page_context(clip) | name_context(clip, request.user)
    context |= action_context(clip, request.user)
    return render(request, "recognition/clip.html", context)


@require_safe
@never_cache
def clip_status(request: SignedInRequest, clip_id: UUID) -> HttpResponse:
    """The page's own fragment, alone; the last one brings what hangs on the result."""
    clip = visible_clip_or_404(request, clip_id, what="status")
    context = page_context(clip) | name_context(clip, request.user)
    context["is_owner"] = clip.owner_id == request.user.pk
    context["is_polled"] = True
    if clip.is_final:
        context["actions"] = correction_context(clip, request.user)
    return render(request, "recognition/partials/_result.html", context)


@require_POST
def retry(request: SignedInRequest, clip_id: UUID) -> HttpResponse:
    clip = own_clip_or_404(request, clip_id)
    retry_clip(clip)
    return redirect("clip", clip.pk)
