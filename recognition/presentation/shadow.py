"""What a challenger says beside what was served, on the same live clips."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from mlcore.labels import EMOTIONS
from recognition.emotions import EMOTION_EMOJI, EMOTION_LABELS
from recognition.presentation.checks import percent
from recognition.presentation.scores import fixed, shade_of
from recognition.selectors.registry import Pairing


@dataclass(frozen=True)
class PairRow:
    """One figure of both."""

    what: str
    served: str
    challenger: str


@dataclass(frozen=True)
class Cell:
    n_clips: int
    shade: int
    is_same: bool


@dataclass(frozen=True)
class MatrixRow:
    label: str
    emoji: str
    cells: list[Cell]
    n_clips: int


@dataclass(frozen=True)
class Comparison:
    """One challenger's page."""

    n_clips: int
    same: str
    rows: list[PairRow]
    matrix: list[MatrixRow]
    n_judged: int
    n_only_served_right: int
    n_only_challenger_right: int


def comparison_of(pairing: Pairing) -> Comparison:
    sums = pairing.sums
    return Comparison(
        n_clips=sums["n_clips"],
        same=_share(sums["n_same"], sums["n_clips"]),
        rows=_rows(pairing),
        matrix=_matrix(pairing),
        n_judged=sums["n_judged"],
        n_only_served_right=sums["n_only_old_right"],
        n_only_challenger_right=sums["n_only_new_right"],
    )


def figures_of(pairing: Pairing) -> dict[str, Any]:
    """The same for a program."""
    sums = pairing.sums
    return {
        "served": pairing.served,
        **{name: sums[name] for name in ("n_clips", "n_same", "n_judged")},
        "n_only_served_right": sums["n_only_old_right"],
        "n_only_challenger_right": sums["n_only_new_right"],
        "served_figures": _figures(sums, "old"),
        "challenger_figures": _figures(sums, "new"),
        "emotion_names": EMOTIONS,
        "heard": heard_counts(pairing),
    }


def _figures(sums: dict[str, Any], which: str) -> dict[str, Any]:
    return {
        "n_right": sums[f"n_{which}_right"],
        "n_not_sure": sums[f"n_{which}_not_sure"],
        "mean_confidence": sums[f"{which}_confidence_mean"],
        "median_ms": sums[f"{which}_ms_median"],
    }


def heard_counts(pairing: Pairing) -> list[list[int]]:
    """A row for what was served, a column for what the challenger says; each emotion in order."""
    counts = Counter({(row["served"], row["emotion"]): row["n"] for row in pairing.heard})
    return [[counts[served, said] for said in EMOTIONS] for served in EMOTIONS]


def _rows(pairing: Pairing) -> list[PairRow]:
    sums, n_clips, n_judged = pairing.sums, pairing.sums["n_clips"], pairing.sums["n_judged"]
    return [
        PairRow(
            _("says what a person said"),
            _share(sums["n_old_right"], n_judged),
            _share(sums["n_new_right"], n_judged),
        ),
        PairRow(
            _("mean confidence"),
            percent(sums["old_confidence_mean"] or 0),
            percent(sums["new_confidence_mean"] or 0),
        ),
        PairRow(
            _("not sure"),
            _share(sums["n_old_not_sure"], n_clips),
            _share(sums["n_new_not_sure"], n_clips),
        ),
        PairRow(
            _("time for one clip, the middle one"),
            f"{fixed(sums['old_ms_median'] or 0, 0)} ms",
            f"{fixed(sums['new_ms_median'] or 0, 0)} ms",
        ),
    ]


def _matrix(pairing: Pairing) -> list[MatrixRow]:
    rows = []
    for served, counts in zip(EMOTIONS, heard_counts(pairing), strict=True):
        total = sum(counts)
        cells = [
            Cell(n, shade_of(n / total) if total else 0, served == said)
            for said, n in zip(EMOTIONS, counts, strict=True)
        ]
        rows.append(MatrixRow(str(EMOTION_LABELS[served]), EMOTION_EMOJI[served], cells, total))
    return rows


def _share(part: int, whole: int) -> str:
    return percent(part / whole) if whole else "–"
