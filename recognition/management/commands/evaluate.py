"""manage.py evaluate: how good a bundle is on people whom it has never heard."""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from mlcore.dataset import Utterance, read_manifest, select
from mlcore.errors import SersiteError
from mlcore.evaluation import EvaluationReport, evaluate
from mlcore.inference import Recognizer
from mlcore.labels import EMOTIONS
from mlcore.metrics import Scores


def names(text: str) -> tuple[str, ...]:
    """Read a comma-separated list."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def numbers(text: str) -> tuple[int, ...]:
    """Read a comma-separated list of numbers."""
    return tuple(int(name) for name in names(text))


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


class Command(BaseCommand):
    """Print UAR, accuracy, F1, the scores of every emotion, the confusions and ECE."""

    help = "Evaluate a bundle on labelled recordings of speakers it was not trained on."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare data, bundle and report."""
        add_data_arguments(parser, folds_help="numbers, comma-separated (default: all)")
        parser.add_argument("--model", type=Path, metavar="FOLDER", help="a bundle's folder")
        parser.add_argument("--engine", choices=("onnx", "keras"), default="onnx")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the report there")

    def handle(self, *args: Any, **options: Any) -> None:
        """Evaluate and print."""
        folder = data_folder(options)
        try:
            recognizer = Recognizer.load(options["model"], engine=options["engine"])
            utterances = select(
                read_manifest(folder), corpora=options["corpora"], folds=options["folds"]
            )
            report = evaluate(
                lambda path: recognizer.recognize(path).posteriors,
                utterances,
                folder,
                training_speakers=recognizer.bundle.training_speakers,
                progress=_bar,
            )
        except SersiteError as error:
            raise CommandError(f"{error} [{error.code}]") from error
        self._print(report)
        if options["json"]:
            content = {
                "model": {"name": recognizer.bundle.name, "sha256": recognizer.bundle.sha256},
                "corpora": list(options["corpora"]),
                "folds": list(options["folds"]),
                **report.to_dict(),
            }
            options["json"].write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")

    def _print(self, report: EvaluationReport) -> None:
        for line in _summary(report.overall):
            self.stdout.write(line)
        if len(report.by_corpus) > 1:
            self.stdout.write(f"\n{'corpus':<20}{'clips':>8}{'UAR':>8}{'accuracy':>10}{'ECE':>8}")
            for corpus, s in report.by_corpus.items():
                line = f"{corpus:<20}{s.n_clips:>8}{s.uar:>8.3f}{s.accuracy:>10.3f}{s.ece:>8.3f}"
                self.stdout.write(line)


def _bar(utterances: Sequence[Utterance]) -> Iterable[Utterance]:
    return tqdm(utterances, unit="clip", file=sys.stderr)


def _summary(s: Scores) -> Iterable[str]:
    yield f"clips        {s.n_clips} ({s.n_refused} refused, counted as wrong)"
    for name, value in (
        ("UAR", s.uar),
        ("accuracy", s.accuracy),
        ("macro-F1", s.macro_f1),
        ("weighted F1", s.weighted_f1),
        ("ECE", s.ece),
    ):
        yield f"{name:<12} {value:.3f}"
    yield f"\n{'emotion':<12}{'precision':>10}{'recall':>10}{'F1':>10}{'clips':>8}"
    for emotion, e in s.emotions.items():
        yield f"{emotion:<12}{e.precision:>10.3f}{e.recall:>10.3f}{e.f1:>10.3f}{e.n_clips:>8}"
    yield "\ntrue \\ found" + "".join(f"{name[:9]:>10}" for name in (*EMOTIONS, "refused"))
    for emotion, row in zip(EMOTIONS, s.confusion, strict=True):
        yield f"{emotion:<12}" + "".join(f"{count:>10}" for count in row)
