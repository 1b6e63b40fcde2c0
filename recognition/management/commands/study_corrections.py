"""manage.py study_corrections: what corrections are worth, on corpora played as users."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mlcore.errors import SersiteError
from recognition.management.commands.evaluate import add_data_arguments, data_folder, numbers

COUNTS = (50, 200, 1000)
SEEDS = (1, 2, 3)


class Command(BaseCommand):
    """Fine-tune a champion with so many corrections of two orders; judge unseen speakers."""

    help = "Measure the UAR of unseen speakers before and after corrections, in two orders."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare champion, data and counts."""
        add_data_arguments(parser, folds_help="whose speakers correct (default: 0)")
        parser.add_argument("champion", type=Path, help="a bundle that never heard these speakers")
        parser.add_argument("output", type=Path, help="folder for points and plot")
        parser.add_argument("--unseen-folds", type=numbers, default=(1,), help="who judges")
        parser.add_argument("--counts", type=numbers, default=COUNTS)
        parser.add_argument("--seeds", type=numbers, default=SEEDS, help="of the random order")
        parser.add_argument("--cache", type=Path, default=Path("var/cache/train"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for every point; one that is there already is not run again."""
        from mlcore.correction_study import RANDOM, UNCERTAIN, draw

        try:
            study = self._study(options)
            points = [self._tell(study.before())]
            for count in options["counts"]:
                for seed in options["seeds"]:
                    points.append(self._tell(study.point(RANDOM, count, seed)))
                points.append(self._tell(study.point(UNCERTAIN, count, 0)))
        except SersiteError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{draw(points, options['output'] / 'corrections.png')}")

    def _study(self, options: dict[str, Any]) -> Any:
        from mlcore.adaptation import FineTuning
        from mlcore.correction_study import Study
        from mlcore.dataset import read_manifest, select
        from mlcore.options import Places

        folder = data_folder(options)
        every = read_manifest(folder)
        return Study(
            champion=options["champion"],
            corrected=select(every, corpora=options["corpora"], folds=options["folds"] or (0,)),
            unseen=select(every, folds=options["unseen_folds"]),
            places=Places(folder, options["output"], options["cache"]),
            options=FineTuning(),
        )

    def _tell(self, point: Any) -> Any:
        corpora = "  ".join(f"{name} {uar:.3f}" for name, uar in point.by_corpus.items())
        self.stdout.write(
            f"{point.order or 'champion':10} {point.n_corrections:5} seed {point.seed}: "
            f"UAR {point.uar:.4f}  ECE {point.ece:.3f}  {point.seconds:.0f} s   {corpora}"
        )
        return point
