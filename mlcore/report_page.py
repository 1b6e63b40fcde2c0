"""A report as a static page: every figure of its JSON in tables, and plots beside them.

The page is made from the JSON alone, so that a stored report can be drawn at any time. All that
a manifest or a bundle may have written into it is escaped in `_text` or `_tag`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from mlcore import report_plots
from mlcore.intervals import MIN_SPEAKERS
from mlcore.labels import EMOTIONS
from mlcore.report_plots import Content

STYLE = Path(__file__).with_name("report_page.css")
# Parts of a report that have tables of their own; whatever else is in the JSON is a fact.
TABLES = frozenset(
    {
        "overall",
        "by_corpus",
        "by_group",
        "folds",
        "folds_by_corpus",
        "reliability",
        "coverage",
        "refusals",
    }
    | {"protocol", "robustness"}
)
FIGURES = {
    "n_clips": "clips",
    "n_speakers": "speakers",
    "n_refused": "refused",
    "uar": "UAR",
    "uar_interval": "95 % interval",
    "accuracy": "accuracy (WAR)",
    "accuracy_interval": "95 % interval",
    "macro_f1": "macro-F1",
    "ece": "ECE",
}
CONDITION_FIGURES = {
    "n_clips": "clips",
    "n_refused": "refused",
    "uar": "UAR",
    "uar_loss": "UAR lost",
    "accuracy": "accuracy (WAR)",
    "macro_f1": "macro-F1",
    "ece": "ECE",
    "agreement": "same answer",
}
SECTIONS = {
    "emotions": "Emotions",
    "calibration": "Calibration",
    "coverage": "Leaving out the least certain",
    "groups": "Corpora and groups",
    "speakers": "Speakers",
    "robustness": "Robustness",
    "facts": "What was measured",
}
NO_INTERVAL = (
    f"A dash stands for no interval: fewer than {MIN_SPEAKERS} speakers say nothing about how "
    "far the figure would move with other people."
)

Cells = Iterable[Sequence[Any]]


def write_page(folder: Path, content: Content, *, title: str) -> Path:
    """Write ``index.html`` and its plots.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    content : mapping
        `EvaluationReport.to_dict` as JSON holds it. ``robustness`` may be added (conditions, seed
        and clips a corpus), and any facts, such as the model.
    title : str

    Returns
    -------
    Path
        Of ``index.html``.

    Raises
    ------
    OSError
        When the folder can't be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plots = report_plots.write_plots(folder, content)
    path = folder / "index.html"
    path.write_text(_Page(content, title, plots).html(), encoding="utf-8")
    return path


def _text(value: Any) -> str:
    """Write a figure or a name for HTML; figures with three decimals."""
    if value is None or value == "":
        return "–"
    if isinstance(value, Mapping) and set(value) == {"low", "high"}:
        return f"{value['low']:.3f} to {value['high']:.3f}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3f}" if isinstance(value, float) else escape(str(value))


