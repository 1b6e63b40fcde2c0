"""Stored scores of a model version as tables and as points of two drawings."""

from dataclasses import dataclass
from statistics import median
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from mlcore.labels import EMOTIONS
from recognition.emotions import EMOTION_EMOJI, EMOTION_LABELS

# Of how the speakers were kept apart, in the words of the model card.
SETS = {
    "cross_validation": (
        _("Cross-validation"),
        _(
            "Every speaker was judged by a network of the same recipe that had never heard them, "
            "and whose temperature was set by the other parts’ speakers."
        ),
    ),
    "validation": (
        _("Validation"),
        _("Nobody here was heard in training; temperature and threshold come from these answers."),
    ),
    "gold": (
        _("Gold set"),
        _("People set apart for ever, whom no model learns from: it decides what serves."),
    ),
    "test": (
        _("Test"),
        _("Nobody here was heard in training, and nothing was chosen by these figures."),
    ),
}
CORPUS_NAMES: dict[str, Any] = {
    "cremad": "CREMA-D",
    "emodb": "EmoDB",
    "nemo": "nEMO",
    "ravdess_song": "RAVDESS song",
    "ravdess_speech": "RAVDESS speech",
    "savee": "SAVEE",
    "tess": "TESS",
    "users": _("clips of people here"),
}
KINDS = {
    "sex": _("Sex of the speaker"),
    "language": _("Language"),
    "intensity": _("Intensity of the acting"),
    "duration": _("Duration of the clip"),
}
GROUP_NAMES = {
    "f": _("female"),
    "m": _("male"),
    "low": _("low"),
    "medium": _("medium"),
    "high": _("high"),
    "normal": _("normal"),
    "strong": _("strong"),
    "de": _("German"),
    "pl": _("Polish"),
    "en-US": _("English, North American"),
    "en-CA": _("English, Canadian"),
    "en-GB": _("English, British"),
    "unspecified": _("unspecified"),
    "unknown": _("unknown"),
}
N_SHADES = 10
SIDE = 100  # of the reliability diagram
LARGEST_DOT, SMALLEST_DOT = 4.0, 1.0


@dataclass(frozen=True)
class Share:
    """A figure in percent and between what it lies in 95 of 100 draws of speakers, if known."""

    percent: float
    low: float | None = None
    high: float | None = None

    @property
    def width(self) -> float:
        return 0.0 if self.low is None or self.high is None else self.high - self.low

    @property
    def tick(self) -> float:
        """Where its mark begins, which is 1.2 wide, so that it stays inside."""
        return min(max(self.percent - 0.6, 0), 98.8)


@dataclass(frozen=True)
class FigureRow:
    """Scores on some clips of people whom the model had not heard."""

    name: str
    n_clips: int
    n_speakers: int | None
    uar: Share
    accuracy: Share
    ece_percent: float


@dataclass(frozen=True)
class ConfusionCell:
    n_clips: int
    percent: int
    shade: int
    is_right: bool


@dataclass(frozen=True)
class EmotionRow:
    """What became of the clips of one emotion; the last cell, if any, counts refusals."""

    emotion: str
    label: str
    emoji: str
    n_clips: int
    cells: list[ConfusionCell]
    precision_percent: float
    recall_percent: float
    f1_percent: float


@dataclass(frozen=True)
class ReliabilityPoint:
    """Answers of about the same confidence, and where they lie in the diagram."""

    confidence_percent: float
    accuracy_percent: float
    n_clips: int
    radius: float

    @property
    def y(self) -> float:
        return SIDE - self.accuracy_percent


@dataclass(frozen=True)
class Group:
    title: str
    rows: list[FigureRow]


@dataclass(frozen=True)
class Spread:
    """Of the UAR of single speakers."""

    n_speakers: int
    lowest: float
    middle: float
    highest: float


@dataclass(frozen=True)
class CoverageRow:
    """What is right when only the surest answers are kept."""

    kept_percent: int
    from_percent: float
    accuracy_percent: float


@dataclass(frozen=True)
class FigureSet:
    """All that was measured on one set of clips."""

    name: str
    title: str
    words: str
    overall: FigureRow
    macro_f1_percent: float
    corpora: list[FigureRow]
    emotions: list[EmotionRow]
    has_refused: bool
    reliability: list[ReliabilityPoint]
    coverage: list[CoverageRow]
    groups: list[Group]
    speakers: Spread | None


