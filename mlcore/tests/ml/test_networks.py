"""The architectures: what they are made of, what they can learn, and that they can be exported."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlcore.batches import Examples
from mlcore.comparison import measure_speed
from mlcore.features import extract
from mlcore.fitting import Fitting, fit
from mlcore.networks import ARCHITECTURES, Recipe, architecture, build, members, set_normalization
from mlcore.networks.convert_ge2e import convert
from mlcore.networks.voice_transfer import N_NARROW, build_encoder
from mlcore.tests import synth

SMALL: dict[str, dict[str, Any]] = {
    "lstm": {"lstm_1": 8, "lstm_2": 8, "dense": 8},
    "lstm_two_channels": {"lstm_1": 8, "lstm_2": 8, "dense": 8},
    "cnn_bilstm": {"conv_1": 8, "conv_2": 8, "lstm": 8, "dense": 8},
    "cnn_lstm": {"conv_1": 8, "conv_2": 8, "lstm": 8, "dense": 8},
    "cnn2d": {"filters": 4},
    "dual_lstm": {"lstm_1": 8, "lstm_2": 8, "dense": 8},
    "conv1d": {"conv_1": 8, "conv_2": 8, "conv_3": 8, "conv_4": 8, "dense": 8},
    "attentive_cnn": {"filters": 4, "n_channels": 16, "n_blocks": 1, "dense": 8},
    "voice_transfer": {
        "n_heads": 2,
        "n_units": 8,
        "n_branches": 1,
        "branch": {"filters": 4, "n_channels": 16, "n_blocks": 1, "dense": 8},
    },
}


def small(name: str, n_emotions: int = 8) -> Any:
    """Build a small network of an architecture."""
    features = architecture(name).features
    return build(name, SMALL.get(name, {}), features, n_emotions=n_emotions)


def heard(name: str, duration_s: float = 2.0, f0: float = 120.0, seed: int = 0) -> np.ndarray:
    """Return what an architecture hears of a synthetic voice."""
    return extract(synth.voice(duration_s, f0=f0, seed=seed), architecture(name).features)


def test_an_unknown_architecture_is_refused() -> None:
    with pytest.raises(ValueError, match="voice_transfer"):
        architecture("perceptron")


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_it_gives_a_logit_for_each_emotion(name: str) -> None:
    for n_emotions in (6, 8):
        logits = np.asarray(small(name, n_emotions)(heard(name)[np.newaxis], training=False))
        assert logits.shape == (1, n_emotions)
        assert np.isfinite(logits).all()


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_silence_gives_finite_logits(name: str) -> None:
    silence = extract(np.zeros(16_000, np.float32), architecture(name).features)
    assert np.isfinite(np.asarray(small(name)(silence[np.newaxis], training=False))).all()


@pytest.mark.parametrize("name", ["attentive_cnn", "voice_transfer"])
@pytest.mark.parametrize("duration_s", [0.3, 1.01, 6.0])
def test_our_own_take_any_length(name: str, duration_s: float) -> None:
    assert np.asarray(small(name)(heard(name, duration_s)[np.newaxis])).shape == (1, 8)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_nothing_in_it_runs_foreign_code(name: str) -> None:
    kinds = {layer.__class__.__name__ for layer in small(name)._flatten_layers()}
    assert not kinds & {"Lambda", "TFSMLayer"}


@pytest.mark.parametrize(
    ("name", "limit"), [("attentive_cnn", 5_000_000), ("voice_transfer", 5_000_000)]
)
def test_our_own_stay_small(name: str, limit: int) -> None:
    found = architecture(name)
    network = build(name, {}, found.features, n_emotions=8)
    assert sum(int(np.prod(v.shape)) for v in network.trainable_variables) < limit


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name != "voice_transfer"])
def test_it_learns_voices_from_noise(name: str) -> None:
    """Two classes that anything which hears at all tells apart."""
    rng, features = np.random.default_rng(0), architecture(name).features
    noises = [0.1 * rng.standard_normal(48_000).astype(np.float32) for _ in range(4)]
    pairs = [(heard(name, 3.0, seed=n), extract(noise, features)) for n, noise in enumerate(noises)]
    inputs = [(one,) for pair in pairs for one in pair]
    labels = np.array([0, 1] * 4)
    examples = Examples(inputs, labels, 0 * labels, np.ones(8, np.float32), np.array(["x"] * 8))
    network = small(name, n_emotions=2)
    size = network.get_layer("normalize").weights[0].shape[0]
    rows = np.concatenate([array.reshape(-1, size) for (array,) in inputs])
    set_normalization(network, rows.mean(axis=0), rows.var(axis=0))
    recipe = Recipe(epochs=60, batch_size=4, learning_rate=1e-2, patience=60)
    logs = fit(network, examples, examples, Fitting(recipe, n_emotions=2, seed=1))
    assert max(log.validation_uar or 0.0 for log in logs) == 1.0


def test_only_heads_discriminants_and_branches_learn() -> None:
    network = small("voice_transfer")
    assert not network.get_layer("encoder").trainable_weights
    found = members("voice_transfer", SMALL["voice_transfer"], network)
    kinds = ["voice_transfer_head", "voice_transfer_discriminant"]
    assert [member.kind for member in found] == [k for k in kinds for _ in "12"] + ["attentive_cnn"]
    in_members = sum(len(member.network.trainable_weights) for member in found)
    assert in_members == len(network.trainable_weights)


def test_a_branch_is_the_network_of_that_name() -> None:
    """Its weights fit into the other: a fitted one need not be fitted again."""
    branch = small("voice_transfer").get_layer("branch_0")
    alone = small("attentive_cnn")
    alone.set_weights(branch.get_weights())
    mel = heard("attentive_cnn")[np.newaxis]
    np.testing.assert_allclose(np.asarray(alone(mel)), np.asarray(branch(mel)), atol=1e-5)


def test_heads_discriminants_and_branches_count_as_the_configuration_says() -> None:
    network = small("voice_transfer")
    mel = heard("voice_transfer")[np.newaxis]
    statistics = network.get_layer("encoder")(mel)
    heads, discriminants = (
        [network.get_layer(f"{kind}_{n}")(statistics) for n in range(2)]
        for kind in ("head", "discriminant")
    )
    branch = network.get_layer("branch_0")(mel)

    def log_posteriors(logits: Any) -> np.ndarray:
        values = np.asarray(logits)
        return np.asarray(values - np.log(np.exp(values).sum(axis=1, keepdims=True)))

    means = [
        np.mean([log_posteriors(logits) for logits in one], axis=0)
        for one in (heads, discriminants)
    ]
    expected = 0.8 * (0.7 * means[0] + 0.3 * means[1]) + 0.2 * log_posteriors(branch)
    np.testing.assert_allclose(np.asarray(network(mel)), expected, atol=1e-4)


def test_the_encoder_is_an_lstm_in_pytorchs_equations(mels: np.ndarray) -> None:
    """Run all layers by hand, gates in PyTorch's order: input, forget, cell, output."""
    encoder = build_encoder((None, 40))
    states, expected = 10.0 ** (mels[0] / 10.0), []
    for layer in range(2):
        kernel, recurrent, bias = encoder.get_layer(f"lstm_{layer}").get_weights()
        hidden = cell = np.zeros(256)
        output = []
        for frame in states:
            gates = np.split(frame @ kernel + hidden @ recurrent + bias, 4)
            i, f, o = (1 / (1 + np.exp(-gates[n])) for n in (0, 1, 3))
            cell = f * cell + i * np.tanh(gates[2])
            hidden = o * np.tanh(cell)
            output.append(hidden)
        states = np.array(output)
        expected.append(described(states, (4, 16)))
    expected.append(described(mels[0], (1, 4)))
    found = np.asarray(encoder(mels))[0]
    assert found.size - N_NARROW == expected[0].size
    np.testing.assert_allclose(found, np.concatenate(expected), atol=2e-3)


