"""Model versions as their pages show them: what they are, what they learned from, what changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mlcore.labels import EMOTIONS
from recognition.emotions import EMOTION_LABELS
from recognition.models import ModelVersion
from recognition.presentation.scores import (
    FigureSet,
    Share,
    corpus_name,
    figure_set,
    fixed,
    interval_of,
)
from recognition.selectors.models import MAIN_SETS

STATUS_WORDS = {
    ModelVersion.Status.CHAMPION: _("serving now"),
    ModelVersion.Status.CHALLENGER: _("candidate"),
    ModelVersion.Status.RETIRED: _("served before"),
}

# of corpora that come without a license that has a name
LICENSE_WORDS = {
    "freely available": _("freely available"),
    "freely available, no license named": _("freely available, no license named"),
    "research only": _("research only"),
    "research only, after registration": _("research only, after registration"),
    "GPL-3.0 (labels); the clips come from a television series": _(
        "GPL-3.0 (labels); the clips come from a television series"
    ),
    "by consent of the people who uploaded them, which they can withdraw": _(
        "by consent of the people who uploaded them, which they can withdraw"
    ),
}

# What a license means for somebody who uses a model that learned from such recordings: a test
# holds this beside what the model card in the bundle's folder says.
MEANINGS = {
    "CC BY-NC-SA 4.0": _("name the authors, no commercial use, what is derived keeps the license"),
    "CC BY-NC-ND 4.0": _("name the authors, no commercial use, pass on nothing that is derived"),
    "research only": _("for research only, ask the owners first"),
    "ODbL 1.0": _(
        "free also for commercial use, if the database is named; a database that is derived from "
        "it keeps the license"
    ),
    "freely available": _("free to use; name the authors"),
}


NOT_FOR = (
    _(
        "Judging employees, applicants or pupils. Inferring emotions at work and in schools is "
        "prohibited in the European Union."
    ),
    _("Decisions about people by police, in health care, or about credit."),
    _("Saying what somebody feels: an expression is not a feeling."),
)


@dataclass(frozen=True)
class DataRow:
    """A corpus that a version learned from."""

    name: str
    license: str
    meaning: str


@dataclass(frozen=True)
class Change:
    """One thing that differs from the version before; is_better is None where that has no sense."""

    what: str
    before: str
    after: str
    difference: str = ""
    is_better: bool | None = None


@dataclass(frozen=True)
class Changes:
    since_id: int
    since_name: str
    rows: list[Change]
    is_same_measure: bool

    @property
    def main(self) -> list[Change]:
        """Those that have a figure, for one line in a list."""
        return [row for row in self.rows if row.is_better is not None]


@dataclass(frozen=True)
class VersionRow:
    """A version in the list of all."""

    id: int
    name: str
    short_hash: str
    is_serving: bool
    status: str
    since: datetime
    uar: Share | None
    accuracy: Share | None
    ece_percent: float | None
    n_clips: int | None
    n_corpora: int
    changes: Changes | None


@dataclass(frozen=True)
class ModelCard:
    """What the page of a model version tells."""

    name: str
    short_hash: str
    is_serving: bool
    status: str
    since: datetime
    about: dict[str, Any]
    emotions: list[str]
    not_sure_percent: int
    data: list[DataRow]
    sets: list[FigureSet]
    changes: Changes | None
    not_for: tuple[Any, ...] = NOT_FOR


def versions_of(versions: Iterable[ModelVersion]) -> list[VersionRow]:
    """In the order given, each beside the one that came before it."""
    given = list(versions)
    by_age = sorted(given, key=lambda version: (version.created_at, version.pk))
    before = dict(zip([version.pk for version in by_age[1:]], by_age, strict=False))
    return [_version_row(version, before.get(version.pk)) for version in given]


def model_of(version: ModelVersion, before: ModelVersion | None) -> ModelCard:
    """Of versions as the selector of models gives them."""
    return ModelCard(
        **_what_every_page_shows(version),
        about=version.about,
        emotions=[str(EMOTION_LABELS[name]) for name in version.about.get("emotions", EMOTIONS)],
        not_sure_percent=round(100 * version.not_sure_below),
        data=data_rows(version.about.get("licenses", {})),
        sets=[figure_set(name, version.scores[name]) for name in set_names(version.scores)],
        changes=changes_between(before, version) if before else None,
    )


def data_rows(licenses: dict[str, str]) -> list[DataRow]:
    return [
        DataRow(corpus_name(corpus), license_words(license), _meaning(license))
        for corpus, license in licenses.items()
    ]


def license_words(license: str) -> str:
    """A license's own name stays as it is; a description is said in the reader's language."""
    return str(LICENSE_WORDS.get(license, license))


def licenses_of(version: ModelVersion) -> list[str]:
    """Each once."""
    licenses = version.about.get("licenses", {}).values()
    return sorted({license_words(license) for license in licenses})


def changes_between(before: ModelVersion, after: ModelVersion) -> Changes:
    is_same_measure = bool(after.measured_on) and before.measured_on == after.measured_on  # type: ignore[attr-defined] # annotated
    rows = [*_figure_changes(before.main or {}, after.main or {}), *_part_changes(before, after)]  # type: ignore[attr-defined] # annotated
    return Changes(before.pk, before.name, rows, is_same_measure)


def _what_every_page_shows(version: ModelVersion) -> dict[str, Any]:
    return {
        "name": version.name,
        "short_hash": version.sha256[:12],
        "is_serving": version.status == ModelVersion.Status.CHAMPION,
        "status": str(STATUS_WORDS[ModelVersion.Status(version.status)]),
        "since": version.promoted_at or version.created_at,
    }


def _version_row(version: ModelVersion, before: ModelVersion | None) -> VersionRow:
    main: dict[str, Any] = version.main or {}  # type: ignore[attr-defined] # annotated
    return VersionRow(
        **_what_every_page_shows(version),
        id=version.pk,
        uar=interval_of(main, "uar"),
        accuracy=interval_of(main, "accuracy"),
        ece_percent=100 * main["ece"] if "ece" in main else None,
        n_clips=version.about.get("n_clips"),
        n_corpora=len(version.about.get("licenses", {})),
        changes=changes_between(before, version) if before else None,
    )


def set_names(scores: dict[str, Any]) -> list[str]:
    known = [name for name in MAIN_SETS if name in scores]
    return [*known, *sorted(set(scores) - set(known))]


def _meaning(license: str) -> str:
    found = [words for start, words in MEANINGS.items() if license.startswith(start)]
    return str(found[0]) if found else ""


def _figure_changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Also of what stayed the same: that is an answer too."""
    names = {
        "uar": gettext("UAR"),
        "accuracy": gettext("accuracy"),
        "macro_f1": gettext("macro-F1"),
        "ece": gettext("calibration error (ECE)"),
    }
    return [
        _figure_change(name, 100 * before[key], 100 * after[key], fewer_is_better=key == "ece")
        for key, name in names.items()
        if key in before and key in after
    ]


