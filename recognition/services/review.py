"""What counts as heard in a clip, and how it came about: every step is kept."""

from collections.abc import Mapping

from django.db import transaction

from recognition.errors import ReviewError
from recognition.messages import EMOTION_LABELS
from recognition.models import Clip, ReviewCase, Settlement, User

REASON_LENGTH = 200


@transaction.atomic
def settle(  # noqa: PLR0913 (who, how and why belong to every settlement)
    clip: Clip,
    emotion: str,
    *,
    how: Settlement.How,
    by: User | None,
    reason: str = "",
    shares: Mapping[str, float] | None = None,
) -> Settlement:
    """From now on this counts as heard; what was settled before stays on record.

    No emotion, with how=REOPENED, takes back what was settled. Raises ReviewError, and
    Clip.DoesNotExist for a clip that was deleted.
    """
    check_settlement(emotion, how, reason)
    held = Clip.objects.select_for_update().get(pk=clip.pk)
    held.reviewed_emotion = clip.reviewed_emotion = emotion
    held.save(update_fields=["reviewed_emotion"])
    state = ReviewCase.State.SETTLED if emotion else ReviewCase.State.OPEN
    ReviewCase.objects.update_or_create(
        clip=held, defaults={"state": state, "claimed_by": None, "claim_expires_at": None}
    )
    return Settlement.objects.create(
        clip=held,
        emotion=emotion,
        shares=dict(shares or {}),
        how=how,
        by=by,
        by_name=name_of(by),
        reason=reason,
    )


def check_settlement(emotion: str, how: Settlement.How, reason: str) -> None:
    is_known = not emotion if how == Settlement.How.REOPENED else emotion in EMOTION_LABELS
    if not is_known:
        raise ReviewError("review:user:emotion", {"found": emotion[:40]})
    if len(reason) > REASON_LENGTH:
        details = {"found": len(reason), "limit": REASON_LENGTH}
        raise ReviewError("review:user:reason-too-long", details)


def name_of(user: User | None) -> str:
    """As it stays on record when the account is gone; empty for the program itself."""
    return (user.name or user.get_username()) if user else ""
