"""All that a clip's own page tells and draws."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from recognition.models import Clip
from recognition.presentation.clips import clip_context
from recognition.presentation.comparison import place_of
from recognition.presentation.trust import trust_of
from recognition.selectors import newest_prediction

STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120)
MOST_TICKS = 8


@dataclass(frozen=True)
class Tick:
    words: str
    percent: float
    anchor: str


def page_context(clip: Clip) -> dict[str, Any]:
    """What the page and its polled fragment show beyond any other place that shows a clip."""
    prediction = newest_prediction(clip)
    context = clip_context(clip)
    segments = prediction.segments.all() if prediction else []
    length_s = max([clip.duration_s or 0.0, *(segment.end_s for segment in segments)])
    return context | {
        "trust": trust_of(prediction) if prediction else None,
        "second": context["bars"][1] if prediction else None,
        "place": place_of(prediction) if prediction else None,
        "length_s": length_s,
        "ticks": ticks_of(length_s),
        "portrait_url": reverse("clip-portrait", args=[clip.pk]),
        "has_speech": speech_found(clip),
        "script_words": script_words(),
    }


def speech_found(clip: Clip) -> bool | None:
    """None where it is not known: nothing was listened to."""
    if clip.state == Clip.State.DONE:
        return True
    return False if clip.error_code == "audio:user:no-speech" else None


def ticks_of(length_s: float) -> list[Tick]:
    """Of the time axis: round numbers, and not so many that they touch on a phone."""
    if length_s <= 0:
        return []
    step = next((step for step in STEPS_S if length_s / step < MOST_TICKS), STEPS_S[-1])
    moments = [step * number for number in range(int(length_s / step) + 1)]
    if length_s - moments[-1] < step / 2 and len(moments) > 1:
        moments.pop()  # the end itself is told there
    ends = ["start", *["middle"] * (len(moments) - 1), "end"]
    return [
        Tick(clock(moment), round(100 * moment / length_s, 2), anchor)
        for moment, anchor in zip([*moments, length_s], ends, strict=True)
    ]


def clock(moment_s: float) -> str:
    if moment_s < 60:
        return f"{moment_s:.3g} s"
    return f"{int(moment_s) // 60}:{int(moment_s) % 60:02d}"


def script_words() -> dict[str, str]:
    """What the page's scripts say; they fill in what stands in braces."""
    return {
        "play": _("{from} to {to} s: {emotion}, {percent} %. Play this part."),
        "playing": _("Playing {from} to {to} s."),
        "speech": _("found, {total} s of it: {places}"),
        "no-speech": _("no speech found"),
        "place": _("{from}–{to} s"),
        "and-more": _("and {n} more places"),
        "pitch": _("{low}–{high} Hz, mostly {middle} Hz"),
        "no-pitch": _("none heard"),
        "energy": _("{low} to {high} dB"),
        "failed": _("The drawing could not be made. The player and the result work without it."),
        "explaining": _("Finding out what carried the result…"),
        "explained": _(
            "Marked: what carried “{emotion}” most lies at {from}–{to} s, {low}–{high} Hz. "
            "Striped places spoke against it."
        ),
        "explained-time": _(
            "Marked: what carried “{emotion}” most lies at {from}–{to} s. "
            "Striped places spoke against it."
        ),
        "explain-failed": _("The explanation could not be had. Try again."),
        "explain-hidden": _("The marks are hidden."),
        "offline": _("The connection broke off. Try again."),
    }
