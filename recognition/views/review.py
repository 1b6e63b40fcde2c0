"""The reviewer's screen. Reading changes nothing: each step is a POST, by htmx or plain forms."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from recognition.emotions import EMOTION_LABELS
from recognition.errors import ReviewError
from recognition.forms.review import ModeForm, ReviewForm, StartForm
from recognition.http import SignedInRequest
from recognition.messages import sentence
from recognition.presentation.review import SHOWS_MODEL, said_words, screen_context
from recognition.services.access import record_access
from recognition.services.claims import claim_next, release, show_all_answers, show_answer
from recognition.services.review import give_review, undo_review

View = Callable[..., HttpResponse]


def reviewers_only(view: View) -> View:
    """For everybody else there is no such page."""

    @wraps(view)
    def checked(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_reviewer:
            raise Http404
        return view(request, *args, **kwargs)

    return never_cache(checked)


def works_blind(request: SignedInRequest) -> bool:
    return not request.session.get(SHOWS_MODEL, False)


@require_safe
@reviewers_only
def review(request: SignedInRequest) -> HttpResponse:
    return render(request, "recognition/review.html", screen(request))


def screen(request: SignedInRequest) -> dict[str, Any]:
    """That somebody was shown a clip is on record, whatever is said of it then."""
    context = screen_context(request.user, is_blind=works_blind(request))
    if "clip" in context:
        record_access(request.user, context["clip"], "review")
    return context


def answered(request: SignedInRequest, *, said: str = "", problem: str = "") -> HttpResponse:
    """The screen as it is now: its part for htmx, else by way of the page."""
    if not request.headers.get("HX-Request"):
        if said or problem:
            (messages.error if problem else messages.success)(request, problem or said)
        return redirect("review")
    context = screen(request) | {"said": said, "problem": problem}
    status = 422 if problem else 200
    return render(request, "recognition/partials/_review.html", context, status=status)


@require_POST
@reviewers_only
def start(request: SignedInRequest) -> HttpResponse:
    """Take clips; one that is wanted may be gone meanwhile, and then another one comes."""
    form = StartForm(request.POST)
    wanted = form.cleaned_data["clip"] if form.is_valid() else None
    claim_next(request.user, wanted)
    return answered(request)


@require_POST
@reviewers_only
def stop(request: SignedInRequest) -> HttpResponse:
    release(request.user)
    return answered(request, said=_("The clips that you held are free for others."))


@require_POST
@reviewers_only
def mode(request: SignedInRequest) -> HttpResponse:
    form = ModeForm(request.POST)
    is_blind = form.is_valid() and form.cleaned_data["blind"]
    request.session[SHOWS_MODEL] = not is_blind
    show_all_answers(request.user)
    said = _("The model’s answer is hidden until you have chosen.")
    return answered(request, said=said if is_blind else _("The model’s answer is shown at once."))


@require_POST
@reviewers_only
def give(request: SignedInRequest, clip_id: UUID) -> HttpResponse:
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest()
    try:
        given = give_review(request.user, clip_id, form.opinion(is_blind=works_blind(request)))
    except ReviewError as error:
        claim_next(request.user)
        return answered(request, problem=sentence(error.code, error.details))
    claim_next(request.user)
    return answered(request, said=said_words(given))


@require_POST
@reviewers_only
def reveal(request: SignedInRequest, clip_id: UUID) -> HttpResponse:
    """What the model hears, for who has chosen. Only the holder is shown it."""
    choice = request.POST.get("emotion", "")
    if choice not in EMOTION_LABELS:
        problem = sentence("review:user:emotion", {"found": choice[:40]})
        return answered(request, problem=problem)
    if not show_answer(request.user, clip_id, choice):
        raise Http404
    if not request.headers.get("HX-Request"):
        return redirect("review")
    context = screen(request)
    if "clip" not in context or context["clip"].pk != clip_id:
        raise Http404
    return render(request, "recognition/partials/_review_answer.html", context)


@require_POST
@reviewers_only
def undo(request: SignedInRequest) -> HttpResponse:
    try:
        undo_review(request.user)
    except ReviewError as error:
        return answered(request, problem=sentence(error.code, error.details))
    claim_next(request.user)
    return answered(request, said=_("Taken back. Say it again."))
