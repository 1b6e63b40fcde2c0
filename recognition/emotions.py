"""Names and signs of the eight emotions, in the language of whoever reads."""

from typing import cast

from django.utils.translation import gettext_lazy as _

EMOTION_LABELS = cast(
    "dict[str, str]",
    {
        "neutral": _("neutral"),
        "calm": _("calm"),
        "happy": _("happy"),
        "sad": _("sad"),
        "angry": _("angry"),
        "fearful": _("fearful"),
        "disgust": _("disgust"),
        "surprised": _("surprised"),
    },
)
EMOTION_EMOJI = {
    "neutral": "😐",
    "calm": "😌",
    "happy": "😄",
    "sad": "😢",
    "angry": "😠",
    "fearful": "😨",
    "disgust": "🤢",
    "surprised": "😲",
}
