"""manage.py import_corpus: check a corpus's folder and write its manifest."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from mlcore.corpora import CORPORA
from mlcore.corpora.checking import (
    KINDS,
    CorpusCheck,
    Listed,
    Progress,
    check_corpus,
    check_manifest,
)
from mlcore.corpora.importing import folds_of, require_usable, write_manifest
from mlcore.corpora.manifest import MANIFEST
from mlcore.errors import DatasetError, SersiteError

ANY_CSV = "csv"
N_SHOWN = 5  # findings of a kind that get printed


class Command(BaseCommand):
    """Say what is there, what is missing and what is left out and why."""

    help = (
        "Check a corpus as it was published (or, with the name csv, the recordings that any "
        "manifest lists) and write the usable recordings into a manifest."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare corpus, folder, manifest and report."""
        parser.add_argument("name", choices=(*CORPORA, ANY_CSV), metavar="NAME", help=_names())
        parser.add_argument(
            "folder", type=Path, metavar="FOLDER", help="the corpus; for csv its manifest"
        )
        parser.add_argument(
            "--output",
            type=Path,
            metavar="FILE",
            help=f"the manifest; rows of other corpora stay (default: FOLDER/{MANIFEST}; "
            "for csv nothing is written without it)",
        )
        parser.add_argument(
            "--folds-from", type=Path, metavar="FILE", help="manifest whose speakers keep folds"
        )
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the report there")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, print and write; exit with 1 when nothing can be used."""
        try:
            check = _check(options["name"], options["folder"])
            for line in _report(check):
                self.stdout.write(line)
            if options["json"]:
                _write_json(check, options["json"])
            require_usable(check)
            if options["output"] or options["name"] != ANY_CSV:
                output = options["output"] or options["folder"] / MANIFEST
                self._write(check, output, options["folds_from"])
        except SersiteError as error:
            raise CommandError(f"{error} [{error.code}]") from error

    def _write(self, check: CorpusCheck, output: Path, folds_from: Path | None) -> None:
        rows = write_manifest(check, output, folds_from)
        for fold, speakers in folds_of(rows).items():
            self.stdout.write(f"fold {fold}      {len(speakers)} speakers")
        self.stdout.write(f"{output} written: {len(rows)} rows of {check.name}")


def _names() -> str:
    return f"{', '.join(CORPORA)}, or {ANY_CSV}"


def _check(name: str, folder: Path) -> CorpusCheck:
    # The bar is for people who wait.
    progress: Progress = _bar
    if name != ANY_CSV:
        return check_corpus(CORPORA[name], folder, progress)
    return check_manifest(folder if folder.is_file() else folder / MANIFEST, progress)


def _write_json(check: CorpusCheck, path: Path) -> None:
    text = json.dumps(check.to_dict(), indent=2, ensure_ascii=False)
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        reason = error.strerror or str(error)
        raise DatasetError(
            "dataset:user:unwritable", {"path": str(path), "reason": reason}
        ) from error


def _bar(listed: Sequence[Listed]) -> Iterable[Listed]:
    return tqdm(listed, unit="clip", file=sys.stderr, mininterval=1)


def _report(check: CorpusCheck) -> Iterable[str]:
    corpus = CORPORA.get(check.name)
    if corpus is not None:
        yield f"{corpus.title}, {corpus.license}, {corpus.url}"
    yield f"files       {check.n_files} in {check.folder}"
    for what, n_usable, n_published in (
        ("clips", len(check.recordings), check.n_clips),
        ("speakers", len(check.count("speaker")), check.n_speakers),
    ):
        published = "" if n_published is None else f", {n_published} published"
        yield f"{what:<11} {n_usable} usable{published}"
    for what in ("emotion", "sex"):
        shares = ", ".join(f"{name or '?'} {n}" for name, n in check.count(what).items())
        yield f"{what:<11} {shares or 'none'}"
    counts = Counter(finding.kind for finding in check.findings)
    for kind in KINDS:
        found = [finding for finding in check.findings if finding.kind == kind]
        yield f"{kind:<13} {counts[kind]:>6}"
        for finding in found[:N_SHOWN]:
            yield f"  {finding.path}: {finding.reason}"
        if len(found) > N_SHOWN:
            yield f"  and {len(found) - N_SHOWN} more (--json FILE has them all)"