def described(values: np.ndarray, lags: tuple[int, int]) -> np.ndarray:
    """Statistics over time, frame by frame."""
    n_frames = len(values)
    later = [[values[min(t + lag, n_frames - 1)] for t in range(n_frames)] for lag in lags]
    angles = np.pi * (np.arange(n_frames) + 0.5) / n_frames
    return np.concatenate(
        [
            *(values.mean(0), values.std(0), values.max(0), values.min(0)),
            *(np.abs(np.array(frames) - values).mean(0) for frames in later),
            *((np.cos(n * angles)[:, np.newaxis] * values).mean(0) for n in (1, 2)),
        ]
    )


def test_a_clip_of_one_frame_has_statistics_too(mels: np.ndarray) -> None:
    assert np.isfinite(np.asarray(build_encoder((None, 40))(mels[:, :1]))).all()


def test_the_conversion_transposes_and_adds_both_biases() -> None:
    class Tensor:
        def __init__(self, array: np.ndarray) -> None:
            self.array = array

        def numpy(self) -> np.ndarray:
            return self.array

    rng = np.random.default_rng(0)
    shapes = {"weight_ih": (8, 3), "weight_hh": (8, 2), "bias_ih": (8,), "bias_hh": (8,)}
    state = {f"lstm.{name}_l0": Tensor(rng.random(shape)) for name, shape in shapes.items()}
    found = convert(state, n_layers=1)
    assert found["kernel_0"].shape == (3, 8)
    np.testing.assert_array_equal(found["recurrent_0"], state["lstm.weight_hh_l0"].array.T)
    both = state["lstm.bias_ih_l0"].array + state["lstm.bias_hh_l0"].array
    np.testing.assert_array_equal(found["bias_0"], both)


@pytest.mark.parametrize("name", ["lstm", "conv1d", "baseline"])
def test_normalization_gives_mean_zero_and_deviation_one(name: str) -> None:
    network = small(name)
    layer = network.get_layer("normalize")
    shape = (500, *layer.output.shape[1:])
    rows = np.random.default_rng(0).normal(5.0, 0.5, shape).astype(np.float32)
    flat = rows.reshape(-1, shape[-1])
    set_normalization(network, flat.mean(axis=0), flat.var(axis=0))
    scaled = np.asarray(layer(rows)).reshape(-1, shape[-1])
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=1e-2)


def test_recipes_are_complete() -> None:
    for name, found in ARCHITECTURES.items():
        network = small(name)
        for member in members(name, SMALL.get(name, {}), network):
            assert replace(member.recipe, epochs=1).epochs == 1
            assert member.recipe.patience > 0
        assert found.config() == found.config(**vars(found.config()))


def test_size_and_speed_of_an_architecture_are_measured() -> None:
    """Of one that nobody trained: neither depends on the weights."""
    sample = Path(__file__).parents[3] / "docs" / "samples" / "train.flac"
    found = measure_speed("cnn2d", sample)
    network = build("cnn2d", {}, architecture("cnn2d").features, n_emotions=8)
    assert found["n_parameters"] == sum(np.prod(variable.shape) for variable in network.variables)
    assert 4 * found["n_parameters"] < found["onnx_bytes"] < 5 * found["n_parameters"]
    assert found["p50_ms"] > 0
