"""How the site does as its staff's page shows it: checks first, then what they are made of."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mlcore.labels import EMOTIONS
from recognition.emotions import EMOTION_EMOJI, EMOTION_LABELS
from recognition.messages import SENTENCES
from recognition.models import ModelVersion, Promotion
from recognition.presentation import checks
from recognition.presentation.checks import FEWEST_CLIPS, ORDER, Check, Level, percent, seconds
from recognition.presentation.models import STATUS_WORDS
from recognition.selectors import champion_version
from recognition.selectors import monitoring as selectors
from recognition.selectors.dashboard import Rows
from recognition.selectors.drift import N_BINS, Drift, Movement, drift_of
from recognition.selectors.monitoring import Outcomes, Queue, Training, Unit, VersionUse

WINDOWS = {24: gettext_lazy("24 hours"), 168: gettext_lazy("7 days"), 720: gettext_lazy("30 days")}
DEFAULT_HOURS = 168
WORK_NAMES = {
    "explanation": gettext_lazy("explanations"),
    "portrait": gettext_lazy("drawings of clips"),
    "agreement": gettext_lazy("agreement of reviewers"),
    "trainingrun": gettext_lazy("trainings"),
}
PLOT_HEIGHT = 100


@dataclass(frozen=True)
class Bar:
    """An hour or a day; what neither ended well nor badly still waits."""

    label: str
    n_clips: int
    n_done: int
    n_failed: int
    x: int
    done_height: float
    failed_height: float

    @property
    def done_y(self) -> float:
        return PLOT_HEIGHT - self.done_height

    @property
    def failed_y(self) -> float:
        return self.done_y - self.failed_height


@dataclass(frozen=True)
class ShareRow:
    """One bin, where it was measured and now, in percent; of 100, how long the bars are."""

    label: str
    emoji: str
    expected: float
    observed: float
    n_observed: int
    expected_width: float
    observed_width: float


@dataclass(frozen=True)
class FailureRow:
    code: str
    n: int
    share: str
    words: str


@dataclass(frozen=True)
class UseRow:
    """What people said of one version's answers."""

    id: int
    name: str
    short_hash: str
    status: str
    n_clips: int
    n_judged: int
    n_wrong: int
    of_all: str
    of_judged: str
    confidence: str
    level: Level
    level_words: str


@dataclass(frozen=True)
class WorkRow:
    name: str
    n_waiting: int
    n_running: int
    oldest: str


@dataclass(frozen=True)
class State:
    """All that was asked of the database for one look."""

    hours: int
    queue: Queue
    outcomes: Outcomes
    failures: Rows
    uses: list[VersionUse]
    drift: Drift | None
    training: Training
    alarms: list[ModelVersion]

    @property
    def n_our_fault(self) -> int:
        return sum(row["n"] for row in self.failures if ":app:" in row["error_code"])

    @property
    def serving(self) -> VersionUse | None:
        return next((it for it in self.uses if it.status == ModelVersion.Status.CHAMPION), None)


def state_of_the_site(hours: int) -> State:
    since, champion = selectors.hours_ago(hours), champion_version()
    return State(
        hours=hours,
        queue=selectors.queue(),
        outcomes=selectors.outcomes(since),
        failures=selectors.failures(since),
        uses=selectors.version_uses(since),
        drift=drift_of(champion, since) if champion else None,
        training=selectors.training(),
        alarms=list(selectors.alarms()),
    )


def checks_of(state: State) -> list[Check]:
    """The worst first."""
    found = [
        checks.check_alarms(len(state.alarms)),
        checks.check_queue(state.queue),
        *checks.check_outcomes(state.outcomes, n_our_fault=state.n_our_fault),
        checks.check_corrected(state.serving),
        *checks.check_drift(state.drift),
        checks.check_training(state.training),
    ]
    return sorted(found, key=lambda check: ORDER.index(check.level))


def times_of(found: Outcomes) -> dict[str, str]:
    """Empty where nothing was measured."""
    names = ("wait_s", "slow_wait_s", "work_s", "slow_work_s")
    values = {name.removesuffix("_s"): getattr(found, name) for name in names}
    return {name: "" if value is None else seconds(value) for name, value in values.items()}


def bars_of(hours: int) -> list[Bar]:
    """Every hour of a day, else every day; also those in which nothing happened."""
    rows = throughput_of(hours)
    most = max(row["n_clips"] for row in rows) or 1
    return [_bar(row, unit_of(hours), place, most) for place, row in enumerate(rows)]


