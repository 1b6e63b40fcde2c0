"""The history, its exports, and what is done with several of its clips at once."""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_GET, require_POST, require_safe

from recognition import selectors
from recognition.errors import ActionError
from recognition.forms.history import HistoryForm
from recognition.http import COMPARED, SignedInRequest, tell_deleted
from recognition.messages import sentence
from recognition.models import Clip
from recognition.presentation.exports import EXPORTS, export_response
from recognition.presentation.history import row_of
from recognition.services.bulk import tag_clips
from recognition.services.erase import trash_clips

Action = Callable[[SignedInRequest, QuerySet[Clip]], HttpResponseBase]


@require_safe
def history(request: SignedInRequest) -> HttpResponse:
    """A wrong filter shows no clips: what would be chosen or exported is not what was meant."""
    form = HistoryForm(request.GET, owner=request.user)
    cursor = request.GET.get("after", "")
    is_valid = form.is_valid()
    chosen = form.chosen() if is_valid else selectors.HistoryFilter()
    page = selectors.history_rows(request.user, cursor, chosen) if is_valid else None
    clips = page.clips if page else []
    address = form.address()
    following = [*form.pairs(), ("after", page.next_cursor)] if page and page.next_cursor else []
    context = {
        "form": form,
        "is_valid": is_valid,
        "rows": [row_of(clip) for clip in clips],
        "chips": form.chips(),
        "is_filtered": bool(form.chips()),
        "address": address,
        "first_url": f"{reverse('history')}?{address}" if cursor else "",
        "next_url": f"?{urlencode(following)}" if following else "",
        "has_unfinished": any(not clip.is_final for clip in clips),
        "here": request.META["QUERY_STRING"],
        "extensions": list(EXPORTS),
    }
    return render(request, "recognition/history.html", context, status=200 if is_valid else 422)


@require_GET
def export(request: SignedInRequest, extension: str) -> HttpResponseBase:
    """Everything that the filter matches; a wrong filter is explained on its page."""
    if extension not in EXPORTS:
        raise Http404
    form = HistoryForm(request.GET, owner=request.user)
    if not form.is_valid():
        return redirect(f"{reverse('history')}?{form.address()}")
    return export_response(selectors.matching_in_chunks(request.user, form.chosen()), extension)


@require_POST
def selection(request: SignedInRequest) -> HttpResponseBase:
    """Of other people's clips nothing is said: they are not among the own ones."""
    clips = selectors.own_clips(request.user, clip_ids(request.POST.getlist("clip")))
    action = request.POST.get("action", "")
    if action in EXPORTS:
        found = list(selectors.with_all(clips))
        return export_response([found], action) if found else none_chosen(request)
    if action not in ACTIONS:
        return HttpResponseBadRequest()
    if not clips.exists():
        return none_chosen(request)
    try:
        return ACTIONS[action](request, clips)
    except ActionError as error:
        messages.error(request, sentence(error.code, error.details))
        return back(request)


def clip_ids(texts: list[str]) -> list[UUID]:
    ids = []
    for text in texts:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return ids


def delete(request: SignedInRequest, clips: QuerySet[Clip]) -> HttpResponseBase:
    deletion = trash_clips(clips)
    n = deletion.n_clips
    words = ngettext("%(n)d clip was deleted.", "%(n)d clips were deleted.", n) % {"n": n}
    tell_deleted(request, deletion, words)
    return back(request)


def tag(request: SignedInRequest, clips: QuerySet[Clip]) -> HttpResponseBase:
    names = tag_clips(clips, request.POST.get("tags", ""))
    n = len(clips)
    words = ngettext("%(n)d clip has %(tags)s now.", "%(n)d clips have %(tags)s now.", n)
    shown = ", ".join(f"“{name}”" for name in names)
    messages.success(request, words % {"n": n, "tags": shown})
    return back(request)


def compare(request: SignedInRequest, clips: QuerySet[Clip]) -> HttpResponseBase:
    ids = [clip.pk for clip in clips]
    if len(ids) not in COMPARED:
        messages.error(request, sentence("compare:user:number", {"n_clips": len(ids)}))
        return back(request)
    query = urlencode([("clip", clip_id) for clip_id in ids])
    return redirect(f"{reverse('compare')}?{query}")


ACTIONS: dict[str, Action] = {"delete": delete, "tag": tag, "compare": compare}


def none_chosen(request: SignedInRequest) -> HttpResponseBase:
    messages.error(request, gettext("No clip was chosen. Tick one or more and try again."))
    return back(request)


def back(request: SignedInRequest) -> HttpResponseBase:
    """To the same history; only what comes after the question mark is taken from the request."""
    pairs = parse_qsl(request.POST.get("back", ""))
    return redirect(f"{reverse('history')}?{urlencode(pairs)}" if pairs else "history")
