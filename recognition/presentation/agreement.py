"""How far reviewers agree, in words and figures."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recognition.emotions import EMOTION_EMOJI, EMOTION_LABELS
from recognition.messages import sentence
from recognition.models import Agreement, Clip, Review, User
from recognition.presentation.review import opinion_words
from recognition.presentation.scores import fixed
from recognition.selectors.agreement import current_report, newest_report
from recognition.selectors.reviews import conflicts

MOST_CONFLICTS = 50
# Krippendorff: from 0.8 on data can be relied on, below 0.667 no conclusions; Landis and Koch agree
LEVELS = [(0.8, "good", _("reliable")), (0.667, "fair", _("tentative"))]
LOW = ("poor", _("not reliable"))
FEW = 10  # of fewer clips a coefficient is shown, but nothing is concluded


@dataclass(frozen=True)
class Figure:
    """One coefficient; `level` is told by word, too. Empty where there is none."""

    text: str
    level: str
    words: str


@dataclass(frozen=True)
class Conflict:
    clip: Clip
    opinions: list[Review]
    can_decide: bool

    @property
    def n_opinions(self) -> int:
        return len(self.opinions)

    @property
    def shown(self) -> list[Review]:
        """None to whoever is still to say something: they would sway."""
        return [] if self.can_decide else self.opinions

    @property
    def said(self) -> list[tuple[str, str]]:
        """Who said what."""
        return [(review.reviewer_name, opinion_words(review)) for review in self.shown]


def figure(value: float | None, *, n: int) -> Figure:
    if value is None:
        return Figure("–", "", "")
    if n < FEW:
        return Figure(fixed(value, 2), "few", gettext("few clips"))
    level, words = next(((name, words) for least, name, words in LEVELS if value >= least), LOW)
    return Figure(fixed(value, 2), level, str(words))


def agreement_context(reader: User) -> dict[str, Any]:
    current, shown = current_report(), newest_report()
    unfinished = (Agreement.State.QUEUED, Agreement.State.RUNNING)
    code, details = (current.error_code, current.error_details) if current else ("", {})
    return {
        "current": current,
        "is_measured": current is not None and current.state == Agreement.State.DONE,
        "is_waiting": current is not None and current.state in unfinished,
        "problem": sentence(code, details) if code else "",
        "shown": shown,
        "report": report_context(shown.data) if shown and shown.data else None,
        "conflicts": [conflict_of(clip, reader) for clip in conflicts(reader)[:MOST_CONFLICTS]],
    }


def report_context(data: dict[str, Any]) -> dict[str, Any]:
    beside = {pair["second"]: with_figure(pair) for pair in data["beside"]}
    return {
        **data,
        "figure": figure(data["alpha"], n=data["n_shared"]),
        "emotions": [
            row
            | {
                "label": EMOTION_LABELS[row["emotion"]],
                "emoji": EMOTION_EMOJI[row["emotion"]],
                "figure": figure(row["alpha"], n=row["n"]),
            }
            for row in data["emotions"]
        ],
        "reviewers": [
            row | {"figure": figure(row["kappa"], n=row["n_shared"]), "like_settled": share_of(row)}
            for row in sorted(data["reviewers"], key=lambda row: -row["n"])
        ],
        "pairs": [with_figure(pair) for pair in data["pairs"]],
        "model": beside["model"],
        "owner": beside["owner"],
    }


def with_figure(pair: dict[str, Any]) -> dict[str, Any]:
    return pair | {"figure": figure(pair["kappa"], n=pair["n"])}


def share_of(row: dict[str, Any]) -> str:
    """In percent."""
    if not row["n_settled"]:
        return "–"
    return f"{fixed(100 * row['n_like_settled'] / row['n_settled'], 0)} %"


def conflict_of(clip: Clip, reader: User) -> Conflict:
    standing = list(clip.reviews.all())  # those that count
    mine = any(review.reviewer_id == reader.pk for review in standing)
    opinions = [review for review in standing if review.kind != Review.Kind.SKIPPED]
    return Conflict(clip, opinions, can_decide=not mine)