def throughput_of(hours: int) -> Rows:
    """start, n_clips, n_done and n_failed, in the order of time."""
    unit = unit_of(hours)
    starts = _starts(hours, unit)
    found = {row["start"]: row for row in selectors.throughput(starts[0], unit)}
    nothing = {"n_clips": 0, "n_done": 0, "n_failed": 0}
    return [nothing | found.get(start, {}) | {"start": start} for start in starts]


def unit_of(hours: int) -> Unit:
    return "hour" if hours == 24 else "day"


def _starts(hours: int, unit: Unit) -> list[datetime]:
    """On the clock of whoever looks."""
    now = timezone.localtime().replace(minute=0, second=0, microsecond=0)
    if unit == "hour":
        past = [now.astimezone(UTC) - timedelta(hours=back) for back in reversed(range(24))]
        return [timezone.localtime(hour) for hour in past]
    midnight = now.replace(hour=0)
    return [midnight - timedelta(days=back) for back in reversed(range(hours // 24))]


def _bar(row: dict[str, Any], unit: Unit, place: int, most: int) -> Bar:
    n_done, n_failed = row["n_done"], row["n_failed"]
    return Bar(
        label=date_format(row["start"], "H:i" if unit == "hour" else "SHORT_DATE_FORMAT"),
        n_clips=row["n_clips"],
        n_done=n_done,
        n_failed=n_failed,
        x=10 * place + 1,
        done_height=PLOT_HEIGHT * n_done / most,
        failed_height=PLOT_HEIGHT * n_failed / most,
    )


def emotion_rows(movement: Movement) -> list[ShareRow]:
    labels = [(str(EMOTION_LABELS[name]), EMOTION_EMOJI[name]) for name in EMOTIONS]
    return _share_rows(movement, labels)


def confidence_rows(movement: Movement) -> list[ShareRow]:
    """Without the bins at the lower end that nobody uses."""
    edges = [round(100 * place / N_BINS) for place in range(N_BINS + 1)]
    labels = [(f"{low}–{high} %", "") for low, high in pairwise(edges)]
    rows = _share_rows(movement, labels)
    used = [place for place, row in enumerate(rows) if row.expected or row.observed]
    return rows[min(used, default=len(rows)) :]


def _share_rows(movement: Movement, labels: list[tuple[str, str]]) -> list[ShareRow]:
    expected, observed = shares(movement.expected), shares(movement.observed)
    longest = max(*expected, *observed) or 1
    return [
        ShareRow(
            *labels[place],
            expected=expected[place],
            observed=observed[place],
            n_observed=movement.observed[place],
            expected_width=99 * expected[place] / longest,
            observed_width=99 * observed[place] / longest,
        )
        for place in range(len(labels))
    ]


def shares(counts: list[int]) -> list[float]:
    """In percent; of nothing, none."""
    total = sum(counts) or 1
    return [100 * n / total for n in counts]


def failure_rows(state: State) -> list[FailureRow]:
    n_ended = state.outcomes.n_ended or 1
    return [
        FailureRow(
            code=row["error_code"],
            n=row["n"],
            share=percent(row["n"] / n_ended),
            words=str(SENTENCES.get(row["error_code"], "")),
        )
        for row in state.failures
    ]


def use_rows(uses: list[VersionUse]) -> list[UseRow]:
    return [_use_row(it) for it in uses]


def _use_row(it: VersionUse) -> UseRow:
    check = checks.check_corrected(it)
    return UseRow(
        id=it.version_id,
        name=it.name,
        short_hash=it.sha256[:12],
        status=str(STATUS_WORDS[ModelVersion.Status(it.status)]),
        n_clips=it.n_clips,
        n_judged=it.n_judged,
        n_wrong=it.n_wrong,
        of_all=percent(it.n_wrong / it.n_clips) if it.n_clips else "–",
        of_judged=percent(it.n_wrong / it.n_judged) if it.n_judged >= FEWEST_CLIPS else "–",
        confidence=percent(it.mean_confidence) if it.mean_confidence is not None else "–",
        level=check.level,
        level_words=check.level_words,
    )


def work_rows() -> list[WorkRow]:
    return [
        WorkRow(
            name=str(WORK_NAMES[row["name"]]),
            n_waiting=row["n_waiting"],
            n_running=row["n_running"],
            oldest=seconds(row["oldest_s"]) if row["n_waiting"] else "–",
        )
        for row in selectors.other_work()
    ]


def counts_by_level(found: list[Check]) -> dict[Level, int]:
    counts = Counter(check.level for check in found)
    return {level: counts[level] for level in ORDER if counts[level]}


def serving_since(version: ModelVersion) -> tuple[datetime, str]:
    """And how it came to serve."""
    last: Promotion | None = version.promotions.first()
    if last is None:
        return version.promoted_at or version.created_at, _("came with the program")
    return last.created_at, last.get_kind_display()
