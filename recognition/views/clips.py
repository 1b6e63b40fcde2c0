"""Upload, a clip's page, its polled fragment, and what its owner can do with it."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mlcore.errors import AudioError
from recognition import selectors
from recognition.errors import UploadError
from recognition.forms import UploadForm
from recognition.http import SignedInRequest, own_clip_or_404, visible_clip_or_404
from recognition.messages import sentence
from recognition.models import Clip
from recognition.presentation import clip_context, failure_of, result_of
from recognition.services.erase import delete_clips
from recognition.services.submit import EXTENSIONS, retry_clip, submit_clip


@dataclass(frozen=True)
class Refusal:
    file_name: str
    code: str
    sentence: str


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: SignedInRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "recognition/upload.html", upload_context(UploadForm(), []))
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return render(request, "recognition/upload.html", upload_context(form, []), status=422)
    clips, refusals = submit_all(request, form.cleaned_data["files"])
    if refusals:
        if clips:
            messages.success(
                request,
                f"Accepted: {len(clips)} of {len(clips) + len(refusals)} files. See History.",
            )
        context = upload_context(UploadForm(), refusals)
        return render(request, "recognition/upload.html", context, status=422)
    return redirect("clip", clips[0].pk) if len(clips) == 1 else redirect("history")


def submit_all(
    request: SignedInRequest, files: "list[UploadedFile[bytes]]"
) -> tuple[list[Clip], list[Refusal]]:
    """Each file by itself: one that is refused does not hold up the others."""
    clips, refusals = [], []
    for file in files:
        try:
            clips.append(submit_clip(request.user, file))
        except (UploadError, AudioError) as error:
            words = sentence(error.code, error.details)
            refusals.append(Refusal(file.name or "", error.code, words))
    return clips, refusals


def upload_context(form: UploadForm, refusals: list[Refusal]) -> dict[str, object]:
    limits = {
        "max_mb": settings.UPLOAD_MAX_BYTES / 1_000_000,
        "max_files": settings.UPLOAD_MAX_FILES,
        "min_duration_s": settings.CLIP_MIN_DURATION_S,
        "max_duration_min": settings.CLIP_MAX_DURATION_S / 60,
    }
    return {"form": form, "refusals": refusals, "limits": limits, "accept": ",".join(EXTENSIONS)}


@require_safe
def history(request: SignedInRequest) -> HttpResponse:
    page = selectors.history(request.user, request.GET.get("after", ""))
    rows = [
        {
            "clip": clip,
            "prediction": result_of(prediction) if prediction else None,
            "failure": failure_of(clip),
        }
        for clip in page.clips
        for prediction in [selectors.newest_prediction(clip)]
    ]
    context = {
        "rows": rows,
        "next_url": f"?after={page.next_cursor}" if page.next_cursor else "",
        "first_page": "after" not in request.GET,
        "has_unfinished": any(not clip.is_final for clip in page.clips),
    }
    return render(request, "recognition/history.html", context)


@require_safe
@never_cache
def clip_page(request: SignedInRequest, clip_id: UUID) -> HttpResponse:
    clip = visible_clip_or_404(request, clip_id, what="page")
    context = clip_context(clip) | {"is_owner": clip.owner_id == request.user.pk}
    return render(request, "recognition/clip.html", context)


@require_safe
@never_cache
def clip_status(request: SignedInRequest, clip_id: UUID) -> HttpResponse:
    """The page's own fragment, alone."""
    clip = visible_clip_or_404(request, clip_id, what="status")
    context = clip_context(clip) | {"is_owner": clip.owner_id == request.user.pk}
    return render(request, "recognition/partials/_result.html", context)


@require_POST
def retry(request: SignedInRequest, clip_id: UUID) -> HttpResponse:
    clip = own_clip_or_404(request, clip_id)
    retry_clip(clip)
    return redirect("clip", clip.pk)


@require_POST
def delete(request: SignedInRequest, clip_id: UUID) -> HttpResponse:
    clip = own_clip_or_404(request, clip_id)
    delete_clips([clip])
    messages.success(request, f"“{clip.name}” was deleted.")
    return redirect("history")
