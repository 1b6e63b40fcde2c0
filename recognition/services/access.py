"""The record of administrators who looked at other people's clips."""

from datetime import timedelta

from django.utils import timezone

from recognition.models import Clip, ClipAccess, User

# A page that polls, or an audio player that asks for ranges, is one look, not hundreds.
ONE_LOOK = timedelta(minutes=10)


def record_access(user: User, clip: Clip, what: str) -> None:
    if not user.is_superuser or clip.owner_id == user.pk:
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
