"""Measure what corrections are worth: play corpora's speakers as users who correct a champion.

Clips of some speakers are corrected, so many of them, in one order or another; the champion is
fine-tuned with them and judged on speakers that neither it nor they include.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlcore import bundles
from mlcore.adaptation import FineTuning, Lesson, fine_tune
from mlcore.dataset import Utterance
from mlcore.evaluation import EvaluationReport
from mlcore.files import replacing, write_text
from mlcore.hashing import bytes_sha256
from mlcore.inference import Recognizer
from mlcore.judging import judge_all
from mlcore.options import Places
from mlcore.splits import check_unseen, speakers_of
from mlcore.training import judge_bundle

RANDOM, UNCERTAIN = "random", "uncertain"


@dataclass(frozen=True)
class Point:
    """One fine-tuning: how many corrections of what order, and the scores of unseen speakers.

    Parameters
    ----------
    order : str
        "random", "uncertain" (the champion's least certain answers first), or "" for the
        champion itself.
    n_corrections, seed : int
    uar, ece : float
        Over all clips.
    by_corpus : dict of str to float
        UAR of each corpus.
    seconds : float
        Of the fine-tuning, features included.
    """

    order: str
    n_corrections: int
    seed: int
    uar: float
    ece: float
    by_corpus: dict[str, float]
    seconds: float


@dataclass(frozen=True)
class Study:
    """What is corrected, who judges, and where points are kept.

    Parameters
    ----------
    champion : Path
        A bundle that has heard none of the speakers.
    corrected, unseen : tuple of Utterance
        Of different speakers.
    places : Places
        The output folder keeps a JSON file for each point: what is there is not run again.
    options : FineTuning
    """

    champion: Path
    corrected: tuple[Utterance, ...]
    unseen: tuple[Utterance, ...]
    places: Places
    options: FineTuning

    def __post_init__(self) -> None:
        """Refuse a study whose speakers are known to the champion or corrected and judged."""
        heard = bundles.read_info(self.champion).training_speakers
        check_unseen((*self.corrected, *self.unseen), heard)
        check_unseen(self.unseen, speakers_of(self.corrected))

    def before(self) -> Point:
        """Judge the champion itself."""
        return self._kept("", 0, 0, lambda: (self.champion, 0.0))

    def point(self, order: str, n_corrections: int, seed: int) -> Point:
        """Fine-tune with so many corrections and judge the result."""

        def tune() -> tuple[Path, float]:
            chosen = self._ordered(order, seed)[:n_corrections]
            places = Places(self.places.data, self.places.output / "bundle", self.places.cache)
            found = fine_tune(self.champion, Lesson(chosen), places, self.options)
            return places.output, found.seconds

        return self._kept(order, n_corrections, seed, tune)

    def _kept(
        self, order: str, n_corrections: int, seed: int, tune: Callable[[], tuple[Path, float]]
    ) -> Point:
        what = [bundles.read_info(self.champion).sha256, asdict(self.options), order]
        key = bytes_sha256(json.dumps([*what, n_corrections, seed], sort_keys=True).encode())[:16]
        path = self.places.output / f"{order or 'champion'}-{n_corrections}-{seed}-{key}.json"
        if path.exists():
            return Point(**json.loads(path.read_text(encoding="utf-8")))
        bundle, seconds = tune()
        report = judge_bundle(bundle, self.unseen, self.places.data)
        scores = _scores(report)
        point = Point(order, n_corrections, seed, seconds=seconds, **scores)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps(asdict(point), indent=1))
        return point

    def _ordered(self, order: str, seed: int) -> tuple[Utterance, ...]:
        if order == RANDOM:
            rows = np.random.default_rng(seed).permutation(len(self.corrected))
        else:
            rows = np.argsort(self._confidences(), kind="stable")
        return tuple(self.corrected[row] for row in rows)

    def _confidences(self) -> Any:
        """Return how sure the champion is of each clip; what it refuses nobody corrects."""
        path = self.places.output / f"{bundles.read_info(self.champion).sha256[:16]}-sure.npy"
        if not path.exists():
            recognizer = Recognizer.load(self.champion)
            judged = judge_all(recognizer.recognize_many, self.corrected, self.places.data)
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as scratch, scratch.open("wb") as file:
                np.save(file, judged.posteriors.max(axis=1))
        return np.load(path, allow_pickle=False)


def _scores(report: EvaluationReport) -> dict[str, Any]:
    by_corpus = {corpus: scores.uar for corpus, scores in report.by_corpus.items()}
    return {"uar": report.overall.uar, "ece": report.overall.ece, "by_corpus": by_corpus}


def draw(points: Sequence[Point], path: Path) -> Path:
    """Draw UAR of unseen speakers by number of corrections, a line for each order, as PNG.

    Parameters
    ----------
    points : sequence of Point
        The champion's own among them.
    path : Path

    Returns
    -------
    Path
    """
    from matplotlib.figure import Figure  # without pyplot, which would look for a display

    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.subplots()
    start = next(point for point in points if not point.order)
    for order, marker in ((RANDOM, "o"), (UNCERTAIN, "s")):
        counts = sorted({p.n_corrections for p in points if p.order == order})
        of_count = [
            [p.uar for p in points if (p.order, p.n_corrections) == (order, count)]
            for count in counts
        ]
        means = [start.uar, *(float(np.mean(uars)) for uars in of_count)]
        axes.plot([0, *counts], means, marker=marker, label=f"{order} order")
        for count, uars in zip(counts, of_count, strict=True):
            axes.plot([count] * len(uars), uars, ".", color="gray", markersize=3)
    axes.set_xlabel("corrections")
    axes.set_ylabel("UAR, speakers whom nobody corrected")
    axes.set_xscale("symlog", linthresh=50)
    axes.set_xticks([0, *sorted({p.n_corrections for p in points if p.n_corrections})])
    axes.get_xaxis().set_major_formatter("{x:.0f}")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=130)
    return path
