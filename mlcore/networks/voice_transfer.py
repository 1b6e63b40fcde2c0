"""A speaker encoder that learned from thousands of voices, emotion heads on it, a branch beside it.

The encoder's LSTM layers were trained to tell speakers apart (GE2E); how somebody sounds at a
moment is in their states. Statistics over time, of the second layer or of all, and of the log-mel
spectrogram itself, go into dense heads; an `attentive_cnn` hears the spectrogram as it is. The
encoder stays as it was published; heads and branch are fitted each for itself, and their
log-posteriors are averaged.

References
----------
Wan et al., "Generalized end-to-end loss for speaker verification", ICASSP 2018. The weights are
Resemblyzer's (Apache-2.0), see pretrained/ge2e.
"""

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from mlcore.hashing import read_checked
from mlcore.networks import attentive_cnn
from mlcore.networks.config import InputShape, Member, Recipe
from mlcore.networks.parts import EPSILON, emotion_logits, lstm, normalized

ENCODER_PATH = Path(__file__).parents[1] / "pretrained" / "ge2e" / "encoder.npz"
ENCODER_SHA256 = "4be55614d8f53b091dd12a3a2b586e0de9eaef48b0f940b53e479e2f675ec2b2"
N_LAYERS = 3
N_STATES = 256
N_MELS = 40
N_NARROW = 3 * N_STATES + 4 * N_MELS  # statistics of the second layer and of the spectrogram
# Whether a head hears only these, and whether it names the domain.
HEADS = ((True, True), (False, False), (True, False), (False, True))
HEAD_RECIPE = Recipe(
    epochs=50,
    batch_size=512,
    learning_rate=2e-3,
    n_copies=1,
    mixup=0.3,
    label_smoothing=0.05,
    weight_decay=1e-2,
)


@dataclass(frozen=True)
class Config:
    """Number and units of the heads, number and sizes of the branches.

    Parameters
    ----------
    n_heads, n_units : int
    dropout : float
        Of the heads.
    n_branches : int
        Networks that hear the spectrogram beside the encoder.
    branch_share : float
        What the branches count, of 1; found on folds (docs/experiments.md).
    branch : dict
        Sizes of `attentive_cnn`.
    n_domains : int
        See `parts.emotion_logits`.
    """

    n_heads: int = 4
    n_units: int = 176
    dropout: float = 0.5
    n_branches: int = 0
    branch_share: float = 0.2
    branch: dict[str, Any] = field(default_factory=dict)
    n_domains: int = 1


def build(config: Config, input_shape: InputShape, n_emotions: int) -> Any:
    """Build encoder, heads and branches as one network, the encoder with its published weights.

    Parameters
    ----------
    config : Config
    input_shape : tuple
        (n_frames or None, 40): log-mel spectrograms in dB.
    n_emotions : int

    Returns
    -------
    keras.Model
        With the sub-models ``encoder``, ``head_0``, ... and ``branch_0``, ...; to log-posteriors
        (n_clips, n_emotions).
    """
    log_mel = keras.Input(input_shape, name="log_mel")
    statistics = build_encoder(input_shape)(log_mel)
    n_statistics = statistics.shape[-1]
    heads = [
        _build_head(config, n_statistics, n_emotions, n)(statistics) for n in range(config.n_heads)
    ]
    branches = [
        _build_branch(config, input_shape, n_emotions, n)(log_mel) for n in range(config.n_branches)
    ]
    found = _mean_log_posteriors(heads)
    if branches:
        others = _mean_log_posteriors(branches)
        found = (1.0 - config.branch_share) * found + config.branch_share * others
    return keras.Model(log_mel, found, name="voice_transfer")


def _mean_log_posteriors(logits: list[Any]) -> Any:
    found = [ops.log_softmax(one) for one in logits]
    return found[0] if len(found) == 1 else layers.Average()(found)


