"""Linear discriminants: what they compute, and that they are part of training and serving."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from mlcore import bundles
from mlcore.adaptation import FineTuning, Lesson, fine_tune
from mlcore.batches import Examples
from mlcore.dataset import read_manifest
from mlcore.discriminant import NEVER, SHRINKAGE, TEMPERATURE, fit_discriminant
from mlcore.networks.parts import (
    JOINT,
    emotion_logits,
    joint_network,
    normalized,
    set_normalization,
)
from mlcore.networks.voice_transfer import DISCRIMINANTS
from mlcore.options import Places
from mlcore.tests.ml.conftest import TINY
from mlcore.training import train

N_FEATURES = 6
SIZES = {"n_heads": 1, "n_units": 8, "discriminant_share": 0.3}
OPTIONS = replace(TINY, sizes=SIZES)


def linear(n_emotions: int, n_domains: int = 1) -> Any:
    """Build a network with one linear layer, whose inputs are taken as they are."""
    inputs = keras.Input((N_FEATURES,))
    network = keras.Model(inputs, emotion_logits(normalized(inputs), n_emotions, n_domains))
    set_normalization(network, np.zeros(N_FEATURES), np.ones(N_FEATURES))
    return network


def clouds(labels: list[int], domains: list[int], n: int = 30) -> Examples:
    """Draw clips around a center for each pair of domain and emotion."""
    rng = np.random.default_rng(1)
    centers = rng.normal(0, 1.0, (8, N_FEATURES))
    pairs = np.repeat(np.arange(len(labels)), n)
    rows = (centers[pairs] + rng.normal(0, 0.3, (len(pairs), N_FEATURES))).astype(np.float32)
    return Examples(
        inputs=[(row,) for row in rows],
        labels=np.array(labels)[pairs],
        domains=np.array(domains)[pairs],
        weights=np.ones(len(pairs), np.float32),
        groups=np.array(["a"] * len(pairs)),
    )


def rows_of(examples: Examples) -> np.ndarray:
    return np.stack([row for (row,) in examples.inputs])


def test_it_is_the_discriminant_that_scikit_learn_computes() -> None:
    examples, network = clouds([0, 1, 2], [0, 0, 0]), linear(3)
    fit_discriminant(network, examples, n_emotions=3)
    found = np.asarray(network(rows_of(examples)))
    expected = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=SHRINKAGE)
    expected.fit(rows_of(examples), examples.labels)
    scores = expected.decision_function(rows_of(examples)) / TEMPERATURE
    np.testing.assert_allclose(found, scores, atol=1e-2)
    assert (found.argmax(axis=1) == examples.labels).mean() > 0.95


def test_it_names_pairs_of_domain_and_emotion() -> None:
    """An emotion that a domain lacks is never heard there."""
    examples, network = clouds([0, 1, 1, 2], [0, 0, 1, 1]), linear(3, n_domains=2)
    fit_discriminant(network, examples, n_emotions=3)
    weights, bias = network.get_layer(JOINT).get_weights()
    missing = [2, 3]  # of domain 0 the third emotion, of domain 1 the first one
    assert (weights[:, missing] == 0).all()
    assert (bias[missing] == np.float32(NEVER / TEMPERATURE)).all()
    pairs = np.asarray(joint_network(network)(rows_of(examples)))
    assert (pairs.argmax(axis=1) == examples.domains * 3 + examples.labels).mean() > 0.95
    assert (np.asarray(network(rows_of(examples))).argmax(axis=1) == examples.labels).mean() > 0.95


@pytest.mark.parametrize("labels", [[1], [0, 1]])
def test_one_emotion_or_two_are_enough(labels: list[int]) -> None:
    examples, network = clouds(labels, [0] * len(labels)), linear(3)
    fit_discriminant(network, examples, n_emotions=3)
    found = np.asarray(network(rows_of(examples)))
    assert (found.argmax(axis=1) == examples.labels).mean() > 0.95


def test_copies_count_as_clips() -> None:
    examples, network, other = clouds([0, 1], [0, 0]), linear(2), linear(2)
    fit_discriminant(network, examples, n_emotions=2)
    copies = [[(row + 1.0,) for (row,) in examples.inputs]]
    fit_discriminant(other, replace(examples, copies=copies), n_emotions=2)
    first, second = (one.get_layer(JOINT).get_weights()[1] for one in (network, other))
    assert np.abs(first - second).max() > 0.01


def test_it_is_trained_served_and_kept_when_corrections_are_learned(
    data: Path, tmp_path: Path
) -> None:
    utterances = read_manifest(data)
    places = Places(data, tmp_path / "bundle", tmp_path / "cache")
    report = train(OPTIONS, utterances, places)
    info = bundles.read_info(report.folder)
    assert info.sizes["discriminant_share"] == 0.3
    before = bundles.build_keras(report.folder, info)
    lesson = Lesson(tuple(u for u in utterances if u.fold == 0))
    tuned = fine_tune(
        report.folder, lesson, replace(places, output=tmp_path / "tuned"), FineTuning()
    )
    after = bundles.build_keras(tuned.folder, tuned.info)
    for number in range(len(DISCRIMINANTS)):
        old, new = (
            one.get_layer(f"discriminant_{number}").get_layer(JOINT).get_weights()[0]
            for one in (before, after)
        )
        assert np.abs(old).max() > 0
        np.testing.assert_array_equal(old, new)


def test_a_bundle_from_before_them_is_built_without(
    data: Path, tmp_path: Path, mels: np.ndarray
) -> None:
    options = replace(TINY, sizes=SIZES | {"discriminant_share": 0.0})
    places = Places(data, tmp_path / "bundle", tmp_path / "cache")
    folder = train(options, read_manifest(data), places).folder
    path = folder / bundles.INFO
    raw = json.loads(path.read_text())
    del raw["sizes"]["discriminant_share"], raw["digest"]  # which is as young
    path.write_text(json.dumps(raw))
    info = bundles.read_info(folder)
    found = bundles.open_keras(folder, info)(mels)
    np.testing.assert_allclose(found, bundles.open_onnx(folder, info)(mels), atol=1e-4)
