"""manage.py benchmark_history: what the history of somebody with very many clips costs."""

import json
import time
from argparse import ArgumentParser
from pathlib import Path

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand
from django.test import Client

from recognition.forms.history import SORTS
from recognition.management.many_clips import Collection, cases, many_clips, measure
from recognition.models import Clip
from recognition.selectors.history import ORDERS, Cursor


class Command(BaseCommand):
    help = (
        "Makes clips of a throwaway user, prints p50, p95 and the number of queries of every "
        "filter, order and search of the history, and removes them again. On a database of its "
        "own: python -m sersite.embedded var/benchmark-history sh -c 'python manage.py migrate && "
        "python manage.py benchmark_history'."
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
            measured = measure(client, query, rounds=rounds)
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