def _tag(name: str, content: str, **attributes: str) -> str:
    """Write an element; its content is HTML already, its attributes are not."""
    names = {key: key.rstrip("_").replace("_", "-") for key in attributes}
    written = "".join(f' {names[key]}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{written}>{content}</{name}>"


class _Page:
    """Writes the sections of one report."""

    def __init__(self, content: Content, title: str, plots: Sequence[str]) -> None:
        self.content = content
        self.title = title
        self.plots = plots
        self.mark = str(content["protocol"]["mark"])

    def html(self) -> str:
        sections = {name: "".join(getattr(self, f"_{name}")()) for name in SECTIONS}
        sections = {name: section for name, section in sections.items() if section}
        links = "".join(_tag("li", _tag("a", SECTIONS[name], href=f"#{name}")) for name in sections)
        body = "".join(
            _tag("section", _tag("h2", SECTIONS[name], id=name) + section)
            for name, section in sections.items()
        )
        nav = _tag("nav", _tag("ul", links), aria_label="Sections")
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{_text(self.title)}</title>\n"
            f"<style>\n{STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>\n"
            f"<header>{''.join(self._header())}{nav}</header>\n<main>{body}</main>\n"
            "</body>\n</html>\n"
        )

    def _header(self) -> Iterator[str]:
        protocol, overall = self.content["protocol"], self.content["overall"]
        yield _tag("h1", _text(self.title))
        name = _tag("strong", _text(protocol["name"]))
        yield _tag("p", f"Protocol {name}: {_text(protocol['description'])}")
        if self.mark:
            yield _tag("p", _text(self.mark), class_="mark", role="note")
        tiles = [
            ("UAR", overall["uar"], self._interval(overall["uar_interval"])),
            ("Accuracy (WAR)", overall["accuracy"], self._interval(overall["accuracy_interval"])),
            ("Macro-F1", overall["macro_f1"], f"weighted {_text(overall['weighted_f1'])}"),
            ("Calibration error (ECE)", overall["ece"], "0 is perfect"),
            (
                f"Clips of {_text(overall['n_speakers'])} speakers",
                overall["n_clips"],
                f"{_text(overall['n_refused'])} refused, taken as wrong",
            ),
        ]
        if folds := self.content["folds"]:
            note = f"± {_text(folds['uar_std'])}, {self._interval(folds['uar_interval'])}"
            name = f"UAR, mean of {len(folds['parts'])} parts"
            tiles.insert(0, (name, folds["uar_mean"], note))
        yield _tag("dl", "".join(self._tile(*tile) for tile in tiles), class_="tiles")

    def _interval(self, interval: Any) -> str:
        if interval is None:
            return f"no interval: fewer than {MIN_SPEAKERS} speakers"
        return f"95 % interval {_text(interval)}"

    def _tile(self, name: str, value: Any, note: str) -> str:
        mark = _tag("span", _text(self.mark), class_="mark") if self.mark else ""
        figure = _tag("strong", _text(value))
        return _tag("div", _tag("dt", _text(name)) + _tag("dd", f"{figure}{note} {mark}"))

    def _table(self, caption: str, columns: Sequence[str], rows: Cells, **options: str) -> str:
        """Write a table; the first cell of each row names it."""
        rows = list(rows)
        head = "".join(map(_column, columns, rows[0] if rows else columns))
        body = "".join(
            _tag("tr", _tag("th", _text(name), scope="row") + "".join(map(_cell, cells)))
            for name, *cells in rows
        )
        inside = _tag("caption", self._caption(caption))
        inside += _tag("thead", _tag("tr", head)) + _tag("tbody", body)
        table = _tag("table", inside, **options)
        # Wide tables are scrolled, by keyboard too.
        return _tag("div", table, class_="scroll", role="region", tabindex="0", aria_label=caption)

    def _caption(self, caption: str) -> str:
        mark = _tag("span", _text(self.mark), class_="mark") if self.mark else ""
        return f"{_text(caption)} {mark}".strip()

    def _plot(self, name: str, *, alt: str, caption: str) -> str:
        if name not in self.plots:
            return ""
        return (
            "<figure><picture>"
            f'<source srcset="{name}-dark.svg" media="(prefers-color-scheme: dark)">'
            f'<img src="{name}-light.svg" alt="{escape(alt)}">'
            f"</picture><figcaption>{self._caption(caption)}</figcaption></figure>"
        )

    def _emotions(self) -> Iterator[str]:
        yield from self._confusions(self.content["overall"], "all clips")
        for corpus, scores in self.content["by_corpus"].items():
            inside = "".join(self._confusions(scores, corpus))
            yield _tag("details", _tag("summary", f"Only {_text(corpus)}") + inside)

    def _confusions(self, scores: Mapping[str, Any], what: str) -> Iterator[str]:
        keys = ("recall", "precision", "f1", "n_clips")
        rows = [[name, *(e[key] for key in keys)] for name, e in scores["emotions"].items()]
        columns = ("emotion", "recall", "precision", "F1", "clips")
        caption = f"Emotions, {what}: weighted F1 {scores['weighted_f1']:.3f}"
        yield self._table(caption, columns, rows)
        rows = [
            [emotion, *(_Share(count, sum(row)) for count in row)]
            for emotion, row in zip(EMOTIONS, scores["confusion"], strict=True)
        ]
        caption = f"Confusions, {what}: true emotion (rows) and found emotion (columns), in clips"
        yield self._table(caption, ("true", *EMOTIONS, "refused"), rows, class_="heat")

    def _calibration(self) -> Iterator[str]:
        bins, error = self.content["reliability"], self.content["overall"]["ece"]
        yield self._plot(
            "reliability",
            alt=(
                f"Share of right answers against confidence in {len(bins)} bins, and how many "
                f"clips are in each; the calibration error is {error:.3f}. The table has them all."
            ),
            caption="Below the dashed line the model is surer than it should be.",
        )
        rows = [[n, b["confidence"], b["accuracy"], b["n_clips"]] for n, b in enumerate(bins, 1)]
        columns = ("bin", "mean confidence", "share right", "clips")
        yield self._details("Reliability", self._table("Reliability by bin", columns, rows))

    def _coverage(self) -> Iterator[str]:
        points = self.content["coverage"]
        half = min(points, key=lambda point: abs(point["coverage"] - 0.5))
        yield self._plot(
            "coverage",
            alt=(
                "Accuracy and UAR of the most certain answers against the share that is kept: "
                f"accuracy {half['accuracy']:.3f} for half of the clips, "
                f"{points[-1]['accuracy']:.3f} for all."
            ),
            caption="What is gained where the least certain answers go to a person instead.",
        )
        rows = [[p["coverage"], p["confidence"], p["accuracy"], p["uar"]] for p in points]
        columns = ("share kept", "least confidence", "accuracy (WAR)", "UAR")
        yield self._details("Coverage", self._table("Figures by coverage", columns, rows))

    def _details(self, summary: str, inside: str) -> str:
        return _tag("details", _tag("summary", f"{_text(summary)}: all figures") + inside)

    def _groups(self) -> Iterator[str]:
        yield self._plot(
            "groups",
            alt="UAR with its interval by corpus and group; the tables below have all figures.",
            caption=(
                "UAR over the emotions that occur in the group; bars are 95 % intervals by "
                "bootstrap over speakers. Groups differ in their corpora too."
            ),
        )
        yield self._scores_table("By corpus", "corpus", self.content["by_corpus"])
        if self.content["folds"]:
            yield from self._folds(self.content["folds"])
        for corpus, folds in self.content["folds_by_corpus"].items():
            yield self._details(f"Parts of {corpus}", "".join(self._folds(folds)))
        for kind, groups in self.content["by_group"].items():
            if kind != "speaker":
                yield self._scores_table(f"By {kind}", kind, groups)
        yield _tag("p", _text(NO_INTERVAL), class_="muted")

    def _scores_table(self, caption: str, what: str, groups: Mapping[str, Any]) -> str:
        rows = [[name, *(scores[key] for key in FIGURES)] for name, scores in groups.items()]
        return self._table(caption, (what, *FIGURES.values()), rows)

    def _folds(self, folds: Mapping[str, Any]) -> Iterator[str]:
        names = {"uar": "UAR", "accuracy": "accuracy (WAR)", "macro_f1": "macro-F1"}
        rows = [
            [name, folds[f"{key}_mean"], folds[f"{key}_std"], folds.get(f"{key}_interval")]
            for key, name in names.items()
        ]
        columns = ("figure", "mean", "standard deviation", "95 % interval of the mean")
        yield self._table(f"Over {len(folds['parts'])} parts left out in turn", columns, rows)
        yield self._scores_table("By part left out", "part", folds["parts"])

    def _speakers(self) -> Iterator[str]:
        groups = self.content["by_group"].get("speaker", {})
        if not groups:
            return
        values = [scores["uar"] for scores in groups.values()]
        yield self._plot(
            "speakers",
            alt=f"UAR of {len(values)} speakers, from {min(values):.3f} to {max(values):.3f}.",
            caption="Some people are understood better than others; few clips say little of one.",
        )
        table = self._scores_table("By speaker", "speaker", groups)
        yield self._details("Speakers", table)

    def _robustness(self) -> Iterator[str]:
        found = self.content.get("robustness")
        if not found:
            return
        conditions = found["conditions"]
        worst = min(conditions, key=lambda scores: float(scores["uar"]))
        yield self._plot(
            "robustness",
            alt=(
                f"UAR of the same clips under {len(conditions)} conditions, lowest under "
                f"{worst['name']} with {worst['uar']:.3f}."
            ),
            caption="The same clips as recorded (dashed line) and spoiled in one way at a time.",
        )
        rows = [
            [scores["name"], *(scores[key] for key in CONDITION_FIGURES), scores["description"]]
            for scores in conditions
        ]
        caption = f"At most {found['n_per_corpus']} clips a corpus, seed {found['seed']}"
        yield self._table(caption, ("condition", *CONDITION_FIGURES.values(), "what it is"), rows)

    def _facts(self) -> Iterator[str]:
        facts = {key: value for key, value in self.content.items() if key not in TABLES}
        facts["emotions"] = self.content["protocol"]["emotions"]
        facts["comparable"] = self.content["protocol"]["is_comparable"]
        yield self._table("Data and model", ("fact", "value"), _flat(facts))
        if self.content["refusals"]:
            rows = self.content["refusals"].items()
            yield self._details("Refused", self._table("Refused clips", ("path", "error"), rows))


class _Share:
    """A count whose cell is shaded by its share of the row."""

    def __init__(self, count: int, total: int) -> None:
        self.count = count
        self.percent = round(45 * count / max(1, total))  # more would hide the number


def _cell(value: Any) -> str:
    if isinstance(value, _Share):
        return _tag("td", _text(value.count), style=f"--share:{value.percent}%")
    if isinstance(value, str):
        return _tag("td", _text(value), class_="text")
    return _tag("td", _text(value))


def _column(name: str, first: Any) -> str:
    """Head a column in the way of its first cell."""
    attributes = {"class_": "text"} if isinstance(first, str) else {}
    return _tag("th", _text(name), scope="col", **attributes)


def _flat(facts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Name what is nested by its way, lists in one row."""
    for key, value in facts.items():
        name = f"{prefix}{key.replace('_', ' ')}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name} ")
        elif isinstance(value, list | tuple):
            yield name, ", ".join(map(str, value)) or "all"
        else:
            yield name, f"{value:.6g}" if isinstance(value, float) else str(value)
