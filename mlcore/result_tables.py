"""The tables of README.md and docs/results.md, from the cells that `comparison` kept."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlcore.calibration import Calibration, calibrate, posteriors_of
from mlcore.comparison import SPEEDS, read_cell, read_posteriors
from mlcore.dataset import Utterance
from mlcore.evaluation import EvaluationReport, report
from mlcore.files import write_text
from mlcore.metrics import Floats
from mlcore.networks import ARCHITECTURES
from mlcore.protocols import PROTOCOLS

# What is claimed for such networks: accuracy and macro-F1, and how it was measured.
CLAIMS: dict[str, tuple[str, str, str]] = {
    "lstm": ("80 %", "79 %", "RAVDESS, split unknown"),
    "cnn_bilstm": ("89 %", "89 %", "four corpora, augmented before the split"),
    "cnn2d": ("48 %", "45 %", "RAVDESS, by clip"),
    "cnn_lstm": ("79 %", "79 %", "RAVDESS, by clip"),
    "dual_lstm": ("83.26 %", "-", "five corpora, split unknown"),
    "conv1d": ("85 %", "80 %", "RAVDESS, validation"),
}
USUAL_CORPORA = "ravdess_speech+ravdess_song"
BEGIN, END = "<!-- results: written by manage.py compare -->", "<!-- /results -->"
SMALLEST_POSTERIOR = 1e-6


@dataclass(frozen=True)
class Series:
    """All cells of one architecture under one protocol with one seed.

    Parameters
    ----------
    corpora : str
        As in the name of the folder: joined by "+", or "all".
    architecture, protocol : str
    seed : int
    cells : list of dict
        What the JSON files hold, one for each part, and the path of each.
    """

    corpora: str
    architecture: str
    protocol: str
    seed: int
    cells: list[dict[str, Any]]

    @property
    def is_complete(self) -> bool:
        """Tell whether all folds are there, where there are folds."""
        return self.protocol != "speaker_independent" or len(self.cells) == 5

    def mean(self, name: str) -> float:
        """Average one of the figures over the parts."""
        return float(np.mean([cell["scores"][name] for cell in self.cells]))


def read_series(folder: Path) -> list[Series]:
    """Read all cells below a folder.

    Raises
    ------
    ValueError
        When a cell is damaged; the sentence names it.
    """
    found: dict[tuple[str, str, str, int], list[dict[str, Any]]] = defaultdict(list)
    for path in sorted(folder.glob("*/*/*.json")):
        cell = read_cell(path) | {"path": path}
        key = (path.parts[-3], cell["architecture"], cell["protocol"], cell["seed"])
        found[key].append(cell)
    return [Series(*key, cells) for key, cells in found.items()]


@dataclass(frozen=True)
class CrossValidation:
    """What a series says of all speakers, each judged by a network that never heard them.

    Parameters
    ----------
    report : EvaluationReport
        With posteriors calibrated on the other parts' speakers.
    calibration : Calibration
        From all of them; for the network that is trained on all.
    """

    report: EvaluationReport
    calibration: Calibration

    def to_dict(self) -> dict[str, Any]:
        """Return what `train --cross-validation` takes."""
        return asdict(self.calibration) | {"scores": {"cross_validation": self.report.to_dict()}}


def cross_validation(series: Series, utterances: Sequence[Utterance]) -> CrossValidation:
    """Pool the parts of a series.

    Every part's temperature comes from the answers about the other parts' speakers, so that
    nobody has a say in how certain the network is about them.
    """
    judged = [_logits(cell, utterances) for cell in series.cells]
    pooled: list[Utterance] = []
    calibrated: list[Floats] = []
    for number, (test, logits) in enumerate(judged):
        others = [part for n, part in enumerate(judged) if n != number] or judged
        pooled += test
        calibrated.append(posteriors_of(logits, temperature=_calibration(others).temperature))
    found = report(pooled, np.concatenate(calibrated), protocol=PROTOCOLS[series.protocol])
    return CrossValidation(found, _calibration(judged))


def _logits(
    cell: dict[str, Any], utterances: Sequence[Utterance]
) -> tuple[list[Utterance], Floats]:
    test, posteriors = read_posteriors(cell["path"], utterances)
    logs = np.log(np.maximum(posteriors, SMALLEST_POSTERIOR))
    return test, logs * cell["temperature"]


def _calibration(judged: Iterable[tuple[list[Utterance], Floats]]) -> Calibration:
    judged = list(judged)
    labels = np.array([u.label for utterances, _ in judged for u in utterances])
    logits = np.concatenate([rows for _, rows in judged])
    answered = np.isfinite(logits).all(axis=1)
    return calibrate(logits[answered], labels[answered])


def write_tables(folder: Path, utterances: Sequence[Utterance], root: Path) -> list[Path]:
    """Write the tables of what has been measured so far.

    Parameters
    ----------
    folder : Path
        With the cells.
    utterances : sequence of Utterance
        All of the manifest.
    root : Path
        Where README.md and docs lie.

    Returns
    -------
    list of Path
        What was written.
    """
    series = read_series(folder)
    found = {
        (s.corpora, s.architecture, s.protocol, s.seed): cross_validation(s, utterances)
        for s in series
        if s.protocol == "speaker_independent" and s.is_complete
    }
    written = []
    for (corpora, architecture, protocol, seed), validation in found.items():
        path = folder / f"{corpora}-{architecture}-{protocol}-{seed}.json"
        write_text(path, json.dumps(validation.to_dict(), indent=1) + "\n")
        written.append(path)
    usual, own = usual_table(series, found, _speeds(folder)), own_table(series, found)
    left_out = left_out_table(series)
    for page in (root / "README.md", root / "docs" / "results.md"):
        if page.exists():
            _replace(page, "\n".join([*own, "", *usual, "", *left_out]))
            written.append(page)
    return written


def _speeds(folder: Path) -> dict[str, Any]:
    path = folder / SPEEDS
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def usual_table(
    series: Sequence[Series], found: dict[tuple[str, str, str, int], CrossValidation], speeds: Any
) -> list[str]:
    """Put every architecture's loose and honest figures on RAVDESS beside what is claimed."""
    lines = [
        "| architecture | parameters | ONNX | 3 s clip | claimed elsewhere: accuracy, macro-F1 "
        "| by clip † : accuracy, macro-F1 | unseen speakers: UAR (95 %) | accuracy | macro-F1 |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in ARCHITECTURES:
        loose = _one(series, name, "random_split")
        honest = _one(series, name, "speaker_independent")
        speed = speeds.get(name, {})
        validation = found.get((USUAL_CORPORA, name, "speaker_independent", 1))
        cells = [
            name,
            _thousands(speed.get("n_parameters")),
            f"{speed['onnx_bytes'] / 1e6:.1f} MB" if speed else "",
            f"{speed['p50_ms']:.1f} ms" if speed else "",
            ", ".join(CLAIMS[name][:2]) + f" ({CLAIMS[name][2]})" if name in CLAIMS else "",
            _pair(loose),
            _with_interval(validation) if validation else "",
            f"{honest.mean('accuracy'):.3f}" if honest and honest.is_complete else "",
            f"{honest.mean('macro_f1'):.3f}" if honest and honest.is_complete else "",
        ]
        if loose or (honest and honest.is_complete):
            lines.append("| " + " | ".join(cells) + " |")
    leaks = [
        f"‡ `{one.architecture}`, copies of clips made before the split, as it was claimed: "
        f"accuracy {one.mean('accuracy'):.3f}, macro-F1 {one.mean('macro_f1'):.3f}, {one.corpora}; "
        f"{PROTOCOLS[one.protocol].mark}."
        for one in series
        if one.protocol == "augmented_before_split"
    ]
    return [*lines, "", f"† {PROTOCOLS['random_split'].mark}.", *leaks]


def _one(series: Sequence[Series], architecture: str, protocol: str) -> Series | None:
    for one in series:
        if (one.corpora, one.architecture, one.protocol) == (USUAL_CORPORA, architecture, protocol):
            return one
    return None


def _pair(series: Series | None) -> str:
    if series is None:
        return ""
    return f"{series.mean('accuracy'):.3f}, {series.mean('macro_f1'):.3f} †"


def _thousands(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _with_interval(validation: CrossValidation) -> str:
    folds = validation.report.folds
    if folds is None:
        return f"{validation.report.overall.uar:.3f}"
    interval = folds.uar_interval
    ends = "" if interval is None else f" ({interval.low:.3f} to {interval.high:.3f})"
    return f"**{folds.uar_mean:.3f}**{ends}"


def own_table(
    series: Sequence[Series], found: dict[tuple[str, str, str, int], CrossValidation]
) -> list[str]:
    """Put our networks' figures on unseen speakers side by side, corpus by corpus."""
    by_architecture: dict[str, list[tuple[str, str, str, int]]] = defaultdict(list)
    for key in found:
        if key[0] == "all":
            by_architecture[key[1]].append(key)
    if not by_architecture:
        return []
    heads = [f"{name}, {_seeds(keys)}" for name, keys in by_architecture.items()]
    lines = [
        "| corpus | clips | " + " | ".join(f"{h}: UAR, five folds | ECE" for h in heads) + " |",
        "| --- | --- |" + " --- | --- |" * len(heads),
    ]
    overall = next(iter(found[keys[0]] for keys in by_architecture.values())).report
    for corpus, scores in overall.by_corpus.items():
        cells = [corpus, str(scores.n_clips)]
        for keys in by_architecture.values():
            cells += _own_cells(series, [found[key] for key in keys], keys, corpus)
        lines.append("| " + " | ".join(cells) + " |")
    pooled = ["all, pooled", str(overall.overall.n_clips)]
    for keys in by_architecture.values():
        every = [found[key].report.overall for key in keys]
        pooled += [f"{np.mean([s.uar for s in every]):.3f}"]
        pooled += [f"{np.mean([s.ece for s in every]):.3f}"]
    return [*lines, "| " + " | ".join(pooled) + " |"]


def _seeds(keys: Sequence[tuple[str, str, str, int]]) -> str:
    return f"mean of {len(keys)} seeds" if len(keys) > 1 else f"seed {keys[0][3]}"


def _own_cells(
    series: Sequence[Series],
    validations: Sequence[CrossValidation],
    keys: Sequence[tuple[str, str, str, int]],
    corpus: str,
) -> list[str]:
    """Mean over folds and seeds, the worst and the best fold, and the mean ECE."""
    folds = [cell["by_corpus"].get(corpus) for s in series if _key(s) in keys for cell in s.cells]
    values = [fold["uar"] for fold in folds if fold]
    ece = np.mean([validation.report.by_corpus[corpus].ece for validation in validations])
    spread = f"{min(values):.2f} to {max(values):.2f}"
    return [f"**{np.mean(values):.3f}** ({spread})", f"{ece:.3f}"]


def left_out_table(series: Sequence[Series]) -> list[str]:
    """Put UAR on corpora that were not trained on side by side; five emotions."""
    found = [one for one in series if one.protocol == "leave_one_corpus_out"]
    if not found:
        return []
    heads = [f"{one.architecture}, seed {one.seed}" for one in found]
    lines = [
        "| corpus left out (five emotions) | " + " | ".join(f"{h}: UAR" for h in heads) + " |",
        "| --- |" + " --- |" * len(found),
    ]
    for corpus in sorted({cell["part"] for one in found for cell in one.cells}):
        values = [_of_part(one, corpus) for one in found]
        lines.append(f"| {corpus} | " + " | ".join(values) + " |")
    means = [f"**{one.mean('uar'):.3f}**" for one in found]
    return [*lines, "| mean | " + " | ".join(means) + " |"]


def _of_part(series: Series, part: str) -> str:
    values = [cell["scores"]["uar"] for cell in series.cells if cell["part"] == part]
    return f"{values[0]:.3f}" if values else ""


def _key(series: Series) -> tuple[str, str, str, int]:
    return series.corpora, series.architecture, series.protocol, series.seed


def _replace(page: Path, text: str) -> None:
    """Put a text between the marks of a page; one without marks is left alone."""
    content = page.read_text(encoding="utf-8")
    before, begin, rest = content.partition(BEGIN)
    _, end, after = rest.partition(END)
    if begin and end:
        write_text(page, f"{before}{begin}\n{text}\n{end}{after}")
