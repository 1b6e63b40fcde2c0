"""Fit one network to examples: schedule, early stopping, checkpoints from which it goes on."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from mlcore.batches import Batch, Drawing, Examples, draw_epoch, judge_all
from mlcore.errors import TrainingError
from mlcore.metrics import uar
from mlcore.networks.config import Recipe

STATE = "state.json"
WARM_UP_SHARE = 10  # the learning rate rises in one part of so many
CLIP_NORM = 5.0


@dataclass(frozen=True)
class EpochLog:
    """How far a network is; the validation UAR is None without validation speakers."""

    member: str
    epoch: int
    loss: float
    validation_uar: float | None


@dataclass(frozen=True)
class Fitting:
    """How a network is fitted, and where it keeps what it needs to go on.

    Parameters
    ----------
    recipe : Recipe
    n_emotions : int
    seed : int
    member : int
        Number of the network among those of its kind.
    name : str
        What its epochs are reported as.
    folder : Path or None
        For checkpoints; without one, an interrupted fitting begins anew.
    key : str
        What the checkpoint is about: one with another key is not used.
    on_epoch : callable
    """

    recipe: Recipe
    n_emotions: int
    seed: int
    member: int = 0
    name: str = ""
    folder: Path | None = None
    key: str = ""
    on_epoch: Callable[[EpochLog], None] = lambda _: None


@dataclass
class _State:
    """What a checkpoint holds beside the weights."""

    key: str
    logs: list[EpochLog]
    best_uar: float = -1.0
    best_epoch: int = 0

    @property
    def epoch(self) -> int:
        return len(self.logs)


def fit(
    network: Any, training: Examples, validation: Examples | None, fitting: Fitting
) -> list[EpochLog]:
    """Fit a network and leave it with the weights of its best epoch.

    Without validation speakers there is no best epoch to find: all epochs are run, and the last
    one counts.

    Parameters
    ----------
    network : keras.Model
        To logits of all pairs of domain and emotion (n_clips, n_domains * n_emotions).
    training : Examples
    validation : Examples or None
        Of other speakers.
    fitting : Fitting

    Raises
    ------
    TrainingError
        ``training:app:not-finite`` when the loss is no number any more.
    """
    recipe = fitting.recipe
    _compile(network, recipe, n_rows=len(training.labels))
    state, best = _resume(network, fitting)
    while state.epoch < recipe.epochs and state.epoch - state.best_epoch < recipe.patience:
        loss = _run_epoch(network, training, fitting, state.epoch + 1)
        reached = None if validation is None else mean_uar(network, validation, fitting.n_emotions)
        state.logs.append(EpochLog(fitting.name, state.epoch + 1, loss, reached))
        if reached is None or reached > state.best_uar:
            best, state.best_epoch = network.get_weights(), state.epoch
            state.best_uar = reached or 0.0
        _save(network, fitting, state)
        fitting.on_epoch(state.logs[-1])
    network.set_weights(best)
    return state.logs


def mean_uar(network: Any, examples: Examples, n_emotions: int) -> float:
    """Average the corpora's UAR, so that a large corpus does not decide alone."""
    pairs = judge_all(network, examples.inputs).reshape(len(examples.labels), -1, n_emotions)
    found = np.logaddexp.reduce(pairs, axis=1).argmax(axis=1)
    labels, groups = examples.labels, examples.groups
    return float(np.mean([uar(labels[groups == g], found[groups == g]) for g in np.unique(groups)]))


