"""A clip by its link: without an account, without a word about its owner."""

from typing import cast

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recognition.errors import ShareError
from recognition.messages import sentence
from recognition.models import Share
from recognition.playback import audio_response
from recognition.presentation.comparison import heard_in
from recognition.presentation.trust import trust_of
from recognition.selectors import newest_prediction
from recognition.selectors.sharing import shared_clip


@login_not_required
@require_safe
@never_cache
def shared_page(request: HttpRequest, token: str) -> HttpResponse:
    try:
        share = shared_clip(token)
    except (Share.DoesNotExist, ShareError) as error:
        return closed(request, error)
    prediction = newest_prediction(share.clip)
    context = {
        "share": share,
        "heard": heard_in(share.clip),
        "trust": trust_of(prediction) if prediction else None,
    }
    return unlisted(render(request, "recognition/shared.html", context))


@login_not_required
@require_safe
@never_cache
def shared_audio(request: HttpRequest, token: str) -> HttpResponse | FileResponse:
    try:
        clip = shared_clip(token).clip
    except (Share.DoesNotExist, ShareError) as error:
        return closed(request, error)
    response = audio_response(request, clip)
    # the name is the owner's: who is heard may stand in it
    response["Content-Disposition"] = f'attachment; filename="clip.{clip.container}"'
    response["Cache-Control"] = "private, no-store"
    return unlisted(response)


def closed(request: HttpRequest, error: Exception) -> HttpResponse:
    """410 for what worked once, 404 for what never did."""
    code = error.code if isinstance(error, ShareError) else "share:user:unknown"
    status = 410 if isinstance(error, ShareError) else 404
    context = {"status": status, "sentence": sentence(code, {})}
    return unlisted(render(request, "recognition/shared_closed.html", context, status=status))


def unlisted(response: HttpResponse | FileResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex, nofollow"
    return cast(HttpResponse, response)
