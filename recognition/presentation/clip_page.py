"""All that a clip's own page tells and draws."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from mlcore.labels import EMOTIONS
from recognition.models import Clip, User
from recognition.presentation.clips import TimelineSegment, clip_context
from recognition.presentation.comparison import place_of
from recognition.selectors import newest_prediction

STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120)
# on a phone the axis has room for so many labels, the last of which ends where the axis ends
MOST_TICKS = 7
LAST_LABEL = 0.23  # of the axis


@dataclass(frozen=True)
class Tick:
    words: str
    percent: float
    anchor: str


@dataclass(frozen=True)
class RunMark:
    """The shape over neighbors of one emotion, and from which width of the timeline it fits."""

    emotion: str
    middle_percent: float
    fits: str


CODEC_NAMES = {"opus": "Opus", "vorbis": "Vorbis"}

# of the timeline's width, in percent: what a shape of 12 px needs on a phone, a tablet, a desk
FITTING = {"all": 5.0, "middle": 2.5, "wide": 1.6}


def page_context(clip: Clip) -> dict[str, Any]:
    """What the page and its polled fragment show beyond any other place that shows a clip."""
    prediction = newest_prediction(clip)
    context = clip_context(clip)
    segments = prediction.segments.all() if prediction else []
    length_s = max([clip.duration_s or 0.0, *(segment.end_s for segment in segments)])
    return context | {
        "place": place_of(prediction) if prediction else None,
        "run_marks": run_marks(context["segments"]),
        "legend": legend_of(context["segments"]),
        "length_s": length_s,
        "ticks": ticks_of(length_s),
        "portrait_url": reverse("clip-portrait", args=[clip.pk]),
        "has_speech": speech_found(clip),
        "sound_words": sound_words(clip),
        "consent_words": clip.get_speaker_consent_display(),
        "script_words": script_words(),
    }


def knows_owner(reader: User, clip: Clip) -> bool:
    """Reviewers listen to voices without names: neither the owner's nor each other's."""
    return reader.is_superuser or clip.owner_id == reader.pk


def name_context(clip: Clip, reader: User) -> dict[str, Any]:
    """Names of files tell who speaks and what was felt; reviewers get none."""
    is_named = knows_owner(reader, clip)
    when = date_format(localtime(clip.created_at), "j M Y")
    return {
        "is_named": is_named,
        "shown_name": clip.name if is_named else _("Clip of %(when)s") % {"when": when},
    }


def download_name(clip: Clip, reader: User) -> str:
    names = name_context(clip, reader)
    return clip.name if names["is_named"] else f"{names['shown_name']}.{clip.container}"


def speech_found(clip: Clip) -> bool | None:
    """None where it is not known: nothing was listened to."""
    if clip.state == Clip.State.DONE:
        return True
    return False if clip.error_code == "audio:user:no-speech" else None


def sound_words(clip: Clip) -> str:
    """Like “44.1 kHz, mono, PCM 16 bit”; empty where the header was not kept."""
    if clip.sample_rate is None or clip.n_channels is None:
        return ""
    rate = number_format(Decimal(clip.sample_rate) / 1000)
    few = {1: _("mono"), 2: _("stereo")}
    channels = few.get(clip.n_channels) or _("%(n)s channels") % {"n": clip.n_channels}
    words = [f"{rate} kHz", channels, codec_words(clip.codec)]
    return ", ".join(word for word in words if word)


def codec_words(codec: str) -> str:
    """Like “Opus” or “PCM 16 bit”; what has no usual name is told as it is called in headers."""
    kind, _mark, bits = codec.partition("_")
    if kind == "pcm" and bits.isdigit():
        return f"PCM {bits} bit"
    return CODEC_NAMES.get(codec, codec.replace("_", " ").upper())


def run_marks(segments: list[TimelineSegment]) -> list[RunMark]:
    """One for neighbors that touch, where it would not be wider than they are."""
    runs: list[list[TimelineSegment]] = []
    for part in segments:
        last = runs[-1][-1] if runs else None
        if last and last.emotion == part.emotion and last.end_s >= part.start_s:
            runs[-1].append(part)
        else:
            runs.append([part])
    marks = [mark_of(run) for run in runs]
    return [mark for mark in marks if mark]


def mark_of(run: list[TimelineSegment]) -> RunMark | None:
    last = run[-1]
    start, end = run[0].left_permille / 10, (last.left_permille + last.width_permille) / 10
    fits = next((name for name, least in FITTING.items() if end - start >= least), "")
    return RunMark(last.emotion, round((start + end) / 2, 2), fits) if fits else None


def legend_of(segments: list[TimelineSegment]) -> list[TimelineSegment]:
    """One part of each emotion that occurs, in the order that all lists have."""
    found = {part.emotion: part for part in segments}
    return [found[emotion] for emotion in EMOTIONS if emotion in found]


def ticks_of(length_s: float) -> list[Tick]:
    """Of the time axis: round numbers, and not so many that they touch on a phone."""
    if length_s <= 0:
        return []
    step = next((step for step in STEPS_S if length_s / step < MOST_TICKS), STEPS_S[-1])
    moments = [step * number for number in range(int(length_s / step) + 1)]
    while length_s - moments[-1] < LAST_LABEL * length_s and len(moments) > 1:
        moments.pop()  # the end itself is told there
    ends = ["start", *["middle"] * (len(moments) - 1), "end"]
    return [
        Tick(clock(moment), round(100 * moment / length_s, 2), anchor)
        for moment, anchor in zip([*moments, length_s], ends, strict=True)
    ]


def clock(moment_s: float) -> str:
    if moment_s < 60:
        return f"{number_format(Decimal(f'{moment_s:.3g}'))} s"
    return f"{int(moment_s) // 60}:{int(moment_s) % 60:02d}"


def script_words() -> dict[str, str]:
    """What the page's scripts say; they fill in what stands in braces."""
    return {
        "play": _("{from} to {to} s: {emotion}, {percent} %. Play this part."),
        "playing": _("Playing {from} to {to} s: {emotion}, {percent} %."),
        "speech": _("found, {total} s of it: {places}"),
        "no-speech": _("no speech found"),
        "unclear-speech": _("speech found, but at no moment clearly"),
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
        "signed-out": _("You are signed out. Sign in again in another tab, then try again."),
    }
