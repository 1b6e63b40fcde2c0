"""“Try an example” of the landing page: for visitors, throttled by address."""

from uuid import UUID

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_POST, require_safe

from recognition.examples import BY_SLUG, Example
from recognition.messages import sentence
from recognition.models import Clip
from recognition.presentation import clip_context
from recognition.selectors.examples import example_clip as find_example_clip
from recognition.services.examples import try_example as service

PARTIAL = "recognition/partials/_example_result.html"


@login_not_required
@require_POST
def try_example(request: HttpRequest, slug: str) -> HttpResponse:
    """Nothing that the visitor sends is kept: the clip is one of ours."""
    example = example_or_404(slug)
    is_fragment = "HX-Request" in request.headers
    if not ratelimit.consume(request, action="example"):
        context = {"sentence": sentence("example:user:too-often", {})}
        template = PARTIAL if is_fragment else "recognition/example.html"
        return render(request, template, context, status=429)
    clip = service(example)
    if is_fragment:
        return render(request, PARTIAL, example_context(clip))
    return redirect("example-clip", clip.pk)


@login_not_required
@require_safe
@never_cache
def example_clip(request: HttpRequest, clip_id: UUID) -> HttpResponse:
    return render(request, "recognition/example.html", example_context(clip_or_404(clip_id)))


@login_not_required
@require_safe
@never_cache
def example_status(request: HttpRequest, clip_id: UUID) -> HttpResponse:
    """The polled fragment."""
    return render(request, PARTIAL, example_context(clip_or_404(clip_id)))


@login_not_required
@require_safe
@cache_control(max_age=3600, public=True)
def example_audio(request: HttpRequest, slug: str) -> FileResponse:
    return FileResponse(example_or_404(slug).path.open("rb"), content_type="audio/flac")


def example_or_404(slug: str) -> Example:
    if slug not in BY_SLUG:
        raise Http404
    return BY_SLUG[slug]


def clip_or_404(clip_id: UUID) -> Clip:
    try:
        return find_example_clip(clip_id)
    except Clip.DoesNotExist:
        raise Http404 from None


def example_context(clip: Clip) -> dict[str, object]:
    url = "" if clip.is_final else reverse("example-status", args=[clip.pk])
    return clip_context(clip) | {"poll_url": url, "is_owner": False}
