"""What was deleted by mistake: a list to have it back from."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recognition.http import SignedInRequest
from recognition.jobs.purge import undo_until
from recognition.presentation.actions import undo_words
from recognition.presentation.deletions import deletions_of
from recognition.selectors.actions import recently_deleted


@never_cache
@require_safe
def recently_deleted_page(request: SignedInRequest) -> HttpResponse:
    clips = recently_deleted(request.user, since=undo_until(timezone.now()))
    context = {"deletions": deletions_of(clips), "undo_words": undo_words()}
    return render(request, "recognition/deleted.html", context)
