"""The tables of README.md and docs/results.md, from the cells that `comparison` kept."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlcore.comparison import SPEEDS
from mlcore.dataset import Utterance
from mlcore.evaluation import FoldScores, report
from mlcore.files import write_text
from mlcore.metrics import Floats, score
from mlcore.networks import ARCHITECTURES
from mlcore.protocols import PROTOCOLS
from mlcore.series import CrossValidation, Key, Series, cross_validation, read_series

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
SEVERAL = "cremad+ravdess_speech+savee+tess"
SEVERAL_CLAIMS = (
    ("claimed for a network like `cnn_bilstm`, copies made before the split ‡", "0.89", "0.89"),
    ("claimed for one like `dual_lstm`, with MELD too, split unknown", "0.8326", "-"),
)
SCRATCH: Key = ("all", "attentive_cnn", "speaker_independent", 1)
SCRATCH_CORPUS = "ravdess_speech"
NOT_USUAL = ("baseline", "attentive_cnn", "voice_transfer")
MARKS = {"random_split": "†", "augmented_before_split": "‡"}
SPLITS = {"random_split": "by clip", "augmented_before_split": "copies made before the split"}
BEGIN, END = "<!-- results: written by manage.py compare -->", "<!-- /results -->"


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
        s.key: cross_validation(s, utterances)
        for s in series
        if s.protocol == "speaker_independent" and s.is_complete
    }
    written = []
    for key, validation in found.items():
        path = folder / f"{'-'.join(map(str, key))}.json"
        content = validation.to_dict()
        if left_out := _left_out(key, series):  # for the model card
            content["scores"]["cross_validation"]["left_out"] = left_out
        write_text(path, json.dumps(content, indent=1) + "\n")
        written.append(path)
    tables = [
        own_table(found),
        usual_table(series, found, _speeds(folder)),
        scratch_table(found),
        several_table(series, found),
        [f"{mark} {PROTOCOLS[name].mark}." for name, mark in MARKS.items()],
        left_out_table(series),
    ]
    for page in (root / "README.md", root / "docs" / "results.md"):
        if page.exists():
            _replace(page, "\n\n".join("\n".join(table) for table in tables if table))
            written.append(page)
    return written


def _speeds(folder: Path) -> dict[str, Any]:
    path = folder / SPEEDS
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def usual_table(
    series: Sequence[Series], found: Mapping[Key, CrossValidation], speeds: Mapping[str, Any]
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
    return lines


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


def own_table(found: Mapping[Key, CrossValidation]) -> list[str]:
    """Put our networks' figures on unseen speakers side by side, corpus by corpus."""
    by_architecture: dict[str, list[Key]] = defaultdict(list)
    for key in found:
        if key[0] == "all":
            by_architecture[key[1]].append(key)
    if not by_architecture:
        return []
    heads = [f"{name}, {_seeds(keys)}" for name, keys in by_architecture.items()]
    lines = [
        "| corpus | clips | "
        + " | ".join(f"{h}: UAR, mean of five folds (95 %) | folds | ECE" for h in heads)
        + " |",
        "| --- | --- |" + " --- | --- | --- |" * len(heads),
    ]
    columns = [[found[key].report for key in keys] for keys in by_architecture.values()]
    overall = columns[0][0]
    for corpus, scores in overall.by_corpus.items():
        cells = [corpus, str(scores.n_clips)]
        for reports in columns:
            cells += _own_cells([r.folds_by_corpus[corpus] for r in reports])
            cells += [_mean([r.by_corpus[corpus].ece for r in reports])]
        lines.append("| " + " | ".join(cells) + " |")
    pooled = ["all clips, pooled", str(overall.overall.n_clips)]
    for reports in columns:
        every = [r.overall for r in reports]
        pooled += [_mean([s.uar for s in every]), "", _mean([s.ece for s in every])]
    return [*lines, "| " + " | ".join(pooled) + " |"]


def _seeds(keys: Sequence[Key]) -> str:
    return f"mean of {len(keys)} seeds" if len(keys) > 1 else f"seed {keys[0][3]}"


def _mean(values: Sequence[float]) -> str:
    return f"{np.mean(values):.3f}"


