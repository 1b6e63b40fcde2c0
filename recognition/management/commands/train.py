"""manage.py train: from labelled recordings to a bundle."""

import argparse
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from mlcore.errors import SersiteError
from recognition.management.commands.evaluate import add_data_arguments, data_folder, numbers


class Command(BaseCommand):
    """Train a network and write it as a bundle."""

    help = "Train on the utterances of a manifest; the fold column decides who is heard."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare data, network and course of the training."""
        add_data_arguments(parser, folds_help="for training and validation (default: all)")
        parser.add_argument("output", type=Path, metavar="FOLDER", help="the bundle's folder")
        parser.add_argument("--name", help="of the bundle (default: the folder's name)")
        parser.add_argument("--architecture", default="voice_transfer")
        parser.add_argument("--test-folds", type=numbers, default=(), help="scored at the end")
        parser.add_argument("--epochs", type=int, default=10, help="over clips and copies")
        parser.add_argument("--batch-size", type=int, default=512)
        parser.add_argument("--learning-rate", type=float, default=2e-3)
        parser.add_argument("--copies", type=int, default=2, help="augmented copies of a clip")
        parser.add_argument("--heads", type=int, default=10, help="heads that are averaged")
        parser.add_argument("--units", type=int, default=128, help="of each head")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--cache", type=Path, default=Path("var/cache/encoded"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Train with a progress bar and print the figures."""
        # TensorFlow takes seconds to import; --help and mistakes shall not wait for it.
        from mlcore.dataset import read_manifest
        from mlcore.training import Places, train

        folder = data_folder(options)
        places = Places(data=folder, output=options["output"], cache=options["cache"])
        bars = _Bars()
        try:
            report = train(_options(options), read_manifest(folder), places, bars.progress())
        except SersiteError as error:
            raise CommandError(f"{error} [{error.code}]") from error
        finally:
            bars.close()
        for name, found in report.reports.items():
            self.stdout.write(f"{name}: {len(found.speakers)} speakers")
            for corpus, s in found.by_corpus.items():
                self.stdout.write(f"  {corpus:<16} UAR {s.uar:.3f}  ECE {s.ece:.3f}")
        info = report.info
        self.stdout.write(f"temperature {info.temperature:.3f}, not sure {info.not_sure_below}")
        self.stdout.write(f"{report.folder} written after {report.seconds:.0f} s")


def _options(options: dict[str, Any]) -> Any:
    from mlcore.networks import NetworkConfig
    from mlcore.training import TrainingOptions

    return TrainingOptions(
        name=options["name"] or options["output"].name,
        architecture=options["architecture"],
        corpora=options["corpora"],
        folds=options["folds"],
        test_folds=options["test_folds"],
        epochs=options["epochs"],
        batch_size=options["batch_size"],
        learning_rate=options["learning_rate"],
        n_copies=options["copies"],
        seed=options["seed"],
        network=NetworkConfig(n_heads=options["heads"], n_units=options["units"]),
    )


class _Bars:
    """Two progress bars on standard error: clips that are encoded, epochs with loss and UAR."""

    def __init__(self) -> None:
        self.clips: tqdm[Any] = tqdm(desc="encode", unit="clip", total=0, file=sys.stderr)
        self.epochs: tqdm[Any] | None = None

    def progress(self) -> Any:
        from mlcore.training import Progress

        return Progress(self._on_clips, self._on_clip, self._on_epoch)

    def _on_clips(self, n_clips: int) -> None:
        self.clips.reset(total=n_clips)

    def _on_clip(self, n_clips: int) -> None:
        self.clips.update(n_clips)

    def _on_epoch(self, log: Any) -> None:
        if self.epochs is None:
            self.clips.close()
            self.epochs = tqdm(desc="train", unit="epoch", file=sys.stderr)
        self.epochs.update(1)
        self.epochs.set_postfix(
            head=log.head, loss=f"{log.loss:.3f}", uar=f"{log.validation_uar:.3f}"
        )

    def close(self) -> None:
        self.clips.close()
        if self.epochs is not None:
            self.epochs.close()
