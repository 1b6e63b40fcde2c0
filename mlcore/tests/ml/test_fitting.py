"""Fitting: it goes on where it was interrupted, stops in time, and keeps the best epoch."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from mlcore.batches import Examples
from mlcore.errors import TrainingError
from mlcore.fitting import EpochLog, Fitting, fit
from mlcore.networks import Recipe, set_normalization
from mlcore.networks.baseline import Config, build

RECIPE = Recipe(epochs=6, batch_size=16, learning_rate=1e-2, patience=10, mixup=0.2)


def examples(seed: int, *, noise: float = 1.0) -> Examples:
    """Make vectors of eight emotions around eight centers."""
    centers = np.random.default_rng(0).standard_normal((8, 20))
    labels = np.tile(np.arange(8), 12)
    rows = centers[labels] + noise * np.random.default_rng(seed).standard_normal((96, 20))
    inputs = [(row.astype(np.float32),) for row in rows]
    groups = np.array(["one", "two"] * 48)
    return Examples(inputs, labels, 0 * labels, np.ones(96, np.float32), groups)


def network() -> Any:
    """Build a linear network with dropout, whose randomness must be repeatable too."""
    keras.utils.set_random_seed(0)
    built = build(Config(), (20,), 8)
    set_normalization(built, np.zeros(20), np.ones(20))
    dropped = keras.layers.Dropout(0.2)(built.input)
    return keras.Model(built.input, built(dropped))


def fitting(folder: Path | None, **options: Any) -> Fitting:
    return Fitting(RECIPE, 8, seed=5, folder=folder, key="k", **options)


def test_it_learns_what_can_be_learned() -> None:
    longer = replace(fitting(None), recipe=replace(RECIPE, epochs=40, patience=40))
    logs = fit(network(), examples(1), examples(2), longer)
    assert logs[-1].loss < logs[0].loss
    assert max(log.validation_uar or 0.0 for log in logs) > 0.9


def test_a_killed_fitting_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    whole = network()
    expected = fit(whole, examples(1), examples(2), fitting(tmp_path / "whole"))

    class KilledError(Exception):
        pass

    def die(log: EpochLog) -> None:
        if log.epoch == 3:
            raise KilledError

    for _ in range(2):  # the second one finds three epochs done and dies no more
        again = network()
        try:
            found = fit(again, examples(1), examples(2), fitting(tmp_path / "cut", on_epoch=die))
        except KilledError:
            continue
    assert [log.epoch for log in found] == [1, 2, 3, 4, 5, 6]
    np.testing.assert_allclose([g.loss for g in found], [g.loss for g in expected], rtol=1e-4)
    for one, other in zip(again.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_a_finished_fitting_is_not_run_again(tmp_path: Path) -> None:
    first = network()
    fit(first, examples(1), examples(2), fitting(tmp_path))
    told: list[EpochLog] = []
    second = network()
    fit(second, examples(1), examples(2), fitting(tmp_path, on_epoch=told.append))
    assert not told
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_checkpoint_of_something_else_is_not_used(tmp_path: Path) -> None:
    fit(network(), examples(1), examples(2), fitting(tmp_path))
    told: list[EpochLog] = []
    other = replace(fitting(tmp_path, on_epoch=told.append), key="other")
    fit(network(), examples(1), examples(2), other)
    assert len(told) == 6


def test_a_damaged_checkpoint_begins_anew(tmp_path: Path) -> None:
    fit(network(), examples(1), examples(2), fitting(tmp_path))
    for path in tmp_path.glob("epoch-*"):
        path.write_bytes(path.read_bytes()[:100])
    told: list[EpochLog] = []
    fit(network(), examples(1), examples(2), fitting(tmp_path, on_epoch=told.append))
    assert len(told) == 6


def test_it_stops_when_strangers_gain_nothing() -> None:
    """Labels of the validation are noise: the first epochs are as good as the last ones."""
    noise = examples(3)
    shuffled = np.random.default_rng(1).permutation(noise.labels)
    stop = replace(fitting(None), recipe=replace(RECIPE, epochs=200, patience=3))
    logs = fit(network(), examples(1), replace(noise, labels=shuffled), stop)
    assert len(logs) < 60
    best = int(np.argmax([log.validation_uar or 0.0 for log in logs]))
    assert len(logs) == best + 1 + 3


def test_it_ends_with_the_best_epoch() -> None:
    from mlcore.fitting import mean_uar

    kept = network()
    wild = replace(fitting(None), recipe=replace(RECIPE, learning_rate=3.0, epochs=8))
    strangers = examples(2, noise=2.0)
    logs = fit(kept, examples(1, noise=2.0), strangers, wild)
    best = max(log.validation_uar or 0.0 for log in logs)
    assert mean_uar(kept, strangers, 8) == pytest.approx(best)


def test_without_strangers_all_epochs_count() -> None:
    logs = fit(network(), examples(1), None, fitting(None))
    assert [log.validation_uar for log in logs] == [None] * 6


def test_a_loss_that_is_no_number_is_an_error() -> None:
    broken = examples(1)
    broken.inputs[7][0][:] = np.nan
    with pytest.raises(TrainingError) as caught:
        fit(network(), broken, None, fitting(None))
    assert caught.value.code == "training:app:not-finite"
