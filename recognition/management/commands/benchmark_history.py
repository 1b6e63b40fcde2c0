"""manage.py benchmark_history: what pages and exports cost somebody with very many clips."""

import json
import time
from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand
from django.test import Client
from django.utils import timezone

from recognition.forms.dashboard import RANGES
from recognition.forms.history import SORTS
from recognition.management.many_clips import Collection, answer, cases, many_clips, measure
from recognition.models import Clip
from recognition.presentation.exports import EXPORTS
from recognition.selectors.history import ORDERS, Cursor


class Command(BaseCommand):
    help = (
        "Makes clips of a throwaway user, prints p50, p95 and the number of queries of every "
        "filter, order and search of the history and of every range of the dashboard, the speed "
        "of each export, and removes them again. On a database of its own: "
        "python -m sersite.embedded var/benchmark-history sh -c 'python manage.py migrate && "
        "python manage.py collectstatic --noinput && python manage.py benchmark_history'."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--clips", type=int, default=1_000_000)
        parser.add_argument("--rounds", type=int, default=40)
        parser.add_argument("--json", type=Path, help="Also write the figures to this file.")

    def handle(self, *args: object, **options: object) -> None:
        n_clips, rounds, path = options["clips"], options["rounds"], options["json"]
        assert isinstance(n_clips, int)
        assert isinstance(rounds, int)
        self.figures: dict[str, dict[str, float]] = {}
        self.stdout.write(f"Making {n_clips:,} clips of one user ...")
        start = time.perf_counter()
        with many_clips(n_clips) as collection:
            self.stdout.write(f"Made in {time.perf_counter() - start:.0f} s.")
            self.measure_all(collection, n_clips, rounds)
        if isinstance(path, Path):
            path.write_text(json.dumps(self.figures, indent=2) + "\n")

    def measure_all(self, collection: Collection, n_clips: int, rounds: int) -> None:
        client = Client()
        client.force_login(collection.owner, backend=settings.AUTHENTICATION_BACKENDS[0])
        wanted = cases(collection, n_clips) | deep_pages(collection, n_clips)
        for name, query in wanted.items():
            self.measure_page(client, name, f"/clips/?{query}", rounds=rounds)
        for name, _label in RANGES:
            address = f"/dashboard/?range={name}"
            self.measure_page(client, f"dashboard: {name}", address, rounds=max(rounds // 4, 1))
        for extension in EXPORTS:
            self.measure_export(client, extension)

    def measure_page(self, client: Client, name: str, address: str, *, rounds: int) -> None:
        measured = measure(client, address, rounds=rounds)
        p50, p95 = (float(it) for it in np.percentile(measured.milliseconds, [50, 95]))
        self.figures[name] = {
            "p50_ms": p50,
            "p95_ms": p95,
            "n_queries": measured.n_queries,
            "n_clips": measured.n_clips,
        }
        self.stdout.write(
            f"  {name:<30}{p50:8.1f} ms p50{p95:8.1f} ms p95"
            f"{measured.n_queries:4d} queries{measured.n_clips:4d} clips"
        )

    def measure_export(self, client: Client, extension: str) -> None:
        """Of the newest clips, as many as 15 days have."""
        since = timezone.localdate() - timedelta(days=15)
        start, before = time.perf_counter(), peak_mib()
        parts = answer(client, f"/clips/export.{extension}?since={since}")
        n_bytes = len(next(parts))
        first_s = time.perf_counter() - start
        n_bytes += sum(len(part) for part in parts)
        seconds = time.perf_counter() - start
        name, growth = f"export: {extension}", peak_mib() - before
        self.figures[name] = {"first_s": first_s, "s": seconds, "growth_mib": growth}
        self.stdout.write(
            f"  {name:<30}{first_s:8.1f} s to the first part{seconds:8.1f} s for"
            f"{n_bytes / 1e6:8.1f} MB{growth:6.0f} MiB more memory"
        )


def peak_mib() -> float:
    return getrusage(RUSAGE_SELF).ru_maxrss / 1024


def deep_pages(collection: Collection, n_clips: int) -> dict[str, str]:
    """In the middle of each order, and near its end where clips without the value are."""
    pages = {}
    for sort, _label in SORTS:
        order = ORDERS[sort]
        ordered = Clip.objects.filter(owner=collection.owner).annotate(position=order.value)
        for place, part in (("middle", 0.5), ("end", 0.99)):
            clip = ordered.order_by(*order.by())[int(part * n_clips)]
            pages[f"deep: {sort}, {place}"] = f"sort={sort}&after={Cursor.of(clip)}"
    return pages
