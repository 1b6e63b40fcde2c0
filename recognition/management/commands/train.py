"""manage.py train: from labelled recordings to a bundle."""

import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mlcore.dataset import read_manifest
from mlcore.errors import SersiteError
from recognition.management.commands.evaluate import (
    add_data_arguments,
    chosen,
    data_folder,
    numbers,
)
from recognition.management.training import Bars, add_recipe_arguments, recipe, sizes

REPORT = "training.json"
CURVES = "training.png"
N_PARTS = 8
CROSS_VALIDATION = ("temperature", "not_sure_below", "scores")


class Command(BaseCommand):
    """Train a network and write it as a bundle."""

    help = "Train on the utterances of a manifest; the fold column decides who is heard."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare data, network and course of the training."""
        add_data_arguments(parser, folds_help="for training and validation (default: all)")
        add_recipe_arguments(parser)
        parser.add_argument("output", type=Path, metavar="FOLDER", help="the bundle's folder")
        parser.add_argument("--name", help="of the bundle (default: the folder's name)")
        parser.add_argument("--architecture", default="voice_transfer", metavar="NAME")
        parser.add_argument("--test-folds", type=numbers, default=(), help="judged at the end")
        parser.add_argument(
            "--parts",
            type=int,
            help="of the speakers, one of which validates and sets the temperature; with 0, all "
            "are learned from for all epochs, and without --cross-validation confidences are not "
            f"calibrated (default: {N_PARTS}; with --cross-validation, the architecture's own)",
        )
        parser.add_argument(
            "--cross-validation",
            type=Path,
            metavar="FILE",
            help="a report of compare: temperature, threshold and figures come from it",
        )
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument(
            "--denoise", action="store_true", help="reduce noise first, in serving too"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Train with a progress bar and print the figures."""
        # TensorFlow takes seconds to import; --help and mistakes shall not wait for it.
        from mlcore.curves import draw_curves
        from mlcore.options import Places
        from mlcore.training import train

        folder = data_folder(options)
        places = Places(data=folder, output=options["output"], cache=options["cache"])
        wanted = _options(options)
        try:
            chosen(folder, options)  # refuses corpora and folds that are not there
            with Bars() as bars:
                report = train(wanted, read_manifest(folder), places, bars.progress())
        except SersiteError as error:
            raise CommandError(f"{error} [{error.code}]") from error
        content = json.dumps(report.to_dict(), indent=2) + "\n"
        (report.folder / REPORT).write_text(content, encoding="utf-8")
        draw_curves(report.epochs, report.folder / CURVES)
        for name, found in report.reports.items():
            self.stdout.write(f"{name}: {len(found.speakers)} speakers")
            for corpus, s in found.by_corpus.items():
                self.stdout.write(f"  {corpus:<16} UAR {s.uar:.3f}  ECE {s.ece:.3f}")
        info = report.info
        self.stdout.write(f"temperature {info.temperature:.3f}, not sure {info.not_sure_below}")
        if "validation" not in report.reports and wanted.cross_validation is None:
            self.stdout.write("Nobody validated: confidences are not calibrated.")
        self.stdout.write(f"{report.folder} written after {report.seconds:.0f} s")


def _options(options: dict[str, Any]) -> Any:
    from mlcore.options import TrainingOptions

    return TrainingOptions(
        name=options["name"] or options["output"].name,
        architecture=options["architecture"],
        sizes=sizes(options),
        recipe=recipe(options),
        corpora=options["corpora"],
        folds=options["folds"],
        test_folds=options["test_folds"],
        n_parts=_n_parts(options),
        seed=options["seed"],
        denoise=options["denoise"],
        cross_validation=_read(options["cross_validation"]),
    )


def _n_parts(options: dict[str, Any]) -> int:
    """Without a cross-validation, only speakers who validate can tell how certain to be."""
    from mlcore.networks import architecture

    if options["parts"] is not None:
        return int(options["parts"])
    if options["cross_validation"] is None:
        return N_PARTS
    return architecture(options["architecture"]).n_parts


def _read(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return {key: found[key] for key in CROSS_VALIDATION}
    except (OSError, ValueError, KeyError) as error:
        raise CommandError(f"{path} is no report of compare: {error}") from error
