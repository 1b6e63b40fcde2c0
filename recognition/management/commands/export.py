"""manage.py export: a bundle's network for other programs and for phones."""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from mlcore.dataset import Utterance, read_manifest, select
from mlcore.errors import SersiteError
from recognition.management.commands.evaluate import add_data_arguments

if TYPE_CHECKING:
    from mlcore.conversion import ExportReport

DEFAULT = "default"


class Command(BaseCommand):
    """Write ONNX and TFLite files and a table of what they cost."""

    help = "Write a bundle's network as ONNX and as quantized TFLite, measured beside the original."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare bundle, folder, formats and the recordings to compare on."""
        parser.add_argument("model", metavar="MODEL", help=f"a bundle's folder, or {DEFAULT!r}")
        parser.add_argument("output", type=Path, metavar="FOLDER", help="for the files")
        formats = ("onnx", "tflite", "tflite_float16", "all")
        parser.add_argument("--format", choices=formats, default="all")
        add_data_arguments(parser, folds_help="numbers, comma-separated (default: all)")
        parser.add_argument("--limit", type=int, default=200, help="of clips to compare on")

    def handle(self, *args: Any, **options: Any) -> None:
        """Convert, measure, print and write the report."""
        # onnxruntime and TensorFlow take seconds to import; --help shall not wait for them.
        from mlcore.bundles import shipped_bundle
        from mlcore.conversion import FORMATS, REPORT, convert, measure

        folder = shipped_bundle() if options["model"] == DEFAULT else Path(options["model"])
        formats = FORMATS if options["format"] == "all" else (options["format"],)
        data = options["data"] or Path()
        try:
            utterances = _utterances(options) if options["data"] else ()
            files = convert(folder, options["output"], formats)
            report = measure(folder, files, utterances, Path(data), _bar)
        except SersiteError as error:
            raise CommandError(f"{error} [{error.code}]") from error
        text = json.dumps(report.to_dict(), indent=2) + "\n"
        (options["output"] / REPORT).write_text(text, encoding="utf-8")
        for line in _table(report):
            self.stdout.write(line)


def _utterances(options: dict[str, Any]) -> tuple[Utterance, ...]:
    """Spread the clips over everything that was chosen."""
    found = select(
        read_manifest(Path(options["data"])), corpora=options["corpora"], folds=options["folds"]
    )
    n_clips = min(options["limit"], len(found))
    return tuple(found[number * len(found) // n_clips] for number in range(n_clips))


def _bar(utterances: Sequence[Utterance]) -> Iterable[Utterance]:
    return tqdm(utterances, unit="clip", file=sys.stderr)


def _table(report: "ExportReport") -> Iterable[str]:
    yield (
        f"{'format':<16}{'size':>10}{'3 s clip':>12}{'UAR':>8}{'agreement':>11}{'difference':>12}"
    )
    for name, s in report.formats.items():
        figures = (
            f"{s.n_bytes / 1e6:>7.2f} MB{s.latency_ms:>9.1f} ms"
            f"{_figure(s.uar, 8)}{_figure(s.agreement, 11)}{_figure(s.largest_difference, 12)}"
        )
        yield f"{name:<16}{figures}"
    if not report.n_clips:
        yield "Not compared on recordings: name some with --data."
    elif report.agreement_only:
        yield f"{report.n_clips} clips. Agreement only: the model learned from all speakers."
    else:
        yield f"{report.n_clips} clips of speakers that the model was not trained on."
    filled = "repeated" if report.padding_db is None else f"filled up with {report.padding_db} dB"
    yield f"TFLite hears {report.input_shape}: longer segments are cut, shorter ones {filled}."


def _figure(value: float | None, width: int) -> str:
    return f"{'-':>{width}}" if value is None else f"{value:>{width}.3f}"
