"""All cells of one architecture under one protocol, and what they say of unseen people together."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlcore.calibration import Calibration, calibrate, posteriors_of
from mlcore.comparison import read_cell, read_posteriors
from mlcore.dataset import Utterance
from mlcore.evaluation import EvaluationReport, report
from mlcore.metrics import Floats
from mlcore.protocols import PROTOCOLS

SMALLEST_POSTERIOR = 1e-6
N_FOLDS = 5  # of the manifest


# Folder of the corpora, architecture, protocol, seed.
Key = tuple[str, str, str, int]


@dataclass(frozen=True)
class Series:
    """All cells of one architecture under one protocol with one seed.

    Parameters
    ----------
    corpora : str
        As in the name of the folder: joined by "+", or "all".
    architecture, protocol : str
    seed : int
    cells : list of dict
        What the JSON files hold, one for each part, and the path of each.
    """

    corpora: str
    architecture: str
    protocol: str
    seed: int
    cells: list[dict[str, Any]]

    @property
    def name(self) -> str:
        """Return what its files are called."""
        return "-".join(str(part) for part in self.key)

    @property
    def key(self) -> Key:
        """Return what it is known by."""
        return self.corpora, self.architecture, self.protocol, self.seed

    @property
    def is_complete(self) -> bool:
        """Tell whether all folds are there, where there are folds."""
        return self.protocol != "speaker_independent" or len(self.cells) == N_FOLDS

    def mean(self, name: str) -> float:
        """Average one of the figures over the parts."""
        return float(np.mean([cell["scores"][name] for cell in self.cells]))


def read_series(folder: Path) -> list[Series]:
    """Read all cells below a folder.

    Raises
    ------
    ValueError
        When a cell is damaged; the sentence names it.
    """
    found: dict[Key, list[dict[str, Any]]] = defaultdict(list)
    for path in sorted(folder.glob("*/*/*.json")):
        cell = read_cell(path) | {"path": path}
        key = (path.parts[-3], cell["architecture"], cell["protocol"], cell["seed"])
        found[key].append(cell)
    return [Series(*key, cells) for key, cells in found.items()]


@dataclass(frozen=True)
class CrossValidation:
    """What a series says of all speakers, each judged by a network that never heard them.

    Parameters
    ----------
    report : EvaluationReport
        With posteriors calibrated on the other parts' speakers.
    calibration : Calibration
        From all of them; for the network that is trained on all.
    utterances : tuple of Utterance
        Who was judged.
    posteriors : numpy.ndarray, shape (n_clips, n_emotions)
        The calibrated ones.
    """

    report: EvaluationReport
    calibration: Calibration
    utterances: tuple[Utterance, ...]
    posteriors: Floats

    def to_dict(self) -> dict[str, Any]:
        """Return what `train --cross-validation` takes."""
        return asdict(self.calibration) | {"scores": {"cross_validation": self.report.to_dict()}}


def cross_validation(series: Series, utterances: Sequence[Utterance]) -> CrossValidation:
    """Pool the parts of a series.

    Every part's temperature comes from the answers about the other parts' speakers, so that
    nobody has a say in how certain the network is about them.
    """
    judged = [_logits(cell, utterances) for cell in series.cells]
    pooled: list[Utterance] = []
    calibrated: list[Floats] = []
    for number, (test, logits) in enumerate(judged):
        others = [part for n, part in enumerate(judged) if n != number] or judged
        pooled += test
        calibrated.append(posteriors_of(logits, temperature=_calibration(others).temperature))
    posteriors = np.concatenate(calibrated)
    found = report(pooled, posteriors, protocol=PROTOCOLS[series.protocol])
    return CrossValidation(found, _calibration(judged), tuple(pooled), posteriors)


def full_report(series: Series, utterances: Sequence[Utterance]) -> EvaluationReport:
    """Report all that a series says; calibrated only where every part has speakers of its own."""
    if series.protocol == "speaker_independent":
        return cross_validation(series, utterances).report
    judged = [read_posteriors(cell["path"], utterances) for cell in series.cells]
    pooled = [utterance for test, _ in judged for utterance in test]
    posteriors = np.concatenate([rows for _, rows in judged])
    return report(pooled, posteriors, protocol=PROTOCOLS[series.protocol])


def _logits(
    cell: dict[str, Any], utterances: Sequence[Utterance]
) -> tuple[list[Utterance], Floats]:
    test, posteriors = read_posteriors(cell["path"], utterances)
    logs = np.log(np.maximum(posteriors, SMALLEST_POSTERIOR))
    return test, logs * cell["temperature"]


def _calibration(judged: Iterable[tuple[list[Utterance], Floats]]) -> Calibration:
    judged = list(judged)
    labels = np.array([u.label for utterances, _ in judged for u in utterances])
    logits = np.concatenate([rows for _, rows in judged])
    answered = np.isfinite(logits).all(axis=1)
    return calibrate(logits[answered], labels[answered])
