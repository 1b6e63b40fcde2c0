"""A speaker encoder that learned from thousands of voices, emotion heads on it, a branch beside it.

The encoder's LSTM layers were trained to tell speakers apart (GE2E); how somebody sounds at a
moment is in their states. Statistics over time, of the second layer or of all, and of the log-mel
spectrogram itself, go into dense heads and linear discriminants; an `attentive_cnn` hears the
spectrogram as it is. The encoder stays as it was published; the others are fitted each for
itself, and their log-posteriors are averaged.

References
----------
Wan et al., "Generalized end-to-end loss for speaker verification", ICASSP 2018. The weights are
Resemblyzer's (Apache-2.0), see pretrained/ge2e.
"""

import io
from collections.abc import Sequence
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
ENCODER_SHA256 = "05cc38d4e908ba1ba15a7cdbfeb6869ab36f69859d53236947e333680c15031c"
N_LAYERS = 2
N_STATES = 256
N_MELS = 40
N_STATISTICS = 8  # of everything that changes over time
# Of the second layer and of the spectrogram.
N_NARROW = N_STATISTICS * (N_STATES + N_MELS)
STATE_LAGS, MEL_LAGS = (4, 16), (1, 4)  # frames of 10 ms between which steps are measured
PADDING_DB = -1000.0  # in all bands of a frame after the end of a clip, see `padded`
# Whether a head hears only these, and whether it names the domain.
HEADS = ((True, True), (False, True), (True, False), (False, False))
# Whether a discriminant names the domain: one knows the corpora best, the other all others.
DISCRIMINANTS = (True, False)
HEAD_RECIPE = Recipe(
    epochs=50,
    batch_size=512,
    learning_rate=2e-3,
    n_copies=2,
    mixup=0.3,
    label_smoothing=0.05,
    weight_decay=1e-2,
)


