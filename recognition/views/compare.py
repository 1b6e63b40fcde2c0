"""Two to four clips side by side."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recognition.errors import CompareError
from recognition.http import SignedInRequest, visible_clip_or_404
from recognition.messages import sentence
from recognition.presentation.clip_page import name_context
from recognition.presentation.comparison import heard_in, rows_of
from recognition.presentation.labels import said_of

FEWEST, MOST = 2, 4


@require_safe
@never_cache
def compare(request: SignedInRequest) -> HttpResponse:
    try:
        ids = chosen_ids(request.GET.getlist("clip"))
    except CompareError as error:
        problem = {"problem": sentence(error.code, error.details)}
        return render(request, "recognition/compare.html", problem, status=400)
    clips = [visible_clip_or_404(request, clip_id, what="page") for clip_id in ids]
    for clip in clips:
        clip.name = name_context(clip, request.user)["shown_name"]  # never saved
    columns = [heard_in(clip) for clip in clips]
    context = {
        "columns": list(zip(columns, map(said_of, clips), strict=True)),
        "rows": rows_of(columns),
    }
    return render(request, "recognition/compare.html", context)


def chosen_ids(texts: list[str]) -> list[UUID]:
    """Each once, in the order of the address. Raises CompareError for too few or too many."""
    try:
        ids = list(dict.fromkeys(UUID(text) for text in texts))
    except ValueError:
        raise Http404 from None
    if not FEWEST <= len(ids) <= MOST:
        raise CompareError("compare:user:number", {"found": len(ids)})
    return ids