def _own_cells(seeds: Sequence[FoldScores]) -> list[str]:
    """Mean over folds and seeds with the seeds' mean interval, the worst and the best fold."""
    intervals = [(i.low, i.high) for folds in seeds if (i := folds.uar_interval)]
    ends = "" if not intervals else " ({:.3f} to {:.3f})".format(*np.mean(intervals, axis=0))
    uars = [scores.uar for folds in seeds for scores in folds.parts.values()]
    mean = _mean([folds.uar_mean for folds in seeds])
    return [f"**{mean}**{ends}", f"{min(uars):.2f} to {max(uars):.2f}"]


def several_table(series: Sequence[Series], found: Mapping[Key, CrossValidation]) -> list[str]:
    """Put what is claimed over several corpora beside the same ways of splitting, and ours."""
    rows = [list(claim) for claim in SEVERAL_CLAIMS]
    for one in series:
        if one.corpora == SEVERAL and (mark := MARKS.get(one.protocol)):
            figures = [f"{one.mean(name):.3f} {mark}" for name in ("accuracy", "macro_f1")]
            rows.append([f"`{one.architecture}`, {SPLITS[one.protocol]} {mark}", *figures])
    if validation := found.get(("all", "voice_transfer", "speaker_independent", 1)):
        corpora = SEVERAL.split("+")
        chosen = [n for n, u in enumerate(validation.utterances) if u.corpus in corpora]
        labels = np.array([validation.utterances[n].label for n in chosen])
        scores = score(labels, validation.posteriors[chosen])
        figures = [f"**{scores.accuracy:.3f}**", f"**{scores.macro_f1:.3f}**"]
        rows.append(["`voice_transfer`, unseen speakers, trained on all corpora", *figures])
    return [
        "| CREMA-D, RAVDESS speech, SAVEE and TESS together | accuracy | macro-F1 |",
        "| --- | --- | --- |",
        *("| " + " | ".join(row) + " |" for row in rows),
    ]


def scratch_table(found: Mapping[Key, CrossValidation]) -> list[str]:
    """Put our network from scratch beside the usual ones together, and the mean of both."""
    usual = [key for key in found if key[0] == USUAL_CORPORA and key[1] not in NOT_USUAL]
    if SCRATCH not in found or not usual:
        return []
    tested = [u for u in found[SCRATCH].utterances if u.corpus == SCRATCH_CORPUS]
    ours = _posteriors_of(found[SCRATCH], tested)
    theirs = np.mean([_posteriors_of(found[key], tested) for key in usual], axis=0)
    rows = {
        "`attentive_cnn`, trained on all corpora": ours,
        f"the {len(usual)} usual networks, trained on RAVDESS: mean of their posteriors": theirs,
        "half of each": (ours + theirs) / 2,
    }
    lines = [f"| {SCRATCH_CORPUS}, from scratch | UAR (95 %) | folds |", "| --- | --- | --- |"]
    for name, posteriors in rows.items():
        folds = report(tested, posteriors).folds
        if folds is not None:
            lines.append("| " + " | ".join([name, *_own_cells([folds])]) + " |")
    return lines


def _posteriors_of(validation: CrossValidation, tested: Sequence[Utterance]) -> Floats:
    rows = {u.path: n for n, u in enumerate(validation.utterances)}
    return validation.posteriors[[rows[u.path] for u in tested]]


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


def _left_out(key: Key, series: Sequence[Series]) -> dict[str, float]:
    """Return UAR by corpus of networks of the same recipe that never heard it."""
    corpora, architecture, _, seed = key
    sought = (corpora, architecture, "leave_one_corpus_out", seed)
    cells = [cell for one in series if one.key == sought for cell in one.cells]
    return {cell["part"]: cell["scores"]["uar"] for cell in cells}


def _of_part(series: Series, part: str) -> str:
    values = [cell["scores"]["uar"] for cell in series.cells if cell["part"] == part]
    return f"{values[0]:.3f}" if values else ""


def _replace(page: Path, text: str) -> None:
    """Put a text between the marks of a page; one without marks is left alone."""
    content = page.read_text(encoding="utf-8")
    before, begin, rest = content.partition(BEGIN)
    _, end, after = rest.partition(END)
    if begin and end:
        write_text(page, f"{before}{begin}\n{text}\n{end}{after}")
