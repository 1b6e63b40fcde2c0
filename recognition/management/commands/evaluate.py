"""manage.py evaluate: how good a bundle is on people whom it has never heard."""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from mlcore.audio import Waveform
from mlcore.dataset import Utterance, read_manifest, select
from mlcore.errors import DatasetError, ReportError, SersiteError
from mlcore.evaluation import EvaluationReport, FoldScores, GroupScores, report
from mlcore.inference import Recognizer
from mlcore.intervals import MIN_SPEAKERS, Interval
from mlcore.judging import Judged, judge_all, sample, write_posteriors
from mlcore.labels import EMOTIONS
from mlcore.metrics import Floats, Scores
from mlcore.pooling import PoolingScores, compare
from mlcore.robustness import ConditionScores, measure
from mlcore.splits import check_unseen

N_ROBUSTNESS = 50  # clips a corpus: each is judged a dozen times


def names(text: str) -> tuple[str, ...]:
    """Read a comma-separated list."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def numbers(text: str) -> tuple[int, ...]:
    """Read a comma-separated list of numbers."""
    try:
        return tuple(int(name) for name in names(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers") from None


def positive(text: str) -> int:
    """Read a number of things, at least one."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def add_data_arguments(parser: argparse.ArgumentParser, *, folds_help: str) -> None:
    """Declare which utterances are meant."""
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        default=settings.CORPORA_DIR or None,
        help="folder with manifest.csv (default: environment variable CORPORA_DIR)",
    )
    parser.add_argument("--corpora", type=names, default=(), help="names, comma-separated")
    parser.add_argument("--folds", type=numbers, default=(), help=folds_help)


def data_folder(options: dict[str, Any]) -> Path:
    """Return the data folder or say how to name one."""
    if options["data"] is None:
        raise CommandError("say where the recordings are: --data FOLDER, or CORPORA_DIR")
    return Path(options["data"])


def chosen(folder: Path, options: dict[str, Any]) -> tuple[Utterance, ...]:
    """Return the utterances that the data arguments mean.

    Raises DatasetError when the manifest can't be used, lacks a named corpus or nothing is left.
    """
    utterances = read_manifest(folder)
    known = {utterance.corpus for utterance in utterances}
    unknown = sorted(set(options["corpora"]) - known)
    if unknown:
        details = {"found": ", ".join(unknown), "known": ", ".join(sorted(known)) or "none"}
        raise DatasetError("dataset:user:corpora", details)
    return select(utterances, corpora=options["corpora"], folds=options["folds"])