def figure_set(name: str, scores: dict[str, Any]) -> FigureSet:
    overall, groups = scores["overall"], scores.get("by_group", {})
    title, words = SETS.get(name, (name, ""))
    emotions = _emotion_rows(overall)
    return FigureSet(
        name=name,
        title=str(title),
        words=str(words),
        overall=_figure_row(str(_("all")), overall),
        macro_f1_percent=100 * overall["macro_f1"],
        corpora=[
            _figure_row(corpus_name(corpus), found)
            for corpus, found in scores.get("by_corpus", {}).items()
        ],
        emotions=emotions,
        has_refused=any(len(row.cells) > len(emotions) for row in emotions),
        reliability=_reliability(scores.get("reliability", [])),
        coverage=_coverage(scores.get("coverage", [])),
        groups=[
            _group(str(title), groups[kind]) for kind, title in KINDS.items() if kind in groups
        ],
        speakers=_spread(groups.get("speaker", {})),
    )


def corpus_name(corpus: str) -> str:
    return str(CORPUS_NAMES.get(corpus, corpus))


def fixed(number: float, digits: int) -> str:
    """Rounded, as Django's number_format alone cuts off; with a minus, and never a minus zero."""
    rounded = round(number, digits) + 0.0
    return number_format(rounded, digits, force_grouping=True).replace("-", "−")


def interval_of(scores: dict[str, Any], key: str) -> Share | None:
    if key not in scores:
        return None
    interval = scores.get(f"{key}_interval")
    ends = (100 * interval["low"], 100 * interval["high"]) if interval else (None, None)
    return Share(100 * scores[key], *ends)


def shade_of(share: float) -> int:
    """A step of the shading: 0 for what rounds to 0 %, else at least 1."""
    return 0 if share < 0.005 else max(1, min(N_SHADES, round(N_SHADES * share)))


def _figure_row(name: str, found: dict[str, Any]) -> FigureRow:
    uar, accuracy = interval_of(found, "uar"), interval_of(found, "accuracy")
    return FigureRow(
        name=name,
        n_clips=found["n_clips"],
        n_speakers=found.get("n_speakers"),
        uar=uar or Share(0),
        accuracy=accuracy or Share(0),
        ece_percent=100 * found["ece"],
    )


def _emotion_rows(overall: dict[str, Any]) -> list[EmotionRow]:
    """Without emotions of which there was no clip; without the column of refusals if none was."""
    by_emotion, confusion = overall.get("emotions", {}), overall.get("confusion", [])
    counts = dict(zip(EMOTIONS, confusion, strict=False))
    asked = [place for place, emotion in enumerate(EMOTIONS) if sum(counts.get(emotion, []))]
    has_refused = any(sum(row[len(EMOTIONS) :]) for row in confusion)
    columns = [*asked, len(EMOTIONS)] if has_refused else asked
    return [
        _emotion_row(place, counts[EMOTIONS[place]], columns, by_emotion.get(EMOTIONS[place], {}))
        for place in asked
    ]


def _emotion_row(
    place: int, counts: list[int], columns: list[int], found: dict[str, float]
) -> EmotionRow:
    emotion, n_clips = EMOTIONS[place], sum(counts)
    cells = [
        ConfusionCell(n, round(100 * n / n_clips), shade_of(n / n_clips), column == place)
        for column in columns
        for n in [counts[column]]
    ]
    return EmotionRow(
        emotion=emotion,
        label=str(EMOTION_LABELS[emotion]),
        emoji=EMOTION_EMOJI[emotion],
        n_clips=n_clips,
        cells=cells,
        precision_percent=100 * found.get("precision", 0),
        recall_percent=100 * found.get("recall", 0),
        f1_percent=100 * found.get("f1", 0),
    )


def _reliability(bins: list[dict[str, Any]]) -> list[ReliabilityPoint]:
    """The area of a dot stands for its clips."""
    most = max((found["n_clips"] for found in bins), default=1)
    return [
        ReliabilityPoint(
            confidence_percent=100 * found["confidence"],
            accuracy_percent=100 * found["accuracy"],
            n_clips=found["n_clips"],
            radius=max(SMALLEST_DOT, LARGEST_DOT * (found["n_clips"] / most) ** 0.5),
        )
        for found in bins
    ]


def _coverage(points: list[dict[str, Any]]) -> list[CoverageRow]:
    kept = [point for point in points if round(100 * point["coverage"]) in (25, 50, 75, 100)]
    return [
        CoverageRow(
            kept_percent=round(100 * point["coverage"]),
            from_percent=100 * (point["confidence"] or 0),
            accuracy_percent=100 * point["accuracy"],
        )
        for point in reversed(kept)
    ]


def _group(title: str, groups: dict[str, Any]) -> Group:
    """In our order; what we have no words for comes first, as it is named."""
    names = [name for name in groups if name not in GROUP_NAMES]
    names += [name for name in GROUP_NAMES if name in groups]
    return Group(title, [_figure_row(str(GROUP_NAMES.get(n, n)), groups[n]) for n in names])


def _spread(speakers: dict[str, Any]) -> Spread | None:
    if not speakers:
        return None
    uars = [100 * found["uar"] for found in speakers.values()]
    return Spread(len(uars), min(uars), median(uars), max(uars))