def build_encoder(input_shape: InputShape) -> Any:
    """Build the encoder: statistics over time of its states and of the log-mel.

    Returns
    -------
    keras.Model
        From (n_clips, n_frames, n_mels) in dB to (n_clips, n_statistics); not trainable. The
        second layer's statistics and the spectrogram's come last, see `N_NARROW`.
    """
    log_mel = keras.Input(input_shape, name="log_mel")
    states, statistics = ops.power(10.0, log_mel / 10.0), []
    for number in range(N_LAYERS):
        states = lstm(N_STATES, return_sequences=True, name=f"lstm_{number}")(states)
        statistics.append([*_mean_and_deviation(states), ops.max(states, axis=1)])
    steps = ops.abs(log_mel[:, 1:] - log_mel[:, :-1])
    spectral = [*_mean_and_deviation(log_mel), *_mean_and_deviation(steps)]
    first, second, third = statistics
    every = ops.concatenate([*first, *third, *second, *spectral], axis=-1)
    encoder = keras.Model(log_mel, every, name="encoder")
    _load_published_weights(encoder)
    encoder.trainable = False
    return encoder


def _mean_and_deviation(values: Any) -> tuple[Any, Any]:
    mean = ops.mean(values, axis=1)
    centered = values - ops.expand_dims(mean, 1)
    return mean, ops.sqrt(ops.mean(ops.square(centered), axis=1) + EPSILON)


def _load_published_weights(encoder: Any) -> None:
    content = io.BytesIO(read_checked(ENCODER_PATH, ENCODER_SHA256))
    with np.load(content, allow_pickle=False) as arrays:
        for layer in range(N_LAYERS):
            names = (f"kernel_{layer}", f"recurrent_{layer}", f"bias_{layer}")
            encoder.get_layer(f"lstm_{layer}").set_weights([arrays[name] for name in names])


def _build_head(config: Config, n_statistics: int, n_emotions: int, number: int) -> Any:
    """Build one head: from statistics (n_clips, n_statistics) to logits.

    Heads take turns in what they hear and whether they name the corpus too: their mistakes differ.
    """
    is_narrow, names_domain = HEADS[number % len(HEADS)]
    statistics = keras.Input((n_statistics,), name="statistics")
    hidden = normalized(statistics)
    if is_narrow:
        hidden = hidden[:, -N_NARROW:]
    hidden = layers.Dropout(config.dropout / 2)(hidden)
    hidden = layers.Dense(config.n_units, activation="relu")(hidden)
    hidden = layers.Dropout(config.dropout)(hidden)
    logits = emotion_logits(hidden, n_emotions, config.n_domains if names_domain else 1)
    return keras.Model(statistics, logits, name=f"head_{number}")


def _build_branch(config: Config, input_shape: InputShape, n_emotions: int, number: int) -> Any:
    """Build one branch: from log-mel to logits."""
    sizes = _branch_sizes(config)
    return attentive_cnn.build(sizes, input_shape, n_emotions, name=f"branch_{number}")


def _branch_sizes(config: Config) -> attentive_cnn.Config:
    return attentive_cnn.Config(**{"n_domains": config.n_domains, **config.branch})


def members(network: Any, config: Config) -> list[Member]:
    """Return what is fitted: heads on the encoder's statistics, branches on the features."""
    head_sizes = {"n_units": config.n_units, "dropout": config.dropout}
    heads = [
        Member(
            network.get_layer(f"head_{n}"),
            "voice_transfer_head",
            {**head_sizes, "n_domains": config.n_domains, "variant": n % len(HEADS)},
            HEAD_RECIPE,
            hears_encoder=True,
        )
        for n in range(config.n_heads)
    ]
    sizes = vars(_branch_sizes(config))
    return heads + [
        Member(network.get_layer(f"branch_{n}"), "attentive_cnn", sizes, attentive_cnn.RECIPE)
        for n in range(config.n_branches)
    ]
