"""What the commands that train have in common: options, and bars that show how far it is."""

import argparse
import json
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from django.core.management.base import CommandError
from tqdm import tqdm


def add_recipe_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how a network is fitted; what is not given comes from the architecture's recipe."""
    default = "(default: the architecture's)"
    parser.add_argument("--epochs", type=int, help=f"at most {default}")
    parser.add_argument("--batch-size", type=int, help=default)
    parser.add_argument("--learning-rate", type=float, help=f"the highest one {default}")
    parser.add_argument("--copies", type=int, dest="n_copies", help=f"augmented copies {default}")
    parser.add_argument("--mixup", type=float, help=default)
    parser.add_argument("--weight-decay", type=float, help=default)
    parser.add_argument("--patience", type=int, help=f"epochs without progress {default}")
    parser.add_argument(
        "--size",
        action="append",
        default=[],
        metavar="NAME=NUMBER",
        help="a size of the network, for example dense=32; may be repeated",
    )
    parser.add_argument("--cache", type=Path, default=Path("var/cache/train"))


RECIPE = ("epochs", "batch_size", "learning_rate", "n_copies", "mixup", "weight_decay", "patience")


def recipe(options: dict[str, Any]) -> dict[str, Any]:
    """Return what differs from the architecture's recipe."""
    return {name: options[name] for name in RECIPE if options[name] is not None}


def sizes(options: dict[str, Any]) -> dict[str, Any]:
    """Return what differs from the architecture's sizes, after checking the names."""
    from mlcore.networks import architecture

    found: dict[str, Any] = {}
    for text in options["size"]:
        name, equals, value = text.partition("=")
        if not equals:
            raise CommandError(f"--size {text}: write NAME=NUMBER")
        try:
            found[name] = json.loads(value)
        except ValueError as error:
            raise CommandError(f"--size {text}: {error}") from error
    try:
        architecture(options["architecture"]).config(**found)
    except (ValueError, TypeError) as error:
        raise CommandError(str(error)) from error
    return found


class Bars:
    """Two progress bars on standard error: clips that are read, epochs with loss and UAR."""

    def __enter__(self) -> "Bars":
        self.clips: tqdm[Any] = tqdm(desc="read", unit="clip", total=0, file=sys.stderr)
        self.epochs: tqdm[Any] = tqdm(desc="train", unit="epoch", file=sys.stderr)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.clips.close()
        self.epochs.close()

    def progress(self) -> Any:
        """Return what `mlcore.training` tells its progress to."""
        from mlcore.options import Progress

        return Progress(self._on_clips, self._on_clip, self._on_epoch)

    def _on_clips(self, n_clips: int) -> None:
        self.clips.total = (self.clips.total or 0) + n_clips
        self.clips.refresh()

    def _on_clip(self, n_clips: int) -> None:
        self.clips.update(n_clips)

    def _on_epoch(self, log: Any) -> None:
        self.epochs.update(1)
        uar = "-" if log.validation_uar is None else f"{log.validation_uar:.3f}"
        self.epochs.set_postfix(member=log.member, loss=f"{log.loss:.3f}", uar=uar)
