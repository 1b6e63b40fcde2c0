"""manage.py compare: architectures under named protocols, and the tables of what was measured."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mlcore.dataset import Utterance, read_manifest, select
from mlcore.errors import SersiteError
from mlcore.files import write_text
from recognition.management.commands.evaluate import (
    add_data_arguments,
    data_folder,
    names,
    numbers,
)
from recognition.management.training import Bars, add_recipe_arguments, recipe, sizes

RESULTS = Path("docs/results")
REPORT = "report.json"
PROTOCOLS = ("random_split", "speaker_independent")


class Command(BaseCommand):
    """Train and judge one network a cell; write the tables anew."""

    help = (
        "Fill the table of comparison cell by cell. With --resume, cells whose data have not "
        "changed are kept; with --tables, nothing is trained."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare which cells."""
        add_data_arguments(parser, folds_help="to test (default: all)")
        add_recipe_arguments(parser)
        parser.add_argument("--architectures", type=names, default=(), help="default: all")
        parser.add_argument("--protocols", type=names, default=PROTOCOLS)
        parser.add_argument("--seeds", type=numbers, default=(1,))
        parser.add_argument("--parts", type=int, help="as in train (default: the architecture's)")
        parser.add_argument("--results", type=Path, default=RESULTS)
        parser.add_argument("--resume", action="store_true")
        parser.add_argument("--tables", action="store_true", help="only write the tables")
        parser.add_argument(
            "--pages", type=Path, metavar="FOLDER", help="write every series as a page with plots"
        )
        parser.add_argument("--speeds", action="store_true", help="time every architecture first")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the cells that are missing, then write the tables."""
        folder = data_folder(options)
        try:
            utterances = select(read_manifest(folder), corpora=options["corpora"])
            if options["speeds"]:
                self._measure_speeds(options["results"])
            if not options["tables"]:
                self._run(utterances, folder, options)
            self._write_tables(folder, options["results"])
            if options["pages"]:
                self._write_pages(folder, options)
        except (SersiteError, ValueError) as error:
            raise CommandError(str(error)) from error

    def _run(self, utterances: Sequence[Utterance], folder: Path, options: dict[str, Any]) -> None:
        from mlcore.comparison import is_done, run_cell
        from mlcore.options import Places

        places = Places(data=folder, output=options["results"], cache=options["cache"])
        for cell in _cells(utterances, options):
            if options["resume"] and is_done(cell, utterances, options["results"]):
                self.stdout.write(f"{cell.name}: kept")
                continue
            with Bars() as bars:
                content = run_cell(cell, utterances, places, bars.progress())
            scores = content["scores"]
            self.stdout.write(
                f"{cell.name}: UAR {scores['uar']:.3f} accuracy {scores['accuracy']:.3f} "
                f"after {content['seconds']:.0f} s"
            )
            sys.stdout.flush()

    def _measure_speeds(self, results: Path) -> None:
        from mlcore.comparison import SPEEDS, measure_speed
        from mlcore.networks import ARCHITECTURES

        clip = Path(settings.BASE_DIR) / "docs" / "samples" / "train.flac"
        found = {name: measure_speed(name, clip) for name in ARCHITECTURES}
        results.mkdir(parents=True, exist_ok=True)
        write_text(results / SPEEDS, json.dumps(found, indent=2) + "\n")

    def _write_tables(self, folder: Path, results: Path) -> None:
        from mlcore.result_tables import write_tables

        pages = write_tables(results, read_manifest(folder), Path(settings.BASE_DIR))
        for page in pages:
            self.stdout.write(f"{page} written")

    def _write_pages(self, folder: Path, options: dict[str, Any]) -> None:
        from mlcore.report_page import write_page
        from mlcore.series import full_report, read_series

        utterances = read_manifest(folder)
        for series in read_series(options["results"]):
            if not series.is_complete:
                continue
            content = full_report(series, utterances).to_dict()
            place = options["pages"] / series.name
            page = write_page(place, content, title=", ".join(map(str, series.key)))
            (place / REPORT).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
            self.stdout.write(f"{page} written")


def _cells(utterances: Sequence[Utterance], options: dict[str, Any]) -> Iterator[Any]:
    from mlcore.comparison import Cell, parts_of
    from mlcore.networks import ARCHITECTURES, architecture
    from mlcore.options import TrainingOptions

    for name in options["architectures"] or ARCHITECTURES:
        own = {**options, "architecture": name}
        n_parts = architecture(name).n_parts if options["parts"] is None else options["parts"]
        for protocol in options["protocols"]:
            for seed in options["seeds"]:
                training = TrainingOptions(
                    name=name,
                    architecture=name,
                    sizes=sizes(own),
                    recipe=recipe(options),
                    corpora=options["corpora"],
                    n_parts=n_parts,
                    seed=seed,
                )
                for part in parts_of(protocol, utterances, options["folds"]):
                    yield Cell(training, protocol, part)