class Command(BaseCommand):
    """Print UAR, accuracy, F1 and ECE, over all and by group, and the confusions."""

    help = "Evaluate a bundle on labeled recordings of speakers it was not trained on."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare data, bundle and report."""
        add_data_arguments(parser, folds_help="numbers, comma-separated (default: all)")
        parser.add_argument("--model", type=Path, metavar="FOLDER", help="a bundle's folder")
        parser.add_argument("--engine", choices=("onnx", "keras"), default="onnx")
        parser.add_argument(
            "--limit",
            type=positive,
            metavar="N",
            help="judge at most so many clips of each corpus, evenly over emotions and speakers",
        )
        parser.add_argument(
            "--robustness",
            type=positive,
            nargs="?",
            const=N_ROBUSTNESS,
            metavar="N",
            help="spoil at most so many clips of each corpus by noise, coding, telephone, room "
            f"and gain, and judge them again (without a number: {N_ROBUSTNESS})",
        )
        parser.add_argument(
            "--pooling",
            type=positive,
            metavar="N",
            help="join N clips of one speaker and emotion to a long one, and compare the ways in "
            "which its segments can be put together",
        )
        parser.add_argument("--seed", type=int, default=0, help="of that choice and of the noise")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the report there")
        parser.add_argument("--page", type=Path, metavar="FOLDER", help="write it as a page there")
        parser.add_argument(
            "--posteriors", type=Path, metavar="FILE.csv", help="write what was said of every clip"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Judge, print and write."""
        folder = data_folder(options)
        try:
            _check_targets(options)
            recognizer = Recognizer.load(options["model"], engine=options["engine"])
            utterances = chosen(folder, options)
            if options["limit"]:
                utterances = sample(utterances, n_per_corpus=options["limit"], seed=options["seed"])
            check_unseen(utterances, recognizer.bundle.training_speakers)
            judged = judge_all(recognizer.recognize_many, utterances, folder, _bar)
            found = report(utterances, judged.posteriors, judged.refusals)
            self._print(_summary(found))
            conditions = _robustness(recognizer, utterances, folder, options)
            self._print(_condition_lines(conditions))
            poolings = _poolings(recognizer, utterances, folder, options)
            self._print(_pooling_lines(poolings))
            content = _content(recognizer, found, conditions, options)
            content |= {"pooling": [scores.to_dict() for scores in poolings]} if poolings else {}
            self._write(content, utterances, judged, options)
        except SersiteError as error:
            raise CommandError(f"{error} [{error.code}]") from error

    def _print(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.stdout.write(line)

    def _write(
        self,
        content: Mapping[str, Any],
        utterances: Sequence[Utterance],
        judged: Judged,
        options: dict[str, Any],
    ) -> None:
        if path := options["posteriors"]:
            with _writing(path):
                write_posteriors(path, utterances, judged)
        if path := options["json"]:
            with _writing(path):
                path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        if path := options["page"]:
            from mlcore.report_page import write_page  # needs matplotlib, which takes a second

            with _writing(path):
                page = write_page(path, content, title=f"Evaluation of {content['model']['name']}")
            self.stdout.write(f"\n{page} written")


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        details = {"path": str(path), "reason": error.strerror or str(error)}
        raise ReportError("report:user:unwritable", details) from error


def _check_targets(options: dict[str, Any]) -> None:
    """Refuse a place that can't be written to before an hour of judging, not after it."""
    if options["page"]:
        with _writing(options["page"]):
            options["page"].mkdir(parents=True, exist_ok=True)
    for path in filter(None, (options["json"], options["posteriors"])):
        if reason := _obstacle(path):
            raise ReportError("report:user:unwritable", {"path": str(path), "reason": reason})


def _obstacle(path: Path) -> str:
    if path.is_dir():
        return "it is a folder"
    if not path.parent.is_dir():
        return "its folder does not exist"
    is_writable = os.access(path if path.exists() else path.parent, os.W_OK)
    return "" if is_writable else "permission denied"


def _robustness(
    recognizer: Recognizer,
    utterances: Sequence[Utterance],
    folder: Path,
    options: dict[str, Any],
) -> tuple[ConditionScores, ...]:
    if not options["robustness"]:
        return ()
    return measure(
        lambda waveform: recognizer.judge(waveform).posteriors,
        sample(utterances, n_per_corpus=options["robustness"], seed=options["seed"]),
        folder,
        seed=options["seed"],
        progress=_bar,
    )


def _poolings(
    recognizer: Recognizer,
    utterances: Sequence[Utterance],
    folder: Path,
    options: dict[str, Any],
) -> tuple[PoolingScores, ...]:
    if not options["pooling"]:
        return ()

    def judge(waveform: Waveform) -> Floats:
        segments = recognizer.judge(waveform).segments
        return np.array([[s.posteriors[emotion] for emotion in EMOTIONS] for s in segments])

    return compare(judge, utterances, folder, n_joined=options["pooling"], progress=_bar)


def _content(
    recognizer: Recognizer,
    found: EvaluationReport,
    conditions: Sequence[ConditionScores],
    options: dict[str, Any],
) -> dict[str, Any]:
    content = {
        "model": {"name": recognizer.bundle.name, "sha256": recognizer.bundle.sha256},
        "corpora": list(options["corpora"]),
        "folds_chosen": list(options["folds"]),
        "limit": options["limit"],
        "seed": options["seed"],
        **found.to_dict(),
    }
    if conditions:
        content["robustness"] = {
            "n_per_corpus": options["robustness"],
            "seed": options["seed"],
            "conditions": [scores.to_dict() for scores in conditions],
        }
    return content


def _bar(utterances: Sequence[Utterance]) -> Iterable[Utterance]:
    return tqdm(utterances, unit="clip", file=sys.stderr)


def _summary(found: EvaluationReport) -> Iterator[str]:
    yield from _overall(found.overall)
    for code in sorted(set(found.refusals.values())):
        count = list(found.refusals.values()).count(code)
        yield f"{'refused':<12} {count} [{code}]"
    yield from _emotions(found.overall)
    if len(found.by_corpus) > 1:
        yield from _group_lines("corpus", found.by_corpus)
    if found.folds:
        yield from _fold_lines(found.folds)
    for kind, groups in found.by_group.items():
        if kind != "speaker" and len(groups) > 1:
            yield from _group_lines(kind, groups)


def _overall(s: Scores) -> Iterator[str]:
    yield f"clips        {s.n_clips} ({s.n_refused} refused, counted as wrong)"
    yield f"speakers     {s.n_speakers}"
    for name, value, interval in (
        ("UAR", s.uar, _interval(s.uar_interval)),
        ("accuracy", s.accuracy, _interval(s.accuracy_interval)),
        ("macro-F1", s.macro_f1, ""),
        ("weighted F1", s.weighted_f1, ""),
        ("ECE", s.ece, ""),
    ):
        yield f"{name:<12} {value:.3f}  {interval}".rstrip()
    if s.uar_interval is None:
        yield f"no intervals: fewer than {MIN_SPEAKERS} speakers"


def _interval(interval: Interval | None) -> str:
    return f"{interval.low:.3f} to {interval.high:.3f}" if interval else ""


def _emotions(s: Scores) -> Iterator[str]:
    yield f"\n{'emotion':<12}{'precision':>10}{'recall':>10}{'F1':>10}{'clips':>8}"
    for emotion, e in s.emotions.items():
        yield f"{emotion:<12}{e.precision:>10.3f}{e.recall:>10.3f}{e.f1:>10.3f}{e.n_clips:>8}"
    yield "\ntrue \\ found" + "".join(f"{name[:9]:>10}" for name in (*EMOTIONS, "refused"))
    for emotion, row in zip(EMOTIONS, s.confusion, strict=True):
        yield f"{emotion:<12}" + "".join(f"{count:>10}" for count in row)


def _group_lines(kind: str, groups: Mapping[str, Scores | GroupScores]) -> Iterator[str]:
    yield f"\n{kind:<20}{'clips':>8}{'UAR':>8}{'95 % interval':>18}{'accuracy':>10}{'ECE':>8}"
    for name, s in groups.items():
        interval = _interval(s.uar_interval) or "-"
        yield f"{name:<20}{s.n_clips:>8}{s.uar:>8.3f}{interval:>18}{s.accuracy:>10.3f}{s.ece:>8.3f}"


def _fold_lines(folds: FoldScores) -> Iterator[str]:
    yield from _group_lines("part", folds.parts)
    interval = _interval(folds.uar_interval) or "-"
    yield f"{'mean':<28}{folds.uar_mean:>8.3f}{interval:>18}{folds.accuracy_mean:>10.3f}"
    yield f"{'standard deviation':<28}{folds.uar_std:>8.3f}{'':>18}{folds.accuracy_std:>10.3f}"


def _pooling_lines(poolings: Sequence[PoolingScores]) -> Iterator[str]:
    if poolings:
        head = f"{'UAR':>8}{'accuracy':>10}{'ECE':>8}"
        yield f"\n{'pooling':<16}{head}   {poolings[0].n_clips} long clips"
    for s in poolings:
        yield f"{s.name:<16}{s.uar:>8.3f}{s.accuracy:>10.3f}{s.ece:>8.3f}"


def _condition_lines(conditions: Sequence[ConditionScores]) -> Iterator[str]:
    if conditions:
        head = f"{'UAR':>8}{'lost':>8}{'same':>8}{'refused':>9}"
        yield f"\n{'condition':<16}{head}   {conditions[0].n_clips} clips"
    for s in conditions:
        figures = f"{s.uar:>8.3f}{s.uar_loss:>8.3f}{s.agreement:>8.3f}{s.n_refused:>9}"
        yield f"{s.name:<16}{figures}   {s.description}"