def _compile(network: Any, recipe: Recipe, *, n_rows: int) -> None:
    n_steps = recipe.epochs * max(1, n_rows // recipe.batch_size)
    n_warm_up = n_steps // WARM_UP_SHARE
    schedule = keras.optimizers.schedules.CosineDecay(
        recipe.learning_rate / WARM_UP_SHARE,
        decay_steps=max(1, n_steps - n_warm_up),
        warmup_target=recipe.learning_rate,
        warmup_steps=n_warm_up,
    )
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    optimizer = keras.optimizers.AdamW(
        schedule, weight_decay=recipe.weight_decay, clipnorm=CLIP_NORM
    )
    network.compile(optimizer=optimizer, loss=loss)


def _run_epoch(network: Any, training: Examples, fitting: Fitting, epoch: int) -> float:
    """Run once over the training examples; return the mean loss."""
    recipe = fitting.recipe
    seeds = [fitting.seed, fitting.member, epoch]
    _reseed(network, seeds)
    drawing = Drawing(
        batch_size=recipe.batch_size,
        n_emotions=fitting.n_emotions,
        n_domains=network.output_shape[-1] // fitting.n_emotions,
        label_smoothing=recipe.label_smoothing,
        mixup=recipe.mixup,
        spec_augment=recipe.spec_augment,
        max_frames=recipe.max_frames,
    )

    def draw() -> Iterator[Batch]:
        rng = np.random.default_rng(seeds)
        return draw_epoch(training, drawing, rng)

    losses = []
    for inputs, targets, weights in _prefetched(draw, len(network.inputs)):
        x = inputs if len(inputs) > 1 else inputs[0]
        losses.append(float(network.train_on_batch(x, targets, sample_weight=weights)))
        if not np.isfinite(losses[-1]):
            raise TrainingError("training:app:not-finite", {"loss": losses[-1], "epoch": epoch})
    return float(np.mean(losses))


def _reseed(network: Any, seeds: list[int]) -> None:
    """Give dropout the state that belongs to this epoch, whatever was run before."""
    rng = np.random.default_rng(seeds)
    for layer in network.layers:
        if hasattr(layer, "seed_generator"):
            layer.seed_generator.state.assign(rng.integers(2**31, size=2))


def _prefetched(draw: Callable[[], Iterator[Batch]], n_inputs: int) -> Iterator[Any]:
    """Prepare batches while the network works, through tf.data where TensorFlow is the backend."""
    if keras.backend.backend() != "tensorflow":
        return draw()
    import tensorflow as tf

    inputs, targets, _ = next(draw())
    signature = (
        tuple(tf.TensorSpec((None, *(None,) * (array.ndim - 1))) for array in inputs),
        tf.TensorSpec((None, targets.shape[1])),
        tf.TensorSpec((None,)),
    )
    dataset = tf.data.Dataset.from_generator(draw, output_signature=signature)
    shapes = tuple((None, *(None,) * (a.ndim - 2), a.shape[-1]) for a in inputs)

    def fix(found: Any, target: Any, weight: Any) -> Any:
        return (
            tuple(tf.ensure_shape(f, s) for f, s in zip(found, shapes, strict=True)),
            target,
            weight,
        )

    return iter(dataset.map(fix).prefetch(4))


def _resume(network: Any, fitting: Fitting) -> tuple[_State, Any]:
    """Load the checkpoint, if there is one of exactly this fitting, and its best weights."""
    fresh = _State(fitting.key, []), network.get_weights()
    if fitting.folder is None or not (fitting.folder / STATE).exists():
        return fresh
    network.optimizer.build(network.trainable_variables)
    untouched = [variable.numpy() for variable in network.optimizer.variables]
    try:
        raw = json.loads((fitting.folder / STATE).read_text(encoding="utf-8"))
        state = _State(**{**raw, "logs": [EpochLog(**log) for log in raw["logs"]]})
        if state.key != fitting.key:
            return fresh
        network.load_weights(_weights_path(fitting.folder, state.best_epoch))
        best = network.get_weights()
        network.load_weights(_weights_path(fitting.folder, state.epoch))
    except (OSError, ValueError, KeyError, TypeError):  # damaged: begin anew
        network.set_weights(fresh[1])
        for variable, value in zip(network.optimizer.variables, untouched, strict=True):
            variable.assign(value)
        return fresh
    return state, best


def _weights_path(folder: Path, epoch: int) -> Path:
    return folder / f"epoch-{epoch}.weights.h5"


def _save(network: Any, fitting: Fitting, state: _State) -> None:
    """Write a checkpoint: weights and the optimizer's state, then what points to them."""
    if fitting.folder is None:
        return
    folder = fitting.folder
    folder.mkdir(parents=True, exist_ok=True)
    network.save_weights(_weights_path(folder, state.epoch))
    scratch = folder / f".{os.getpid()}-{STATE}"
    scratch.write_text(json.dumps(asdict(state)), encoding="utf-8")
    scratch.rename(folder / STATE)
    for path in folder.glob("epoch-*.weights.h5"):
        if path not in (_weights_path(folder, e) for e in (state.epoch, state.best_epoch)):
            path.unlink()
