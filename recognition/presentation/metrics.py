"""The same figures for a Prometheus server, read from the database at each scrape.

Web processes come and go, and workers have no address: counters in their memory would tell little.
So these are gauges over the last hour (how clips do) and over a day (what needs many clips).
"""

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from recognition.presentation.checks import Level
from recognition.presentation.monitoring import State, checks_of, state_of_the_site
from recognition.selectors import monitoring as selectors
from recognition.selectors.monitoring import Outcomes

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
LEVELS = {Level.UNKNOWN: -1, Level.GOOD: 0, Level.WATCH: 1, Level.ALARM: 2}


def metrics_text() -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(SiteCollector())
    return generate_latest(registry)


class SiteCollector(Collector):
    def describe(self) -> Iterable[Metric]:
        return []  # so that registering asks nothing of the database

    def collect(self) -> Iterator[Metric]:
        state = state_of_the_site(24)
        yield from queue_metrics(state)
        yield from hour_metrics(selectors.outcomes(selectors.hours_ago(1)))
        yield from failure_metrics()
        yield from model_metrics(state)
        yield from training_metrics(state)
        yield check_metric(state)


def gauge(name: str, words: str, value: float | None) -> Metric:
    """Without a value where there is none: a 0 would be a lie."""
    return GaugeMetricFamily(f"sersite_{name}", words, value=value)


def labelled(name: str, words: str, label: str, values: dict[str, float]) -> Metric:
    family = GaugeMetricFamily(f"sersite_{name}", words, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family


def queue_metrics(state: State) -> Iterator[Metric]:
    queue, works = state.queue, selectors.other_work()
    yield gauge("clips_waiting", "Clips that wait now.", queue.n_waiting)
    yield gauge("clips_running", "Clips that are recognized now.", queue.n_running)
    yield gauge("oldest_waiting_seconds", "How long the oldest of them waits.", queue.oldest_s)
    waiting = {row["name"]: float(row["n_waiting"]) for row in works}
    yield labelled("work_waiting", "Other work that waits now.", "kind", waiting)


def hour_metrics(found: Outcomes) -> Iterator[Metric]:
    counts = {"done": found.n_done, "failed": found.n_failed}
    counts["unfinished"] = found.n_clips - found.n_ended
    words = "Clips handed in during the last hour, by what became of them."
    yield labelled("hour_clips", words, "outcome", {key: float(n) for key, n in counts.items()})
    waits = {"0.5": found.wait_s, "0.95": found.slow_wait_s}
    works = {"0.5": found.work_s, "0.95": found.slow_work_s}
    words = "Of clips handed in during the last hour: from handed in to taken by a worker."
    yield labelled("hour_wait_seconds", words, "quantile", known(waits))
    words = "Of clips handed in during the last hour: from taken to ended."
    yield labelled("hour_work_seconds", words, "quantile", known(works))


def failure_metrics() -> Iterator[Metric]:
    rows = selectors.failures(selectors.hours_ago(1))
    words = "Clips handed in during the last hour that have no result, by error code."
    yield labelled("hour_failures", words, "code", {row["error_code"]: row["n"] for row in rows})


def model_metrics(state: State) -> Iterator[Metric]:
    found, drift = state.outcomes, state.drift
    if found.n_done:
        words = "Results of a day that are not sure."
        yield gauge("day_not_sure_ratio", words, found.n_not_sure / found.n_done)
    if found.n_ended:
        words = "Ended clips of a day without enough speech."
        yield gauge("day_no_speech_ratio", words, found.n_no_speech / found.n_ended)
    yield version_metric(
        "day_corrected_ratio",
        "Results of a day where a person heard something else, by model version.",
        {(it.name, it.sha256): it.n_wrong / it.n_clips for it in state.uses if it.n_clips},
    )
    if drift:
        moved = {"emotions": drift.emotions.psi, "confidence": drift.confidence.psi}
        words = "Population stability index of a day's results against the training distribution."
        yield labelled("day_psi", words, "of", known(moved))
        serving = (drift.version.name, drift.version.sha256)
        yield version_metric("model_info", "The version that serves.", {serving: 1.0})
    alarms = {(it.name, it.sha256): 1.0 for it in state.alarms}
    yield version_metric("model_alarm", "Versions whose files could not be opened.", alarms)


def version_metric(name: str, words: str, values: dict[tuple[str, str], float]) -> Metric:
    family = GaugeMetricFamily(f"sersite_{name}", words, labels=["name", "sha256"])
    for (title, sha256), value in values.items():
        family.add_metric([title, sha256[:12]], value)
    return family


def training_metrics(state: State) -> Iterator[Metric]:
    found = state.training
    if found.last_done and found.last_done.finished_at:
        at = found.last_done.finished_at.timestamp()
        yield gauge("last_training_timestamp_seconds", "When the last training ended well.", at)
    words = "Clips that somebody corrected since then."
    yield gauge("corrections_since_training", words, found.n_corrections)
    words = "Clips that were settled by review since then."
    yield gauge("settled_since_training", words, found.n_settled)


def check_metric(state: State) -> Metric:
    words = "Checks of the monitoring page: 0 in order, 1 to be watched, 2 alarm, -1 unknown."
    levels = {check.slug: float(LEVELS[check.level]) for check in checks_of(state)}
    return labelled("check_level", words, "check", levels)


def known(values: dict[str, float | None]) -> dict[str, float]:
    return {key: value for key, value in values.items() if value is not None}
