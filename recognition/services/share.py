"""A link by which anybody may see and hear one clip for a while."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from recognition.errors import ShareError
from recognition.models import Clip, Share
from recognition.selectors.sharing import working_shares

PERIODS_DAYS = (1, 7, 30)


@transaction.atomic
def share_clip(clip: Clip, *, n_days: int) -> Share:
    """The link that works already, if there is one, and at least so long as is asked for.

    Raises ShareError for another period.
    """
    if n_days not in PERIODS_DAYS:
        raise ShareError("share:user:period", {"found": n_days})
    held = Clip.objects.select_for_update().get(pk=clip.pk)  # a second click waits here
    expires_at = timezone.now() + timedelta(days=n_days)
    share = working_shares(held).first()
    if share is None:
        return Share.objects.create(clip=held, expires_at=expires_at)
    share.expires_at = max(share.expires_at, expires_at)
    share.save(update_fields=["expires_at"])
    return share


def withdraw_shares(clip: Clip) -> int:
    """How many links end with this; 0 when none worked any more."""
    return working_shares(clip).update(withdrawn_at=timezone.now())
