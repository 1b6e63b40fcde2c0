"""The reviewer's screen: one clip, what can be said of it, and the model's answer when due."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from mlcore.labels import EMOTIONS
from recognition.emotions import EMOTION_EMOJI, EMOTION_LABELS
from recognition.models import Clip, Review, ReviewCase, User
from recognition.presentation.clip_page import script_words
from recognition.presentation.clips import EmotionBar, bars_of, result_of
from recognition.selectors import newest_prediction
from recognition.selectors.reviews import (
    MOST_COUNTED,
    held_clips,
    n_waiting,
    reviews_today,
    standing_reviews,
)
from recognition.services.claims import NOTHING

SKIP_REASONS = {
    "undecided": _("I can’t decide"),
    "several-voices": _("several voices"),
    "language": _("a language that I don’t follow"),
    "known-voice": _("I know this person"),
}
SHOWS_MODEL = "review_shows_model"  # in the session; blind mode is the default


@dataclass(frozen=True)
class Key:
    """One of the eight emotions under its number."""

    number: int
    emotion: str
    label: str
    emoji: str
    is_chosen: bool


@dataclass(frozen=True)
class Answer:
    """What the model and other people say; hidden until the reviewer has chosen."""

    label: str
    percent: int
    bars: list[EmotionBar]
    owner_says: str
    others_say: list[str]


def reason_words(reason: str) -> str:
    return str(SKIP_REASONS.get(reason, reason))


def screen_context(reviewer: User, *, is_blind: bool) -> dict[str, Any]:
    """What the page and its fragment show."""
    held = held_clips(reviewer)
    n_left = n_waiting(reviewer)
    context = {
        "is_blind": is_blind,
        "n_left": n_left,
        "left_words": left_words(n_left),
        "n_today": reviews_today(reviewer),
        "minutes": max(1, round(settings.REVIEW_CLAIM_S / 60)),
        "script_words": script_words(),
        "reasons": [(code, words, i) for i, (code, words) in enumerate(SKIP_REASONS.items(), 1)],
    }
    if held:
        context |= clip_context(held[0], reviewer, is_blind=is_blind)
        context["next"] = addresses(held[1]) if len(held) > 1 else None
    return context


def left_words(n: int) -> str:
    if n >= MOST_COUNTED:
        return gettext("%(n)s clips or more wait") % {"n": MOST_COUNTED}
    return ngettext("%(n)s clip waits", "%(n)s clips wait", n) % {"n": n}


def addresses(clip: Clip) -> dict[str, str]:
    return {
        "id": str(clip.pk),
        "audio": reverse("clip-audio", args=[clip.pk]),
        "portrait": reverse("clip-portrait", args=[clip.pk]),
    }


def clip_context(clip: Clip, reviewer: User, *, is_blind: bool) -> dict[str, Any]:
    case = clip.review_case
    chosen = case.shown_after if case.shown_after != NOTHING else ""
    if not is_blind:
        chosen = chosen or clip.emotion
    is_shown = bool(case.shown_after) or not is_blind
    return {
        "clip": clip,
        "here": addresses(clip),
        "keys": keys_of(chosen),
        "answer": answer_of(clip) if is_shown else None,
        "is_conflict": case.state == ReviewCase.State.CONFLICT,
    }


def keys_of(chosen: str) -> list[Key]:
    return [
        Key(i, emotion, str(EMOTION_LABELS[emotion]), EMOTION_EMOJI[emotion], emotion == chosen)
        for i, emotion in enumerate(EMOTIONS, start=1)
    ]


def answer_of(clip: Clip) -> Answer | None:
    """None where no model has said anything."""
    prediction = newest_prediction(clip)
    if prediction is None:
        return None
    result = result_of(prediction)
    return Answer(
        label=str(result.emotion_label),
        percent=result.confidence_percent,
        bars=bars_of(prediction),
        owner_says=str(EMOTION_LABELS.get(clip.corrected_emotion, "")),
        others_say=[opinion_words(review) for review in standing_reviews(clip)],
    )


def opinion_words(review: Review) -> str:
    if review.kind == Review.Kind.HEARD:
        return str(EMOTION_LABELS[review.emotion])
    if review.kind == Review.Kind.SKIPPED:
        return gettext("skipped: %(reason)s") % {"reason": reason_words(review.reason)}
    return gettext("bad audio")


def said_words(review: Review) -> str:
    return gettext("Noted: %(said)s.") % {"said": opinion_words(review)}