def _figure_change(what: str, before: float, after: float, *, fewer_is_better: bool) -> Change:
    difference = round(after - before, 1)
    sign = "+" if difference > 0 else "−" if difference < 0 else "±"
    words = gettext("%(difference)s points") % {"difference": sign + fixed(abs(difference), 1)}
    is_better = (difference < 0) == fewer_is_better if difference else None
    return Change(what, _percent(before), _percent(after), words, is_better)


def change_of_share(what: str, before: float, after: float) -> Change:
    """Of a figure of which more is better."""
    return _figure_change(what, 100 * before, 100 * after, fewer_is_better=False)


def _percent(value: float) -> str:
    return f"{fixed(value, 1)} %"


def _part_changes(before: ModelVersion, after: ModelVersion) -> list[Change]:
    """Only of what differs."""
    old, new = _parts(before), _parts(after)
    return [Change(what, old[what], new[what]) for what in new if old[what] != new[what]]


def _parts(version: ModelVersion) -> dict[str, str]:
    about = version.about
    corpora = [corpus_name(name) for name in about.get("licenses", {})]
    emotions = [str(EMOTION_LABELS[name]) for name in about.get("emotions", EMOTIONS)]
    return {
        gettext("architecture"): str(about.get("architecture", "–")),
        gettext("sizes of the network"): _pairs(about.get("sizes", {})),
        gettext("features"): str(about.get("features", "–")),
        gettext("corpora learned from"): ", ".join(corpora) or "–",
        gettext("clips learned from"): _count(about.get("n_clips")),
        gettext("speakers learned from"): _count(about.get("n_speakers")),
        gettext("data, by its hash"): str(about.get("data_hash", "–"))[:12],
        gettext("emotions that it names"): ", ".join(emotions),
        gettext("“not sure” below"): f"{round(100 * version.not_sure_below)} %",
        gettext("temperature"): fixed(about.get("temperature", 0), 2),
        gettext("code"): str(about.get("code_version", "–")),
    }


def _pairs(values: dict[str, Any]) -> str:
    simple = {key: value for key, value in values.items() if isinstance(value, int | float | str)}
    return ", ".join(f"{key} {value}" for key, value in sorted(simple.items())) or "–"


def _count(number: int | None) -> str:
    return "–" if number is None else number_format(number, force_grouping=True)
