"""The record of who looked at other people's clips: administrators, and reviewers at their work."""

from datetime import timedelta

from django.utils import timezone

from recognition.models import Clip, ClipAccess, User

# A page that polls, or an audio player that asks for ranges, is one look, not hundreds.
ONE_LOOK = timedelta(minutes=10)
# What shows a clip with all that is known of it; a reviewer who looked there is not blind then.
WITH_ANSWERS = ("page", "status", "api")


def saw_answers(user: User, clip: Clip) -> bool:
    """Outside the review screen, which keeps them back."""
    looks = ClipAccess.objects.filter(clip_id=clip.pk, user=user)
    return looks.filter(what__in=("admin", *WITH_ANSWERS)).exists()


def was_given(reviewer: User, clip: Clip) -> bool:
    """To review."""
    return ClipAccess.objects.filter(clip_id=clip.pk, user=reviewer, what="review").exists()


def record_access(user: User, clip: Clip, what: str) -> None:
    may_review = (
        user.is_reviewer
        and not user.is_superuser
        and what not in ("admin", "review", *WITH_ANSWERS)
    )
    if clip.owner_id == user.pk or may_review:
        return
    since = timezone.now() - ONE_LOOK
    if ClipAccess.objects.filter(clip_id=clip.pk, user=user, what=what, at__gte=since).exists():
        return
    ClipAccess.objects.create(
        clip_id=clip.pk,
        owner_name=clip.owner.get_username(),
        user=user,
        user_name=user.get_username(),
        what=what,
    )
