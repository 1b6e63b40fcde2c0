"""manage.py predict: the emotion of files and folders, without database or queue."""

import argparse
import csv
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from mlcore.ensembles import Ensemble
from mlcore.errors import AudioError, BundleError, SersiteError
from mlcore.inference import Recognition, Recognizer
from mlcore.labels import EMOTIONS

# What a folder is searched for; a file that is named is tried whatever its name is.
EXTENSIONS = {".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".webm", ".m4a", ".mp4"}


@dataclass(frozen=True)
class Outcome:
    """What became of one file."""

    path: str
    recognition: Recognition | None = None
    error: SersiteError | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON line; a program can rely on exactly these keys."""
        found = self.recognition
        error = {"code": self.error.code, "message": str(self.error)} if self.error else None
        return {
            "path": self.path,
            "emotion": found.emotion if found else None,
            "confidence": found.confidence if found else None,
            "posteriors": found.posteriors if found else None,
            "valence": found.affect.valence if found else None,
            "arousal": found.affect.arousal if found else None,
            "duration_s": found.duration_s if found else None,
            "segments": [asdict(segment) for segment in found.segments] if found else [],
            "error": error,
        }


class Command(BaseCommand):
    """Print emotion, confidence and all eight posteriors of recordings."""

    help = "Recognize the emotion of files or of all recordings in folders."
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare files, bundle and the form of the output."""
        parser.add_argument("paths", nargs="+", type=Path, metavar="FILE_OR_FOLDER")
        parser.add_argument(
            "--model",
            type=Path,
            action="append",
            metavar="FOLDER",
            help="a bundle's folder; named more than once, the mean of their posteriors counts",
        )
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--csv", action="store_true", help="comma-separated values")
        form.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        """Judge every file; exit with 1 if one of them could not be judged."""
        try:
            recognizer = open_bundles(options["model"])
        except BundleError as error:
            raise CommandError(f"{error} [{error.code}]") from error
        files = list(_files(options["paths"]))
        if not files:
            raise CommandError(f"no recordings ({', '.join(sorted(EXTENSIONS))}) were found")
        # The bar is for people who wait: on standard error, and not for a single file.
        bar = tqdm(files, unit="clip", file=sys.stderr, disable=len(files) < 2)
        found = recognizer.recognize_many(bar)
        outcomes = (_outcome(path, one) for path, one in zip(files, found, strict=True))
        if options["json"]:
            n_bad = self._write_json(outcomes)
        elif options["csv"]:
            n_bad = self._write_csv(outcomes)
        else:
            n_bad = self._write_table(list(outcomes), recognizer.bundle.not_sure_below)
        if n_bad:
            sys.exit(1)

    def _write_json(self, outcomes: Iterable[Outcome]) -> int:
        n_bad = 0
        for outcome in outcomes:
            self.stdout.write(json.dumps(outcome.to_dict(), ensure_ascii=False))
            n_bad += outcome.error is not None
        return n_bad

    def _write_csv(self, outcomes: Iterable[Outcome]) -> int:
        writer = csv.writer(self.stdout)
        writer.writerow(
            ["path", "emotion", "confidence", *EMOTIONS, "duration_s", "error_code", "error"]
        )
        n_bad = 0
        for outcome in outcomes:
            writer.writerow(_csv_row(outcome))
            n_bad += outcome.error is not None
        return n_bad

    def _write_table(self, outcomes: list[Outcome], not_sure_below: float) -> int:
        width = max((len(outcome.path) for outcome in outcomes), default=4)
        heads = "".join(f"{emotion:>10}" for emotion in EMOTIONS)
        self.stdout.write(f"{'file':<{width}}  {'emotion':<10}{'confidence':>10}  {heads}")
        for outcome in outcomes:
            self.stdout.write(f"{outcome.path:<{width}}  {_columns(outcome, not_sure_below)}")
        return sum(outcome.error is not None for outcome in outcomes)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield named files as they are, and the recordings in named folders."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = (file for file in path.rglob("*") if file.suffix.lower() in EXTENSIONS)
        yield from sorted(file for file in found if file.is_file())


def open_bundles(folders: list[Path] | None) -> Recognizer | Ensemble:
    """Open the shipped bundle, the one that is named, or several as one."""
    if folders is None or len(folders) == 1:
        return Recognizer.load(folders[0] if folders else None)
    return Ensemble.load(folders)


def _outcome(path: Path, found: Recognition | AudioError) -> Outcome:
    if isinstance(found, AudioError):
        return Outcome(str(path), error=found)
    return Outcome(str(path), found)


def _csv_row(outcome: Outcome) -> list[object]:
    if outcome.error:
        blanks = [""] * (len(EMOTIONS) + 3)
        return [outcome.path, *blanks, outcome.error.code, str(outcome.error)]
    found = outcome.recognition
    assert found is not None
    values = [f"{value:.6f}" for value in found.posteriors.values()]
    confidence, duration_s = f"{found.confidence:.6f}", f"{found.duration_s:.3f}"
    return [outcome.path, found.emotion, confidence, *values, duration_s, "", ""]


def _columns(outcome: Outcome, not_sure_below: float) -> str:
    found = outcome.recognition
    if found is None:
        return f"{outcome.error} [{outcome.error.code if outcome.error else ''}]"
    values = "".join(f"{value:>10.1%}" for value in found.posteriors.values())
    unsure = "  not sure" if found.confidence < not_sure_below else ""
    return f"{found.emotion:<10}{found.confidence:>10.1%}  {values}{unsure}"
