"""How clips come in: the upload page, its form, and one file after another from its script."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from mlcore.errors import AudioError
from recognition.errors import UploadError
from recognition.forms import SpeakerForm, UploadForm
from recognition.forms.clips import ACCEPTED
from recognition.http import SignedInRequest, own_clip_or_404
from recognition.messages import sentence
from recognition.models import Batch, Clip
from recognition.presentation.batches import ShownRefusal, shown_refusal
from recognition.presentation.words import upload_words
from recognition.selectors.batches import own_batch
from recognition.services.archives import is_archive
from recognition.services.batches import Outcome, keep_copy, start_batch, take_files
from recognition.services.submit import Terms
from recognition.uploads import shortened_name


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: SignedInRequest) -> HttpResponse:
    if request.method != "POST":
        return upload_page(request, UploadForm())
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return upload_page(request, form, status=422)
    files, consent = form.cleaned_data["files"], form.cleaned_data["speaker_consent"]
    is_batch = len(files) > 1 or is_archive(files[0].name or "")
    batch = start_batch(request.user) if is_batch else None
    terms = Terms(consent, batch, allows_copies=form.cleaned_data["keep_copies"])
    outcome = take_files(request.user, files, terms)
    if batch is not None:
        return redirect("batch", batch.pk)
    if outcome.refusals:
        again = UploadForm(initial={"speaker_consent": consent})
        return upload_page(request, again, outcome, status=422)
    return redirect("clip", outcome.clips[0].pk)


def upload_page(
    request: SignedInRequest, form: UploadForm, outcome: Outcome | None = None, *, status: int = 200
) -> HttpResponse:
    refusals = [shown_refusal(refusal) for refusal in outcome.refusals] if outcome else []
    context = {
        "form": form,
        "refusals": refusals,
        "consent": form.initial.get("speaker_consent", ""),
        "limits": upload_limits(),
        "accept": ACCEPTED,
        "words": upload_words(),
    }
    return render(request, "recognition/upload.html", context, status=status)


def upload_limits() -> dict[str, float]:
    return {
        "max_mb": settings.UPLOAD_MAX_BYTES / 1_000_000,
        "zip_max_mb": settings.ZIP_MAX_BYTES / 1_000_000,
        "zip_unpacked_mb": settings.ZIP_MAX_UNPACKED_BYTES / 1_000_000,
        "max_files": settings.UPLOAD_MAX_FILES,
        "min_duration_s": settings.CLIP_MIN_DURATION_S,
        "max_duration_s": settings.CLIP_MAX_DURATION_S,
        "max_duration_min": settings.CLIP_MAX_DURATION_S / 60,
    }


@require_POST
def upload_file(request: SignedInRequest) -> HttpResponse:
    """One file of the page's script: what became of it, at once."""
    form = SpeakerForm(request.POST)
    if not form.is_valid():
        return error_body("upload:user:no-consent")
    files = request.FILES.getlist("file")
    if len(files) != 1:
        return error_body("upload:user:no-file")
    terms = Terms(form.cleaned_data["speaker_consent"], batch_or_404(request), allows_copies=False)
    outcome = take_files(request.user, files, terms)
    refusals = [shown_refusal(refusal) for refusal in outcome.refusals]
    body = {
        "clips": [clip_body(clip) for clip in outcome.clips],
        "refusals": [refusal_body(refusal) for refusal in refusals],
    }
    return JsonResponse(body, status=201 if outcome.clips else 422)


@require_POST
def copy_clip(request: SignedInRequest, clip_id: UUID) -> HttpResponse:
    """A file that is there already is kept once more, under the name it was sent with."""
    clip = own_clip_or_404(request, clip_id)
    form = SpeakerForm(request.POST)
    batch = batch_or_404(request)
    if not form.is_valid():
        return error_body("upload:user:no-consent")
    name = request.POST.get("file_name") or clip.file_name
    try:
        copy = keep_copy(
            clip, shortened_name(name), Terms(form.cleaned_data["speaker_consent"], batch)
        )
    except (UploadError, AudioError) as error:
        messages.error(request, sentence(error.code, error.details))
        return redirect("batch", batch.pk) if batch else redirect("clip", clip.pk)
    if request.accepts("text/html"):
        return redirect("batch", batch.pk) if batch else redirect("clip", copy.pk)
    return JsonResponse({"clips": [clip_body(copy)], "refusals": []}, status=201)


def batch_or_404(request: SignedInRequest) -> Batch | None:
    """The batch that the form names, if it names one."""
    batch_id = request.POST.get("batch")
    if not batch_id:
        return None
    try:
        return own_batch(request.user, UUID(batch_id))
    except (Batch.DoesNotExist, ValueError):
        raise Http404 from None


def error_body(code: str) -> JsonResponse:
    return JsonResponse({"code": code, "message": sentence(code, {})}, status=422)


def clip_body(clip: Clip) -> dict[str, str]:
    return {"id": str(clip.pk), "name": clip.name, "url": reverse("clip", args=[clip.pk])}


def refusal_body(refusal: ShownRefusal) -> dict[str, str]:
    """With two addresses when the file is there already: to look at it, and to keep it twice."""
    twin = [refusal.clip_id] if refusal.clip_id else []
    return {
        "file_name": refusal.file_name,
        "code": refusal.code,
        "message": refusal.sentence,
        "clip_url": reverse("clip", args=twin) if twin else "",
        "copy_url": reverse("clip-copy", args=twin) if twin else "",
    }