@dataclass(frozen=True)
class Config:
    """Number and units of the heads, number and sizes of the branches, share of each kind.

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
    discriminant_share : float
        What two linear discriminants count beside the heads, of 1; 0 for none.
    """

    n_heads: int = 3
    n_units: int = 192
    dropout: float = 0.5
    n_branches: int = 0
    branch_share: float = 0.2
    branch: dict[str, Any] = field(default_factory=dict)
    n_domains: int = 1
    discriminant_share: float = 0.3


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
        With the sub-models ``encoder``, ``head_0``, ..., ``discriminant_0``, ... and
        ``branch_0``, ...; to log-posteriors (n_clips, n_emotions).
    """
    log_mel = keras.Input(input_shape, name="log_mel")
    statistics = build_encoder(input_shape)(log_mel)
    n_statistics = statistics.shape[-1]
    heads = [_build_head(config, n_statistics, n_emotions, n) for n in range(config.n_heads)]
    discriminants = [
        _build_discriminant(config, n_statistics, n_emotions, n)
        for n in range(len(DISCRIMINANTS) if config.discriminant_share else 0)
    ]
    found = _judged(statistics, heads, discriminants, config)
    branches = [
        _build_branch(config, input_shape, n_emotions, n)(log_mel) for n in range(config.n_branches)
    ]
    found = _mixed(found, branches, config.branch_share)
    return keras.Model(log_mel, found, name="voice_transfer")


def _judged(statistics: Any, heads: list[Any], discriminants: list[Any], config: Config) -> Any:
    """Return the log-posteriors of what hears statistics."""
    found = _mean_log_posteriors([head(statistics) for head in heads])
    others = [discriminant(statistics) for discriminant in discriminants]
    return _mixed(found, others, config.discriminant_share)


def _mixed(found: Any, others: list[Any], share: float) -> Any:
    return (1.0 - share) * found + share * _mean_log_posteriors(others) if others else found


def _mean_log_posteriors(logits: list[Any]) -> Any:
    found = [ops.log_softmax(one) for one in logits]
    return found[0] if len(found) == 1 else layers.Average()(found)


def padded(network: Any, config: Config, n_frames: int) -> Any:
    """Build the same network for clips that are filled up to one length.

    What runs on phones has a fixed length. The states after the end of a clip are left out of
    its statistics, so a shorter clip gets the answer that it would get as it is.

    Parameters
    ----------
    network : keras.Model
        Of `build`, without branches.
    config : Config
        Of the network.
    n_frames : int
        Of the longest clip; the frames after a shorter one are `PADDING_DB`.
    """
    log_mel = keras.Input((n_frames, N_MELS), name="log_mel")
    statistics = build_encoder((n_frames, N_MELS), is_padded=True)(log_mel)
    heads, discriminants = (
        [layer for layer in network.layers if layer.name.startswith(kind)]
        for kind in ("head_", "discriminant_")
    )
    found = _judged(statistics, heads, discriminants, config)
    return keras.Model(log_mel, found, name="voice_transfer_padded")


def build_encoder(input_shape: InputShape, *, is_padded: bool = False) -> Any:
    """Build the encoder: statistics over time of its states and of the log-mel.

    Parameters
    ----------
    input_shape : tuple
    is_padded : bool
        Whether a clip ends where `PADDING_DB` begins.

    Returns
    -------
    keras.Model
        From (n_clips, n_frames, n_mels) in dB to (n_clips, n_statistics); not trainable. The
        second layer's statistics and the spectrogram's come last, see `N_NARROW`.
    """
    log_mel = keras.Input(input_shape, name="log_mel")
    there = ops.cast(log_mel[:, :, :1] > PADDING_DB / 2, "float32") if is_padded else None
    states, found = ops.power(10.0, log_mel / 10.0), []
    for number in range(N_LAYERS):
        states = lstm(N_STATES, return_sequences=True, name=f"lstm_{number}")(states)
        found += _statistics(states, STATE_LAGS, there)
    found += _statistics(log_mel, MEL_LAGS, there)
    encoder = keras.Model(log_mel, ops.concatenate(found, axis=-1), name="encoder")
    _load_published_weights(encoder)
    encoder.trainable = False
    return encoder


def _statistics(values: Any, lags: Sequence[int], there: Any = None) -> list[Any]:
    """Describe (n_clips, n_frames, n_values) over time: level, spread, speed and course.

    Parameters
    ----------
    there : tensor, shape (n_clips, n_frames, 1), optional
        1 up to the end of each clip, 0 after it.

    Returns
    -------
    list
        `N_STATISTICS` of (n_clips, n_values): mean, deviation, largest, smallest, the mean step
        over each lag, and the first two cosines over the clip, which tell rising from falling
        and the middle from both ends.
    """
    if there is not None:
        values = _held(values, there)
    mean = _mean(values, there)
    centered = values - ops.expand_dims(mean, 1)
    deviation = ops.sqrt(_mean(ops.square(centered), there) + EPSILON)
    extremes = [ops.max(values, axis=1), ops.min(values, axis=1)]
    steps = [_mean_step(values, lag, there) for lag in lags]
    count = ops.cumsum(ops.ones_like(values[:, :, :1]) if there is None else there, axis=1)
    place = (count - 0.5) / ops.max(count, axis=1, keepdims=True)
    course = [_mean(ops.cos(np.pi * n * place) * centered, there) for n in (1, 2)]
    return [mean, deviation, *extremes, *steps, *course]


def _mean(values: Any, there: Any) -> Any:
    if there is None:
        return ops.mean(values, axis=1)
    return ops.sum(values * there, axis=1) / ops.sum(there, axis=1)


def _held(values: Any, there: Any) -> Any:
    """Let what is heard last go on after the end: extremes and steps stay what they are."""
    after = ops.concatenate([there[:, 1:], ops.zeros_like(there[:, :1])], axis=1)
    last = ops.sum(values * (there - after), axis=1, keepdims=True)
    return ops.where(there > 0.5, values, last)


def _mean_step(values: Any, lag: int, there: Any) -> Any:
    """Compare every frame with a later one, the last frames with the last one."""
    end = ops.repeat(values[:, -1:], lag, axis=1)
    later = ops.concatenate([values, end], axis=1)[:, lag:]
    return _mean(ops.abs(later - values), there)


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


def _build_discriminant(config: Config, n_statistics: int, n_emotions: int, number: int) -> Any:
    """Build one linear discriminant: from statistics (n_clips, n_statistics) to logits."""
    statistics = keras.Input((n_statistics,), name="statistics")
    n_domains = config.n_domains if DISCRIMINANTS[number] else 1
    logits = emotion_logits(normalized(statistics)[:, -N_NARROW:], n_emotions, n_domains)
    return keras.Model(statistics, logits, name=f"discriminant_{number}")


def _build_branch(config: Config, input_shape: InputShape, n_emotions: int, number: int) -> Any:
    """Build one branch: from log-mel to logits."""
    sizes = _branch_sizes(config)
    return attentive_cnn.build(sizes, input_shape, n_emotions, name=f"branch_{number}")


def _branch_sizes(config: Config) -> attentive_cnn.Config:
    return attentive_cnn.Config(**{"n_domains": config.n_domains, **config.branch})


def members(network: Any, config: Config) -> list[Member]:
    """Return what is fitted: heads and discriminants on statistics, branches on the features."""
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
    discriminants = [
        Member(
            network.get_layer(f"discriminant_{n}"),
            "voice_transfer_discriminant",
            {"names_domain": names_domain, "n_domains": config.n_domains},
            HEAD_RECIPE,
            hears_encoder=True,
            is_discriminant=True,
        )
        for n, names_domain in enumerate(DISCRIMINANTS if config.discriminant_share else ())
    ]
    sizes = vars(_branch_sizes(config))
    return (
        heads
        + discriminants
        + [
            Member(network.get_layer(f"branch_{n}"), "attentive_cnn", sizes, attentive_cnn.RECIPE)
            for n in range(config.n_branches)
        ]
    )
