"""Two to four clips side by side."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recognition.errors import CompareError
from recognition.http import SignedInRequest, compared_clips_or_404
from recognition.messages import sentence
from recognition.presentation.clip_page import name_context
from recognition.presentation.comparison import heard_in, rows_of
from recognition.presentation.labels import said_of


@require_safe
@never_cache
def compare(request: SignedInRequest) -> HttpResponse:
    try:
        clips = compared_clips_or_404(request, request.GET.getlist("clip"), what="page")
    except CompareError as error:
        problem = {"problem": sentence(error.code, error.details)}
        return render(request, "recognition/compare.html", problem, status=400)
    for clip in clips:
        clip.name = name_context(clip, request.user)["shown_name"]  # never saved
    columns = [heard_in(clip) for clip in clips]
    context = {
        "columns": list(zip(columns, map(said_of, clips), strict=True)),
        "rows": rows_of(columns),
    }
    return render(request, "recognition/compare.html", context)
