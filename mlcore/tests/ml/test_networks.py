"""The architecture: what it is made of, and that its encoder is the published one."""

import numpy as np
import pytest

from mlcore.networks import NetworkConfig, build
from mlcore.networks.convert_ge2e import convert
from mlcore.networks.voice_transfer import build_encoder, build_scaler, fit_scaler

CONFIG = NetworkConfig(n_units=8, n_heads=2)


def test_it_knows_no_other_architecture() -> None:
    with pytest.raises(ValueError, match="voice_transfer"):
        build("perceptron", CONFIG)


@pytest.mark.parametrize("n_frames", [20, 250])
def test_it_takes_any_length_and_gives_eight_logits(n_frames: int) -> None:
    model = build("voice_transfer", CONFIG)
    assert model(np.zeros((3, n_frames, 40), np.float32)).shape == (3, 8)


def test_silence_gives_finite_logits() -> None:
    model = build("voice_transfer", CONFIG)
    assert np.isfinite(np.asarray(model(np.zeros((1, 30, 40), np.float32)))).all()


def test_only_the_heads_learn() -> None:
    model = build("voice_transfer", CONFIG)
    assert not model.get_layer("encoder").trainable_weights
    assert not model.get_layer("scaler").trainable_weights
    assert len(model.trainable_weights) == 4 * CONFIG.n_heads
    assert not any(layer.__class__.__name__ == "Lambda" for layer in model.layers)


def test_the_encoder_is_an_lstm_in_pytorchs_equations(mels: np.ndarray) -> None:
    """Run both layers by hand, gates in PyTorch's order: input, forget, cell, output."""
    encoder = build_encoder(CONFIG)
    states = mels[0]
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
    expected = np.concatenate([states.mean(0), states.std(0), states.max(0)])
    found = np.asarray(encoder(mels))[0, : 3 * 256]
    np.testing.assert_allclose(found, expected, atol=2e-4)


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


def test_the_scaler_gives_mean_zero_and_deviation_one() -> None:
    rows = np.random.default_rng(0).normal(5.0, 0.5, (500, 12)).astype(np.float32)
    scaler = build_scaler(12)
    fit_scaler(scaler, rows)
    scaled = np.asarray(scaler(rows))
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(scaled.std(axis=0), 1, atol=1e-2)
    assert np.abs(np.asarray(scaler(1000 * rows))).max() == 6.0
