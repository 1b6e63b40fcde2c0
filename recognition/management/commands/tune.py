"""manage.py tune: search for hyper-parameters; a killed search goes on where it stopped."""

import argparse
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mlcore.errors import SersiteError
from mlcore.files import write_text
from recognition.management.commands.evaluate import add_data_arguments, data_folder
from recognition.management.training import Bars, add_recipe_arguments, recipe, sizes


class Command(BaseCommand):
    """Search with Optuna and print the trials, the best one first."""

    help = "Search learning rate, batch size, regularization and sizes by validation UAR."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare data, network and how long to search."""
        add_data_arguments(parser, folds_help="for training and validation (default: all)")
        add_recipe_arguments(parser)
        parser.add_argument("--architecture", default="conv1d", metavar="NAME")
        parser.add_argument("--trials", type=int, default=20, help="with those already done")
        parser.add_argument(
            "--parts", type=int, default=8, help="of the speakers, one of which validates"
        )
        parser.add_argument("--study", type=Path, default=Path("var/studies/study.log"))
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the table there")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        """Search and print."""
        from mlcore.dataset import read_manifest
        from mlcore.options import Places
        from mlcore.training import validation_uar
        from mlcore.tuning import n_failed, table, tune

        folder = data_folder(options)
        places = Places(data=folder, output=Path(), cache=options["cache"])
        start = _start(options)
        try:
            utterances = read_manifest(folder)
            with Bars() as bars:
                study = tune(
                    lambda chosen: validation_uar(chosen, utterances, places, bars.progress()),
                    start,
                    utterances,
                    options["study"],
                    n_trials=options["trials"],
                )
        except SersiteError as error:
            raise CommandError(f"{error} [{error.code}]") from error
        rows = table(study)
        for row in rows:
            facts = " ".join(f"{k}={v:.4g}" for k, v in row.items() if k not in ("trial", "uar"))
            self.stdout.write(f"{row['uar']:.4f}  trial {row['trial']}  {facts}")
        if n_failed(study):
            self.stdout.write(f"{n_failed(study)} trials failed: their loss became no number")
        if options["json"]:
            write_text(options["json"], json.dumps(rows, indent=2) + "\n")


def _start(options: dict[str, Any]) -> Any:
    from mlcore.options import TrainingOptions

    return TrainingOptions(
        name="tune",
        architecture=options["architecture"],
        sizes=sizes(options),
        recipe=recipe(options),
        corpora=options["corpora"],
        folds=options["folds"],
        n_parts=options["parts"],
        seed=options["seed"],
    )
