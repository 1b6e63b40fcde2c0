"""What the gate found out about a challenger, in words."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recognition.emotions import EMOTION_LABELS
from recognition.presentation.scores import GROUP_NAMES, KINDS, fixed

OUTCOMES = {
    "better": gettext_lazy("better"),
    "not-better": gettext_lazy("not better"),
    "cannot-tell": gettext_lazy("cannot tell"),
}
# of a training that is under way
STAGES = {
    "gathering": gettext_lazy("gathering clips"),
    "reading": gettext_lazy("reading clips"),
    "fitting": gettext_lazy("learning"),
    "judging": gettext_lazy("judging"),
    "registering": gettext_lazy("registering"),
}
# of one that is over
ENDINGS = OUTCOMES | {
    "trained": gettext_lazy("trained"),
    "nothing-new": gettext_lazy("nothing new to learn"),
    "judged-again": gettext_lazy("judged again"),
}


@dataclass(frozen=True)
class ReasonRow:
    """One thing that was looked at."""

    what: str
    before: str
    after: str
    words: str
    is_good: bool


def reason_rows(reasons: list[dict[str, Any]]) -> list[ReasonRow]:
    """What speaks against it first."""
    rows = [_row(reason["code"], reason["details"], reason["is_good"]) for reason in reasons]
    return sorted(rows, key=lambda row: row.is_good)


def _row(code: str, details: dict[str, Any], is_good: bool) -> ReasonRow:
    before, after = (_figure(code, details.get(key)) for key in ("before", "after"))
    return ReasonRow(_what(code, details), before, after, _words(code, details), is_good)


def _what(code: str, details: dict[str, Any]) -> str:
    if code in ("recall", "too-few-clips"):
        emotion = details["emotion"]
        name = (
            _("recall of “%(emotion)s”") if code == "recall" else _("gold clips of “%(emotion)s”")
        )
        return name % {"emotion": EMOTION_LABELS.get(emotion, emotion)}
    if code == "group":
        kind, group = details["kind"], details["group"]
        return f"{_('UAR')}, {KINDS.get(kind, kind)}: {GROUP_NAMES.get(group, group)}"
    names = {
        "uar": _("UAR"),
        "calibration": _("calibration error (ECE)"),
        "latency": _("time for one clip"),
        "too-few-speakers": _("gold speakers"),
    }
    return str(names.get(code, code))


def _figure(code: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{fixed(value, 0)} ms" if code == "latency" else f"{fixed(100 * value, 1)} %"


def _words(code: str, details: dict[str, Any]) -> str:
    if code == "uar":
        ends = {key: fixed(100 * details[key], 1) for key in ("low", "high")}
        return _("difference between %(low)s and %(high)s points; must be above 0") % ends
    if code in ("recall", "group"):
        return _("may fall by %(n)s points") % {"n": fixed(100 * details["limit"], 1)}
    if code == "calibration":
        return _("may rise by %(n)s points") % {"n": fixed(100 * details["limit"], 1)}
    if code == "latency":
        return _("at most %(n)s times as long") % {"n": fixed(details["limit"], 1)}
    if code in ("too-few-clips", "too-few-speakers"):
        return _("%(found)s found, at least %(limit)s needed") % details
    return ""
