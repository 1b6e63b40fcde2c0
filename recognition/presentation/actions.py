"""What an owner can do with a clip, and has done, in words."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from mlcore.labels import EMOTIONS
from recognition.emotions import EMOTION_EMOJI, EMOTION_LABELS
from recognition.models import Clip, Share
from recognition.selectors import newest_prediction


@dataclass(frozen=True)
class Choice:
    """One of the eight emotions, to be clicked at."""

    emotion: str
    label: str
    emoji: str
    is_models: bool
    is_chosen: bool


def choices_of(clip: Clip) -> list[Choice]:
    """Empty while there is no prediction to correct; from what clip_for fetched."""
    prediction = newest_prediction(clip)
    if prediction is None:
        return []
    return [
        Choice(
            emotion=emotion,
            label=EMOTION_LABELS[emotion],
            emoji=EMOTION_EMOJI[emotion],
            is_models=emotion == prediction.emotion,
            is_chosen=emotion == clip.corrected_emotion,
        )
        for emotion in EMOTIONS
    ]


def verdict_of(choices: list[Choice]) -> str:
    """How the owner's word stands to the model's; empty where the owner said nothing."""
    chosen = next((choice for choice in choices if choice.is_chosen), None)
    models = next((choice for choice in choices if choice.is_models), None)
    if chosen is None or models is None:
        return ""
    if chosen.is_models:
        return _("You say that the model was right: %(heard)s.") % {"heard": chosen.label}
    words = {"heard": chosen.label, "models": models.label}
    return _("You hear: %(heard)s. The model heard: %(models)s.") % words


def reviewed_words(clip: Clip) -> str:
    """What reviewers settled; empty where they did not."""
    if not clip.reviewed_emotion:
        return ""
    return _("Reviewed: %(heard)s.") % {"heard": EMOTION_LABELS[clip.reviewed_emotion]}


def share_address(share: Share) -> str:
    return settings.SITE_URL + reverse("shared", args=[share.token])


def shared_audio_address(share: Share) -> str:
    return settings.SITE_URL + reverse("shared-audio", args=[share.token])


def undo_words() -> str:
    """For how long a deletion can be undone, like “10 minutes”."""
    now = timezone.now()
    return timesince(now - timedelta(seconds=settings.DELETE_UNDO_S), now)
