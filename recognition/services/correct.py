"""An owner says what is heard in a clip; what was said before stays on record."""

from django.db import transaction
from django.utils.text import Truncator

from recognition.emotions import EMOTION_LABELS
from recognition.errors import CorrectionError
from recognition.models import Clip, Correction, User

REASON_LENGTH = 200


@transaction.atomic
def correct_clip(author: User, clip: Clip, emotion: str, reason: str = "") -> Correction | None:
    """None if it is what was said last: a second click says nothing new. Raises CorrectionError.

    The emotion of the prediction is one to choose, too: the model was right after all.
    """
    if emotion not in EMOTION_LABELS:
        raise CorrectionError("correct:user:emotion", {"found": Truncator(emotion).chars(40)})
    held = Clip.objects.select_for_update().get(pk=clip.pk)
    if not held.predictions.exists():
        raise CorrectionError("correct:user:no-result")
    newest = held.corrections.order_by("-created_at", "-pk").first()
    if newest and newest.emotion == emotion and reason in ("", newest.reason):
        return None
    held.corrected_emotion = emotion
    held.save(update_fields=["corrected_emotion"])
    name = author.name or author.get_username()
    return Correction.objects.create(
        clip=held, author=author, author_name=name, emotion=emotion, reason=reason
    )
