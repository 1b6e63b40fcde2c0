"""Model versions as their staff's pages show them: where each came from, and what differs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mlcore.labels import EMOTIONS
from recognition.emotions import EMOTION_LABELS
from recognition.models import ModelVersion, TrainingRun
from recognition.presentation.models import (
    STATUS_WORDS,
    Change,
    Changes,
    DataRow,
    change_of_share,
    changes_between,
    data_rows,
    licenses_of,
)
from recognition.presentation.scores import Share, interval_of
from recognition.presentation.verdicts import OUTCOMES, ReasonRow, reason_rows
from recognition.selectors.bundles import SHIPPED
from recognition.selectors.models import MAIN_SETS

OPTION_WORDS = {
    "from_champion": gettext_lazy("from the serving model"),
    "corpora": gettext_lazy("with corpora"),
    "epochs": gettext_lazy("epochs"),
    "again": gettext_lazy("also if nothing is new"),
}


@dataclass(frozen=True)
class VersionRow:
    """A version in the registry's list."""

    id: int
    name: str
    short_hash: str
    status: str
    is_serving: bool
    created_at: datetime
    parent: ModelVersion | None
    data_hash: str
    seed: str
    code: str
    uar: Share | None
    licenses: list[str]
    alarm_code: str
    is_removed: bool
    outcome: str


@dataclass(frozen=True)
class VersionFacts:
    """All that is known of where one came from."""

    row: VersionRow
    sha256: str
    data_hash: str
    place: str
    n_clips: str
    n_speakers: str
    data: list[DataRow]
    run: TrainingRun | None
    outcome: str
    reasons: list[ReasonRow]


def registry_rows(versions: Iterable[ModelVersion]) -> list[VersionRow]:
    return [row_of(version) for version in versions]


def row_of(version: ModelVersion) -> VersionRow:
    run = run_of(version)
    return VersionRow(
        id=version.pk,
        name=version.name,
        short_hash=version.sha256[:12],
        status=str(STATUS_WORDS[ModelVersion.Status(version.status)]),
        is_serving=version.status == ModelVersion.Status.CHAMPION,
        created_at=version.created_at,
        parent=version.parent,
        data_hash=data_hash_of(version)[:12] or "–",
        seed=seed_of(version),
        code=code_of(version),
        uar=interval_of(version.main or {}, "uar"),  # type: ignore[attr-defined] # annotated
        licenses=licenses_of(version),
        alarm_code=version.alarm_code,
        is_removed=version.removed_at is not None,
        outcome=str(OUTCOMES.get(verdict_of(run).get("outcome", ""), "")),
    )


def facts_of(version: ModelVersion) -> VersionFacts:
    run = run_of(version)
    verdict = verdict_of(run)
    return VersionFacts(
        row=row_of(version),
        sha256=version.sha256,
        data_hash=data_hash_of(version) or "–",
        place=place_of(version),
        n_clips=count(version.about.get("n_clips")),
        n_speakers=count(version.about.get("n_speakers")),
        data=data_rows(version.about.get("licenses", {})),
        run=run,
        outcome=str(OUTCOMES.get(verdict.get("outcome", ""), "")),
        reasons=reason_rows(verdict.get("reasons", [])),
    )


def report_of(version: ModelVersion) -> dict[str, Any]:
    """All of it for a program."""
    run = run_of(version)
    return {
        "name": version.name,
        "sha256": version.sha256,
        "status": version.status,
        "parent": version.parent.sha256 if version.parent else None,
        "data_hash": data_hash_of(version),
        "seed": seed_number(version),
        "code_version": code_version_of(version),
        "about": version.about,
        "scores": version.scores,
        "training": run.data if run else None,
    }


def run_of(version: ModelVersion) -> TrainingRun | None:
    """The training that it came of; fetched with the version."""
    return getattr(version, "training_run", None)


def verdict_of(run: TrainingRun | None) -> dict[str, Any]:
    return (run.data or {}).get("verdict", {}) if run else {}


def data_hash_of(version: ModelVersion) -> str:
    """Of what the bundle learned from; else of what its training was given."""
    run = run_of(version)
    return str(version.about.get("data_hash") or (run.data_hash if run else ""))


def seed_number(version: ModelVersion) -> int | None:
    run = run_of(version)
    return version.about.get("seed") if run is None else run.seed


def seed_of(version: ModelVersion) -> str:
    seed = seed_number(version)
    return "–" if seed is None else str(seed)


def code_version_of(version: ModelVersion) -> str:
    run = run_of(version)
    return str(version.about.get("code_version") or (run.code_version if run else ""))


def code_of(version: ModelVersion) -> str:
    return code_version_of(version) or "–"


def place_of(version: ModelVersion) -> str:
    if version.removed_at:
        return _("removed by rule to save room")
    if version.folder == SHIPPED:
        return _("came with the program")
    return _("in the media storage, %(folder)s") % {"folder": version.folder}


def difference(before: ModelVersion, after: ModelVersion) -> Changes:
    """Of two versions with their long scores: figures, parts, then how each came about."""
    found = changes_between(before, after)
    rows = [*found.rows, *origin_changes(before, after)]
    return Changes(found.since_id, found.since_name, rows, found.is_same_measure)


def origin_changes(before: ModelVersion, after: ModelVersion) -> Iterator[Change]:
    """Only of what differs."""
    old, new = _origins(before), _origins(after)
    for what in new:
        if old[what] != new[what]:
            yield Change(what, old[what], new[what])


def _origins(version: ModelVersion) -> dict[str, str]:
    run = run_of(version)
    options = run.options if run else {}
    return {
        _("licenses"): ", ".join(licenses_of(version)) or "–",
        _("fine-tuned from"): str(version.parent) if version.parent else _("nothing: from scratch"),
        _("seed"): seed_of(version),
        _("asked for by"): run.get_trigger_display() if run else "–",
        _("options of the training"): _options(options),
    }


def _options(options: dict[str, Any]) -> str:
    """Without what was left as it is: no folder, no number."""
    given = (
        f"{OPTION_WORDS.get(name, name)}: {_value(value)}"
        for name, value in sorted(options.items())
        if value or value is False
    )
    return ", ".join(given) or "–"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return count(value) if isinstance(value, int) else str(value)


def recall_changes(before: ModelVersion, after: ModelVersion) -> list[Change]:
    """Of each emotion that both were asked for, on a set that both were measured on."""
    both = [name for name in MAIN_SETS if name in before.scores and name in after.scores]
    if not both:
        return []
    old, new = (_recalls(version.scores[both[0]]) for version in (before, after))
    return [
        change_of_share(str(EMOTION_LABELS[name]), old[name], new[name])
        for name in EMOTIONS
        if name in old and name in new
    ]


def _recalls(scores: dict[str, Any]) -> dict[str, float]:
    """Without emotions of which there was no clip."""
    emotions = scores.get("overall", {}).get("emotions", {})
    return {
        name: found["recall"]
        for name, found in emotions.items()
        if found.get("n_clips", 1) and found.get("recall") is not None
    }


def count(number: int | None) -> str:
    return "–" if number is None else number_format(number, force_grouping=True)
