"""From examples of many lengths to the batches that a network is fitted with.

Everything random comes from the seed and the number of the epoch, so that a training that was
interrupted goes on as if it had not been.

References
----------
Zhang et al., "mixup: Beyond empirical risk minimization", ICLR 2018.
Park et al., "SpecAugment: A simple data augmentation method for automatic speech recognition",
Interspeech 2019.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mlcore.features import Features
from mlcore.metrics import Floats, Labels

Inputs = tuple[Features, ...]
Batch = tuple[Inputs, Features, Features]  # inputs, targets, weights

# Batches of about one length come from so many batches' worth of clips, sorted by length.
BUCKET_BATCHES = 20
N_STRIPES = 2  # hidden stretches of time, and as many of bands
MAX_STRIPE_FRAMES = 30
MAX_STRIPE_BANDS = 6
LEVEL_DB = 4.0  # deviation of a random gain
TILT_DB = 2.0  # and of a random slope from the lowest to the highest band
MAX_FRAMES_AT_ONCE = 600  # longest input that is judged whole while a network is fitted


@dataclass(frozen=True)
class Examples:
    """Inputs with their emotions.

    Parameters
    ----------
    inputs : sequence of tuple of numpy.ndarray
        For each example one array for each input of the network, time first.
    labels : numpy.ndarray, shape (n_examples,), int
        Index of the emotion among those that the network knows.
    domains : numpy.ndarray, shape (n_examples,), int
        Where it was recorded, see `networks.parts.emotion_logits`.
    weights : numpy.ndarray, shape (n_examples,), float32
    groups : numpy.ndarray, shape (n_examples,)
        The corpus; scores are averaged over corpora.
    copies : sequence of sequence, optional
        Further versions of all inputs, in the same order; an epoch draws one of each.
    shares : numpy.ndarray, shape (n_examples, n_emotions), optional
        What is learned instead of the label alone where opinions differ; rows sum to 1.
    """

    inputs: Sequence[Inputs]
    labels: Labels
    domains: Labels
    weights: Features
    groups: npt.NDArray[Any]
    copies: Sequence[Sequence[Inputs]] = ()
    shares: Floats | None = None


@dataclass(frozen=True)
class Drawing:
    """What happens to examples on their way into a batch; see `networks.config.Recipe`."""

    batch_size: int
    n_emotions: int
    n_domains: int = 1
    label_smoothing: float = 0.0
    mixup: float = 0.0
    spec_augment: bool = False
    max_frames: int | None = None


def balance(groups: npt.NDArray[Any], labels: Labels) -> Features:
    """Weigh examples so that rare emotions of small corpora are heard.

    Parameters
    ----------
    groups, labels : numpy.ndarray, shape (n_examples,)

    Returns
    -------
    numpy.ndarray, shape (n_examples,), float32
        One over the root of the count, with mean 1. One over the count itself would make a
        handful of clips as loud as a whole corpus.
    """
    keys = [f"{group} {label}" for group, label in zip(groups, labels, strict=True)]
    _, group, counts = np.unique(keys, return_inverse=True, return_counts=True)
    weights = 1.0 / np.sqrt(counts[group])
    return np.asarray(weights / weights.mean(), dtype=np.float32)


def draw_epoch(examples: Examples, drawing: Drawing, rng: np.random.Generator) -> Iterator[Batch]:
    """Yield the batches of one epoch, in random order; the rest that fills no batch is left out.

    Parameters
    ----------
    examples : Examples
    drawing : Drawing
    rng : numpy.random.Generator

    Yields
    ------
    inputs, targets, weights
        Each input (batch_size, ...), targets (batch_size, n_domains * n_emotions), weights
        (batch_size,).
    """
    size = min(drawing.batch_size, len(examples.labels))
    targets = _targets(examples, drawing)
    versions = (examples.inputs, *examples.copies)
    for rows in _rows_of_batches(examples.inputs, size, rng):
        drawn = [versions[rng.integers(len(versions))][row] for row in rows]
        inputs = _stack(drawn, drawing.max_frames, rng)
        if drawing.spec_augment:
            inputs = (_hide_stripes(_color(inputs[0], rng), rng), *inputs[1:])
        yield _mix((inputs, targets[rows], examples.weights[rows]), drawing.mixup, rng)


def _targets(examples: Examples, drawing: Drawing) -> Features:
    """Return targets (n_examples, n_domains * n_emotions); smoothed within the domain."""
    n_emotions, share = drawing.n_emotions, drawing.label_smoothing
    wanted = np.eye(n_emotions)[examples.labels] if examples.shares is None else examples.shares
    targets = np.zeros((len(wanted), drawing.n_domains, n_emotions), dtype=np.float32)
    # a network that knows one domain only takes all for the same
    domains = examples.domains % drawing.n_domains
    targets[np.arange(len(wanted)), domains] = (1.0 - share) * wanted + share / n_emotions
    return targets.reshape(len(wanted), -1)


def _rows_of_batches(
    inputs: Sequence[Inputs], size: int, rng: np.random.Generator
) -> list[npt.NDArray[np.int64]]:
    lengths = np.array([len(arrays[0]) for arrays in inputs])
    order = rng.permutation(len(inputs))
    batches = []
    for start in range(0, len(order), size * BUCKET_BATCHES):
        rows = order[start : start + size * BUCKET_BATCHES]
        rows = rows[np.argsort(lengths[rows], kind="stable")]
        batches += [rows[at : at + size] for at in range(0, len(rows) - size + 1, size)]
    return [batches[number] for number in rng.permutation(len(batches))]


def _stack(
    drawn: Sequence[Inputs], max_frames: int | None, rng: np.random.Generator | None
) -> Inputs:
    """Bring examples to one length, the median one, and put them into one array for each input."""
    if len({tuple(array.shape for array in arrays) for arrays in drawn}) > 1 or max_frames:
        median = int(np.median([len(arrays[0]) for arrays in drawn]))
        drawn = [_window(arrays, min(median, max_frames or median), rng) for arrays in drawn]
    return tuple(np.stack(arrays).astype(np.float32) for arrays in zip(*drawn, strict=True))


def _window(arrays: Inputs, n_frames: int, rng: np.random.Generator | None) -> Inputs:
    """Crop at random, or repeat what is too short; inputs of a coarser step stay in step."""
    steps = [max(1, round(len(arrays[0]) / len(array))) for array in arrays]
    coarsest = max(steps)
    n_cells = max(1, n_frames // coarsest)
    available = min(len(array) * step for array, step in zip(arrays, steps, strict=True))
    spare = available // coarsest - n_cells
    start = int(rng.integers(spare + 1)) if rng is not None and spare > 0 else 0
    windows = []
    for array, step in zip(arrays, steps, strict=True):
        per_cell = coarsest // step
        window = array[start * per_cell : (start + n_cells) * per_cell]
        windows.append(np.resize(window, (n_cells * per_cell, *array.shape[1:])))
    return tuple(windows)


def _color(log_mel: Features, rng: np.random.Generator) -> Features:
    """Change level and tilt of log-mel spectrograms in dB (n_clips, n_frames, n_mels)."""
    n_clips, _, n_mels = log_mel.shape
    slope = np.linspace(-1.0, 1.0, n_mels) * rng.normal(0.0, TILT_DB, (n_clips, 1, 1))
    return np.asarray(log_mel + slope + rng.normal(0.0, LEVEL_DB, (n_clips, 1, 1)), np.float32)


def _hide_stripes(log_mel: Features, rng: np.random.Generator) -> Features:
    """Put each clip's own mean into random stretches of time and of bands."""
    n_frames, n_mels = log_mel.shape[1:]
    for clip in log_mel:
        mean = clip.mean(axis=0)
        for _ in range(N_STRIPES):
            width = int(rng.integers(min(MAX_STRIPE_FRAMES, n_frames // 5) + 1))
            start = int(rng.integers(n_frames - width + 1))
            clip[start : start + width] = mean
            width = int(rng.integers(min(MAX_STRIPE_BANDS, n_mels // 5) + 1))
            start = int(rng.integers(n_mels - width + 1))
            clip[:, start : start + width] = mean[start : start + width]
    return log_mel


def _mix(batch: Batch, mixup: float, rng: np.random.Generator) -> Batch:
    if mixup <= 0:
        return batch
    inputs, targets, weights = batch
    drawn = rng.beta(mixup, mixup, len(weights))
    share = np.maximum(drawn, 1.0 - drawn).astype(np.float32)
    others = rng.permutation(len(weights))
    mixed = [_blend(values, values[others], share) for values in (*inputs, targets, weights)]
    return tuple(mixed[:-2]), mixed[-2], mixed[-1]


def _blend(values: Features, others: Features, share: Features) -> Features:
    share = share.reshape(-1, *([1] * (values.ndim - 1)))
    return np.asarray(share * values + (1.0 - share) * others, dtype=np.float32)


def judge_all(network: Any, inputs: Sequence[Inputs], *, batch_size: int = 64) -> Features:
    """Run a network over examples of many lengths, equally long ones together.

    Parameters
    ----------
    network : keras.Model
    inputs : sequence of tuple of numpy.ndarray

    Returns
    -------
    numpy.ndarray, shape (n_examples, n_outputs), float32
    """
    shapes = [tuple(array.shape for array in arrays) for arrays in inputs]
    order = sorted(range(len(inputs)), key=lambda row: shapes[row])
    results: dict[int, Features] = {}
    start = 0
    while start < len(order):
        rows = [
            row for row in order[start : start + batch_size] if shapes[row] == shapes[order[start]]
        ]
        stacked = [
            np.stack(arrays).astype(np.float32)
            for arrays in zip(*(inputs[r] for r in rows), strict=True)
        ]
        found = network.predict_on_batch(stacked if len(stacked) > 1 else stacked[0])
        results.update(zip(rows, np.asarray(found, dtype=np.float32), strict=True))
        start += len(rows)
    return np.stack([results[row] for row in range(len(inputs))])
