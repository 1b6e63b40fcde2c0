"""What an owner does with a clip: each a POST that htmx or a plain form can send."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from recognition.emotions import EMOTION_LABELS
from recognition.errors import ActionError
from recognition.forms.actions import (
    CorrectForm,
    DescribeForm,
    RestoreForm,
    ShareForm,
    TagForm,
    TagsForm,
)
from recognition.http import SignedInRequest, own_clip_or_404, tell_deleted, visible_clip_or_404
from recognition.messages import sentence
from recognition.models import Clip, User
from recognition.presentation.actions import (
    choices_of,
    reviewed_words,
    share_address,
    undo_words,
    verdict_of,
)
from recognition.presentation.steps import steps_of
from recognition.selectors.actions import tags_in_use, trashed_clip
from recognition.selectors.sharing import working_shares
from recognition.services.correct import correct_clip
from recognition.services.describe import add_tags, describe_clip, remove_tag
from recognition.services.erase import Deletion, restore_clips, trash_clips
from recognition.services.share import PERIODS_DAYS, share_clip, withdraw_shares

Values = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """One of the two is empty."""

    said: str = ""
    problem: str = ""


def action_context(clip: Clip, reader: User) -> dict[str, Any]:
    """What the four partials need; the clip as clip_for fetched it."""
    actions = correction_context(clip, reader)
    if clip.owner_id == reader.pk:
        share = working_shares(clip).first()
        actions |= {
            "describe_form": DescribeForm(initial={"name": clip.name, "note": clip.note}),
            "shown": {"name": clip.name, "note": clip.note},
            "tags_form": TagsForm(),
            "tags": list(clip.tags.all()),
            "tags_in_use": tags_in_use(reader),
            "share": share,
            "share_address": share_address(share) if share else "",
            "periods_days": PERIODS_DAYS,
            "undo_words": undo_words(),
        }
    return {"clip": clip, "is_owner": clip.owner_id == reader.pk, "actions": actions}


def correction_context(clip: Clip, reader: User) -> dict[str, Any]:
    choices = choices_of(clip)
    return {
        "choices": choices,
        "verdict": verdict_of(choices),
        "reviewed": reviewed_words(clip),
        "steps": steps_of(clip, reader) if clip.is_final else [],
    }


def act(
    request: SignedInRequest,
    clip_id: UUID,
    part: str,
    form: forms.Form,
    change: Callable[[Clip, Values], str],
) -> HttpResponse:
    """Do it, then answer with its part of the page, or lead back to the page without htmx."""
    clip = own_clip_or_404(request, clip_id)
    outcome = attempt(clip, form, change)
    if not request.headers.get("HX-Request"):
        tell = messages.error if outcome.problem else messages.success
        tell(request, outcome.problem or outcome.said)
        return redirect("clip", clip_id)
    context = action_context(visible_clip_or_404(request, clip_id, what="page"), request.user)
    context |= {"said": outcome.said, "problem": outcome.problem, "is_fragment": True}
    if outcome.problem:
        context["actions"] |= {FORM_PLACES[type(form)]: form} if type(form) in FORM_PLACES else {}
        if isinstance(form, DescribeForm) and form.errors:  # nothing was compared yet
            context["actions"]["shown"] |= form.seen()
    status = 422 if outcome.problem else 200
    return render(request, f"recognition/partials/{part}", context, status=status)


# What was typed stays in the field beside the reason why it was refused.
FORM_PLACES = {DescribeForm: "describe_form", TagsForm: "tags_form"}


def attempt(clip: Clip, form: forms.Form, change: Callable[[Clip, Values], str]) -> Outcome:
    if not form.is_valid():
        sentences = [str(words) for errors in form.errors.values() for words in errors]
        return Outcome(problem=" ".join(sentences))
    try:
        return Outcome(said=change(clip, form.cleaned_data))
    except ActionError as error:
        return Outcome(problem=sentence(error.code, error.details))
    except Clip.DoesNotExist:
        raise Http404 from None  # deleted in this moment


@require_POST
def describe(request: SignedInRequest, clip_id: UUID) -> HttpResponse:
    form = DescribeForm(request.POST)

    def change(clip: Clip, values: Values) -> str:
        describe_clip(clip, name=values["name"], note=values["note"], seen=form.seen())
        return _("Name and note are saved.")

    return act(request, clip_id, "_describe.html", form, change)


@require_POST
def tag(request: SignedInRequest, clip_id: UUID) -> HttpResponse:
    def change(clip: Clip, values: Values) -> str:
        names = ", ".join(tag.name for tag in add_tags(clip, values["tags"]))
        return _("Tagged: %(names)s.") % {"names": names}

    return act(request, clip_id, "_describe.html", TagsForm(request.POST), change)


@require_POST
def untag(request: SignedInRequest, clip_id: UUID) -> HttpResponse:
    def change(clip: Clip, values: Values) -> str:
        name = remove_tag(clip, values["tag"])
        return _("Tag removed: %(name)s.") % {"name": name} if name else _("The tag is gone.")

    return act(request, clip_id, "_describe.html", TagForm(request.POST), change)


@require_POST
def correct(request: SignedInRequest, clip_id: UUID) -> HttpResponse:
    def change(clip: Clip, values: Values) -> str:
        correct_clip(request.user, clip, values["emotion"], values["reason"])
        return _("Noted. You hear: %(heard)s.") % {"heard": EMOTION_LABELS[values["emotion"]]}

    return act(request, clip_id, "_correct.html", CorrectForm(request.POST), change)


@require_POST
def share(request: SignedInRequest, clip_id: UUID) -> HttpResponse:
    def change(clip: Clip, values: Values) -> str:
        made = share_clip(clip, n_days=values["days"])
        until = date_format(localtime(made.expires_at), "j M Y, H:i T")
        words = _("The link works until %(until)s. Whoever has it can see the result and listen.")
        return words % {"until": until}

    return act(request, clip_id, "_share.html", ShareForm(request.POST), change)


@require_POST
def withdraw(request: SignedInRequest, clip_id: UUID) -> HttpResponse:
    def change(clip: Clip, values: Values) -> str:
        withdraw_shares(clip)
        return _("The link does not work any more.")

    return act(request, clip_id, "_share.html", forms.Form(request.POST), change)


@require_POST
def delete(request: SignedInRequest, clip_id: UUID) -> HttpResponse:
    """A second click finds the clip deleted, and is told the same."""
    clip = trashed_clip(request.user, clip_id)
    if clip is None or clip.deleted_at is None:
        clip = own_clip_or_404(request, clip_id)
        deletion = trash_clips(Clip.objects.filter(pk=clip.pk))
    else:
        deletion = Deletion(clip.deleted_at, 1)
    words = _("“%(name)s” was deleted.") % {"name": clip.name}
    tell_deleted(request, deletion, words)
    return redirect("history")


@require_POST
def restore(request: SignedInRequest) -> HttpResponse:
    """Undo of a deletion, of one clip or of many."""
    form = RestoreForm(request.POST)
    if not form.is_valid():
        raise Http404
    try:
        n_clips = restore_clips(request.user, form.cleaned_data["deleted_at"])
    except ActionError as error:
        messages.error(request, sentence(error.code, error.details))
    else:
        words = ngettext("%(n)s clip is back.", "%(n)s clips are back.", n_clips)
        messages.success(request, words % {"n": n_clips})
    return redirect("history")
