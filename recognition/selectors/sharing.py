"""Reads by a link's token: the only way to a clip without an account."""

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from recognition.errors import ShareError
from recognition.models import Clip, Prediction, Share


def working_shares(clip: Clip) -> QuerySet[Share]:
    return Share.objects.filter(
        clip=clip, withdrawn_at__isnull=True, expires_at__gt=timezone.now()
    ).order_by("-expires_at")


def shared_clip(token: str) -> Share:
    """With its clip and the newest prediction.

    Raises Share.DoesNotExist for a token that nobody made, and ShareError for one that does not
    open anything now: expired, withdrawn, its clip deleted or its owner's account switched off.
    """
    predictions = Prediction.objects.select_related("model_version").order_by("-created_at")
    newest_first = Prefetch("clip__predictions", queryset=predictions)
    shares = Share.objects.select_related("clip__owner").prefetch_related(newest_first)
    share = shares.get(token=token)
    if share.withdrawn_at or not share.clip.owner.is_active:
        raise ShareError("share:user:withdrawn")
    if share.expires_at <= timezone.now():
        raise ShareError("share:user:expired")
    if share.clip.deleted_at:
        raise ShareError("share:user:deleted")
    return share
