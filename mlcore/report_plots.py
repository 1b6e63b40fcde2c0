"""Plots of an evaluation report as SVG, each in a light and a dark form. Needs no display."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Content = Mapping[str, Any]  # a report as JSON holds it

FORMS: dict[str, dict[str, str]] = {
    "light": {"ink": "#1d2230", "line": "#d3d0c6", "first": "#3f4fb8", "second": "#b3531d"},
    "dark": {"ink": "#eceef4", "line": "#3d4351", "first": "#a9b4ff", "second": "#f1b06d"},
}
WIDTH_INCH = 7.2
ROW_INCH = 0.27


@dataclass(frozen=True)
class Line:
    """One row of a plot: a figure with its interval, below a heading if it has one."""

    name: str
    value: float
    interval: Mapping[str, float] | None = None
    heading: str = ""


Draw = Callable[[Any, dict[str, str]], None]  # draws on a figure, in the colors of a form


def write_plots(folder: Path, content: Content) -> tuple[str, ...]:
    """Draw what the report has figures for.

    Parameters
    ----------
    folder : Path
        Where ``NAME-light.svg`` and ``NAME-dark.svg`` are written.
    content : mapping
        `EvaluationReport.to_dict`, and ``robustness`` where that was measured.

    Returns
    -------
    tuple of str
        Names of the plots.
    """
    plots: dict[str, tuple[float, Draw]] = {
        "reliability": (4.2, lambda figure, colors: _reliability(figure, colors, content)),
        "coverage": (3.4, lambda figure, colors: _coverage(figure, colors, content)),
    }
    for name, lines in (
        ("groups", group_lines(content)),
        ("speakers", speaker_lines(content)),
        ("robustness", robustness_lines(content)),
    ):
        if lines:
            # beside spoiled clips a line for the clean ones, which come first
            reference = lines[0].value if name == "robustness" else None
            plots[name] = (_height(lines), _drawing(lines, reference))
    for name, (height, draw) in plots.items():
        for form, colors in FORMS.items():
            _save(folder / f"{name}-{form}.svg", height, draw, colors)
    return tuple(plots)


def group_lines(content: Content) -> list[Line]:
    """Return UAR by corpus, part and group, speakers left out."""
    kinds = {"corpus": content["by_corpus"]}
    if content["folds"]:
        kinds["part left out"] = content["folds"]["parts"]
    kinds |= {kind: found for kind, found in content["by_group"].items() if kind != "speaker"}
    return [
        Line(name, scores["uar"], scores["uar_interval"], kind if number == 0 else "")
        for kind, groups in kinds.items()
        for number, (name, scores) in enumerate(groups.items())
    ]


def speaker_lines(content: Content) -> list[Line]:
    """Return UAR by speaker, the best understood one first."""
    groups = content["by_group"].get("speaker", {}).items()
    lines = [Line(name, scores["uar"]) for name, scores in groups]
    return sorted(lines, key=lambda line: -line.value)


def robustness_lines(content: Content) -> list[Line]:
    """Return UAR by condition."""
    found = content.get("robustness") or {"conditions": []}
    return [Line(scores["name"], scores["uar"]) for scores in found["conditions"]]


def _height(lines: Sequence[Line]) -> float:
    return 0.8 + ROW_INCH * (len(lines) + sum(1.3 for line in lines if line.heading))


def _save(path: Path, height: float, draw: Draw, colors: dict[str, str]) -> None:
    import matplotlib
    from matplotlib.figure import Figure

    style: Any = {key: colors["ink"] for key in ("text.color", "axes.labelcolor")}
    style |= {key: colors["line"] for key in ("axes.edgecolor", "xtick.color", "ytick.color")}
    style |= {"xtick.labelcolor": colors["ink"], "ytick.labelcolor": colors["ink"]}
    more = {
        "axes.facecolor": "none",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "grid.color": colors["line"],
        "font.size": 10,
        "svg.hashsalt": path.name,  # the same report gives the same file
        "text.parse_math": False,  # a name may hold dollar signs
    }
    with matplotlib.rc_context(style | more):
        figure = Figure(figsize=(WIDTH_INCH, height), layout="constrained", facecolor="none")
        draw(figure, colors)
        figure.savefig(path, format="svg", metadata={"Date": None})


def _reliability(figure: Any, colors: dict[str, str], content: Content) -> None:
    bins = content["reliability"]
    confidence = [part["confidence"] for part in bins]
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    top.plot((0, 1), (0, 1), "--", color=colors["line"], label="perfectly calibrated")
    top.plot(confidence, [part["accuracy"] for part in bins], "o-", color=colors["first"])
    top.set(xlim=(0, 1), ylim=(0, 1.02), ylabel="share of right answers")
    top.legend(frameon=False, loc="upper left")
    bottom.bar(confidence, [part["n_clips"] for part in bins], width=0.05, color=colors["first"])
    bottom.set(xlabel="confidence", ylabel="clips")
    for axes in (top, bottom):
        axes.grid(axis="y", linewidth=0.5)
        axes.set_axisbelow(True)


def _coverage(figure: Any, colors: dict[str, str], content: Content) -> None:
    axes = figure.subplots()
    shares = [100 * point["coverage"] for point in content["coverage"]]
    for key, name, mark, color in (
        ("accuracy", "accuracy", "o-", "first"),
        ("uar", "UAR", "s--", "second"),
    ):
        values = [point[key] for point in content["coverage"]]
        axes.plot(shares, values, mark, color=colors[color], label=name, markersize=4)
    axes.set(xlim=(0, 101), ylim=(None, 1.02), ylabel="figure of the answers that are kept")
    axes.set_xlabel("clips kept, the most certain answers first (%)")
    axes.grid(linewidth=0.5)
    axes.legend(frameon=False)


def _drawing(lines: Sequence[Line], reference: float | None) -> Draw:
    def draw(figure: Any, colors: dict[str, str]) -> None:
        axes = figure.subplots()
        if reference is not None:
            axes.axvline(reference, linestyle="--", linewidth=1, color=colors["second"])
        _draw_lines(axes, colors, lines)

    return draw


def _draw_lines(axes: Any, colors: dict[str, str], lines: Sequence[Line]) -> None:
    """Draw a dot a row, its interval as a bar, headings in rows of their own."""
    place, ticks = 0.0, []
    for line in lines:
        if line.heading:
            place += 1.3
            text = f"by {line.heading}"
            axes.text(0.005, place - 0.85, text, weight="bold", size=9, va="center")
        ticks.append(place)
        if line.interval:
            ends = (line.interval["low"], line.interval["high"])
            axes.plot(ends, (place, place), color=colors["first"], linewidth=2, alpha=0.6)
        axes.plot(line.value, place, "o", color=colors["first"], markersize=5, clip_on=False)
        place += 1
    axes.set_yticks(ticks, [line.name for line in lines], size=9)
    axes.set(xlim=(0, 1), ylim=(place - 0.3, -0.7), xlabel="UAR")
    axes.grid(linewidth=0.5)
    axes.tick_params(length=0)
    axes.set_axisbelow(True)
