"""The dashboard: each figure as a sentence, a table and, most of them, points of a chart."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from mlcore.labels import EMOTIONS
from recognition.emotions import EMOTION_EMOJI, EMOTION_LABELS
from recognition.models import Clip
from recognition.presentation.aggregates import Aggregates, first_day
from recognition.presentation.scores import fixed, shade_of
from recognition.selectors import dashboard as selectors
from recognition.selectors.dashboard import N_AFFECT_CLIPS, N_CONFIDENCE_BINS, Unit

STARTS = {"day": "j M", "week": "j M", "month": "M Y", "year": "Y"}  # on an axis


@dataclass(frozen=True)
class Cell:
    """What is shown, what stands in a CSV, and where a click leads."""

    text: str
    value: Any
    url: str = ""
    emoji: str = ""
    mark: str = ""  # whose word it is

    @property
    def is_number(self) -> bool:
        return isinstance(self.value, int | float)


@dataclass(frozen=True)
class MatrixCell:
    n_clips: int
    shade: int
    is_right: bool
    url: str


@dataclass(frozen=True)
class MatrixRow:
    label: str
    emoji: str
    cells: list[MatrixCell]


@dataclass(frozen=True)
class Figure:
    slug: str
    title: str
    words: str
    columns: list[str]
    rows: list[list[Cell]]
    chart: dict[str, Any] = field(default_factory=dict)
    matrix: list[MatrixRow] = field(default_factory=list)


def count(number: int, url: str = "") -> Cell:
    return Cell(number_format(number, force_grouping=True), number, url)


def decimal(value: float, digits: int = 1) -> Cell:
    return Cell(fixed(value, digits), round(value, digits))


def percent(share: float | None) -> Cell:
    if share is None:
        return Cell("–", "")
    return Cell(f"{fixed(100 * share, 1)} %", round(100 * share, 1))


def emotion_cell(emotion: str, url: str = "") -> Cell:
    return Cell(label_of(emotion), emotion, url, EMOTION_EMOJI[emotion])


def label_of(emotion: str) -> str:
    return str(EMOTION_LABELS[emotion])


def start_cell(start: date, unit: Unit) -> Cell:
    words = date_format(start, {"month": "F Y", "year": "Y"}.get(unit, "DATE_FORMAT"))
    return Cell(words, start.isoformat())


def name_of(unit: Unit) -> str:
    return {"day": _("day"), "week": _("week from"), "month": _("month"), "year": _("year")}[unit]


def clips_url(found: Aggregates, **conditions: str) -> str:
    """The same days in the history."""
    days = {"since": found.period.since, "until": found.period.until}
    pairs = {name: day.isoformat() for name, day in days.items() if day} | conditions
    return f"{reverse('history')}?{urlencode(pairs)}"


def activity(found: Aggregates) -> Figure:
    clips: Counter[date] = Counter()
    seconds: Counter[date] = Counter()
    for row in found.over_time:
        clips[row["start"]] += row["n"]
        seconds[row["start"]] += row["seconds"]
    totals, unit = found.totals, found.unit
    minutes = [round(seconds[start] / 60, 2) for start in found.starts]
    words = ngettext(
        "%(n)s clip, %(minutes)s minutes.", "%(n)s clips, %(minutes)s minutes.", totals.n_clips
    )
    return Figure(
        slug="activity",
        title=_("Clips and minutes over time"),
        words=words
        % {"n": count(totals.n_clips).text, "minutes": decimal(totals.seconds / 60).text},
        columns=[name_of(unit), _("clips"), _("minutes")],
        rows=[
            [start_cell(start, unit), count(clips[start]), decimal(length, 2)]
            for start, length in zip(found.starts, minutes, strict=True)
        ],
        chart={
            "kind": "activity",
            "labels": [date_format(start, STARTS[unit]) for start in found.starts],
            "names": [capfirst(_("clips")), capfirst(_("minutes"))],
            "clips": [clips[start] for start in found.starts],
            "minutes": minutes,
        },
    )


def emotions(found: Aggregates) -> Figure:
    total = found.of_emotions.total()
    ranked = [(emotion, found.of_emotions[emotion]) for emotion in EMOTIONS]
    ranked.sort(key=lambda item: -item[1])
    return Figure(
        slug="emotions",
        title=_("Share of emotions"),
        words=_("What reviewers settled counts, else your correction, else what the model heard."),
        columns=[_("emotion"), _("clips"), _("share")],
        rows=[
            [
                emotion_cell(emotion, clips_url(found, emotion=emotion) if n else ""),
                count(n),
                percent(n / total if total else None),
            ]
            for emotion, n in ranked
        ],
        chart={
            "kind": "shares",
            "emotions": [emotion for emotion, n in ranked if n],
            "labels": [label_of(emotion) for emotion, n in ranked if n],
            "clips": [n for emotion, n in ranked if n],
        },
    )


def trend(found: Aggregates) -> Figure:
    unit, counts = found.trend_unit, found.trend_counts
    starts = sorted({first_day(start, unit) for start in found.starts})
    sums = {start: sum(counts[start, emotion] for emotion in EMOTIONS) for start in starts}
    shares = {
        emotion: [counts[start, emotion] / sums[start] if sums[start] else None for start in starts]
        for emotion in EMOTIONS
    }
    return Figure(
        slug="trend",
        title=_("Trend of each emotion"),
        words={
            "day": _("Its share of the clips of a day; gaps are days without clips."),
            "week": _("Its share of the clips of a week; gaps are weeks without clips."),
            "month": _("Its share of the clips of a month; gaps are months without clips."),
            "year": _("Its share of the clips of a year; gaps are years without clips."),
        }[unit],
        columns=[name_of(unit), *(label_of(emotion) for emotion in EMOTIONS)],
        rows=[
            [start_cell(start, unit), *(percent(shares[e][place]) for e in EMOTIONS)]
            for place, start in enumerate(starts)
        ],
        chart={
            "kind": "trend",
            "labels": [date_format(start, STARTS[unit]) for start in starts],
            "shares": {
                emotion: [None if share is None else round(100 * share, 1) for share in values]
                for emotion, values in shares.items()
            },
        },
    )


def confidence(found: Aggregates) -> Figure:
    rows = selectors.confidence_bins(found.user, found.period)
    counts = Counter({(int(row["bin"]), bool(row["is_sure"])): row["n"] for row in rows})
    width = 100 // N_CONFIDENCE_BINS
    places = range(min((place for place, _sure in counts), default=0), N_CONFIDENCE_BINS)
    table = [(width * place, counts[place, True], counts[place, False]) for place in places]
    mean = percent(found.totals.mean_confidence).text
    return Figure(
        slug="confidence",
        title=_("How sure the model was"),
        words=_("On average %(mean)s. What it was not sure of is lighter.") % {"mean": mean},
        columns=[_("confidence from, %"), _("to, %"), _("sure"), _("not sure")],
        rows=[
            [count(start), count(start + width), count(sure), count(unsure)]
            for start, sure, unsure in table
        ],
        chart={
            "kind": "confidence",
            "labels": [f"{start}–{start + width} %" for start, _sure, _unsure in table],
            "names": [capfirst(_("sure")), capfirst(_("not sure"))],
            "sure": [sure for _start, sure, _unsure in table],
            "unsure": [unsure for _start, _sure, unsure in table],
        },
    )


def affect(found: Aggregates) -> Figure:
    rows = selectors.affect_bins(found.user, found.period)
    rows.sort(key=lambda row: -row["n"])
    places = [
        {"x": round(row["mean_valence"], 2), "y": round(row["mean_arousal"], 2), "n": row["n"]}
        for row in rows
    ]
    words = _(
        "Computed from all eight posteriors by how people rate the words for these emotions; "
        "clips that lie close together share a point."
    )
    if found.totals.n_heard > N_AFFECT_CLIPS:
        limit = _("Only the newest %(n)s clips are drawn.")
        words = f"{words} {limit % {'n': count(N_AFFECT_CLIPS).text}}"
    return Figure(
        slug="affect",
        title=_("Valence and arousal"),
        words=words,
        columns=[_("heard"), _("valence"), _("arousal"), _("clips")],
        rows=[
            [emotion_cell(row["emotion"]), decimal(at["x"], 2), decimal(at["y"], 2), count(at["n"])]
            for row, at in zip(rows, places, strict=True)
        ],
        chart={
            "kind": "affect",
            "labels": {e: label_of(e) for e in EMOTIONS},
            "names": [capfirst(_("valence")), capfirst(_("arousal")), _("clips")],
            "ends": [_("unpleasant"), _("pleasant"), _("drowsy"), _("excited")],
            "points": [
                {"emotion": row["emotion"], **at} for row, at in zip(rows, places, strict=True)
            ],
        },
    )


def corrections(found: Aggregates) -> Figure:
    rows = selectors.mixed_up(found.user, found.period)
    counts = Counter({(row["emotion"], row["counted"]): row["n"] for row in rows})
    totals = found.totals
    n_other = sum(n for (heard, counted), n in counts.items() if heard != counted)
    corrected = ngettext(
        "You judged %(judged)s clip; the model had heard something else in %(n)s (%(share)s).",
        "You judged %(judged)s clips; the model had heard something else in %(n)s (%(share)s).",
        totals.n_judged,
    ) % {
        "judged": count(totals.n_judged).text,
        "n": count(n_other).text,
        "share": percent(n_other / totals.n_judged).text if totals.n_judged else "–",
    }
    if totals.n_reviewed and totals.n_judged:
        corrected = f"{corrected} {_('Where reviewers settled them, their word counts.')}"
    nothing = _("You have not judged a clip yet: “This is not right” on its page does it.")
    return Figure(
        slug="corrections",
        title=_("Which emotions are mixed up"),
        words=corrected if totals.n_judged else nothing,
        columns=[_("the model heard"), _("what counts"), _("clips")],
        rows=[
            [emotion_cell(heard), emotion_cell(counted), count(n)]
            for (heard, counted), n in counts.most_common()
        ],
        matrix=_matrix(found, counts) if totals.n_judged else [],
    )


def _matrix(found: Aggregates, counts: Counter[tuple[str, str]]) -> list[MatrixRow]:
    rows = []
    for heard in EMOTIONS:
        total = sum(counts[heard, counted] for counted in EMOTIONS)
        cells = [
            MatrixCell(
                n_clips=(n := counts[heard, counted]),
                shade=shade_of(n / total) if total else 0,
                is_right=heard == counted,
                url=clips_url(found, heard=heard, emotion=counted, corrected="yes") if n else "",
            )
            for counted in EMOTIONS
        ]
        rows.append(MatrixRow(label_of(heard), EMOTION_EMOJI[heard], cells))
    return rows


def labels(found: Aggregates) -> Figure:
    total, whose = found.of_emotions.total(), Clip.Provenance
    corrected, reviewed = found.totals.n_last_corrected, found.totals.n_reviewed
    heard = {"corrected": "no", "reviewed": "no", "state": "done"}
    counts = [
        (whose.MODEL, total - corrected - reviewed, heard),
        (whose.CORRECTED, corrected, {"corrected": "yes", "reviewed": "no"}),
        (whose.REVIEWED, reviewed, {"reviewed": "yes"}),
    ]
    return Figure(
        slug="labels",
        title=_("Whose label counts"),
        words=_("What reviewers settled counts, else your correction, else what the model heard."),
        columns=[_("label"), _("clips"), _("share")],
        rows=[
            [
                Cell(capfirst(str(name.label)), name.value, mark=name.value),
                count(n, clips_url(found, **where) if n else ""),
                percent(n / total if total else None),
            ]
            for name, n, where in counts
        ],
    )


def models(found: Aggregates) -> Figure:
    rows = selectors.versions_used(found.user, found.period)
    total = sum(row["n"] for row in rows)
    names = [f"{row['name']} ({row['sha256'][:8]})" for row in rows]
    return Figure(
        slug="models",
        title=_("Model versions used"),
        words=_("By the newest result of each clip."),
        columns=[
            pgettext("of recognition", "model"),
            _("clips"),
            _("share"),
            _("mean confidence"),
            _("you corrected"),
        ],
        rows=[
            [
                Cell(name, name, reverse("model", args=[row["model_version_id"]])),
                count(row["n"]),
                percent(row["n"] / total),
                percent(row["mean_confidence"]),
                count(row["n_corrected"]),
            ]
            for name, row in zip(names, rows, strict=True)
        ],
        chart={"kind": "models", "labels": names, "clips": [row["n"] for row in rows]},
    )


FIGURES: dict[str, Callable[[Aggregates], Figure]] = {
    "activity": activity,
    "emotions": emotions,
    "trend": trend,
    "confidence": confidence,
    "affect": affect,
    "corrections": corrections,
    "labels": labels,
    "models": models,
}
