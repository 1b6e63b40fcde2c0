"""What many views need: a signed-in user, and 404 for what that user may not see."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse

from recognition import selectors
from recognition.errors import CompareError
from recognition.models import Batch, Clip, ModelVersion, User
from recognition.selectors.batches import own_batch
from recognition.selectors.clips import clip_alone
from recognition.selectors.registry import registered
from recognition.services.access import record_access
from recognition.services.erase import Deletion

COMPARED = range(2, 5)  # clips side by side


class SignedInRequest(HttpRequest):
    """What the login middleware guarantees to views that don't opt out."""

    user: User
    style_nonce: str  # set by a view whose page has a sheet in itself; the middleware allows it


def visible_clip_or_404(request: SignedInRequest, clip_id: UUID, *, what: str) -> Clip:
    try:
        clip = selectors.clip_for(request.user, clip_id)
    except Clip.DoesNotExist:
        raise Http404 from None
    record_access(request.user, clip, what)
    return clip


def shown_clip_or_404(request: SignedInRequest, clip_id: UUID, *, what: str) -> Clip:
    """As visible_clip_or_404, but the row alone: for what is asked again and again."""
    try:
        clip = clip_alone(request.user, clip_id)
    except Clip.DoesNotExist:
        raise Http404 from None
    record_access(request.user, clip, what)
    return clip


def compared_clips_or_404(
    request: SignedInRequest, texts: Iterable[str], *, what: str
) -> list[Clip]:
    """Each once, in the order of their ids. Raises CompareError for too few or too many."""
    try:
        ids = list(dict.fromkeys(UUID(text) for text in texts))
    except ValueError:
        raise Http404 from None
    if len(ids) not in COMPARED:
        raise CompareError("compare:user:number", {"n_clips": len(ids)})
    return [visible_clip_or_404(request, clip_id, what=what) for clip_id in ids]


def own_clip_or_404(request: SignedInRequest, clip_id: UUID) -> Clip:
    try:
        return selectors.own_clip(request.user, clip_id)
    except Clip.DoesNotExist:
        raise Http404 from None


def own_batch_or_404(request: SignedInRequest, batch_id: UUID) -> Batch:
    try:
        return own_batch(request.user, batch_id)
    except Batch.DoesNotExist:
        raise Http404 from None


def version_or_404(version_id: int) -> ModelVersion:
    """With its long scores."""
    try:
        return registered(version_id)
    except ModelVersion.DoesNotExist:
        raise Http404 from None


def may_change_versions(user: User) -> bool:
    """Staff may look; what is heard in the shadow some of them change."""
    return user.has_perm("recognition.change_modelversion")


def tell_deleted(request: HttpRequest, deletion: Deletion, words: str) -> None:
    """With a button to undo it: partials/_messages.html makes it of the tag."""
    messages.success(request, words, extra_tags=f"undo {deletion.deleted_at.isoformat()}")


def staff_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For everybody else there is no such page."""

    @wraps(view)
    def checked(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (request.user.is_staff and request.user.is_active):
            raise Http404
        return view(request, *args, **kwargs)

    return checked
