"""A speaker encoder that learned from thousands of voices, with emotion heads on its states.

The encoder's LSTM layers were trained to tell speakers apart (GE2E); how somebody sounds at a
moment is in their states. Statistics of the second layer over time, and of the log-mel spectrogram
itself, are scaled and go into small dense heads whose logits are averaged. The encoder stays as it
was published.

References
----------
Wan et al., "Generalized end-to-end loss for speaker verification", ICASSP 2018. The weights are
Resemblyzer's (Apache-2.0), see pretrained/ge2e.
"""

import io
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from mlcore.hashing import read_checked
from mlcore.networks.config import NetworkConfig

ENCODER_PATH = Path(__file__).parents[1] / "pretrained" / "ge2e" / "encoder.npz"
ENCODER_SHA256 = "05cc38d4e908ba1ba15a7cdbfeb6869ab36f69859d53236947e333680c15031c"
N_LAYERS = 2
N_STATES = 256
# Scaled statistics beyond this many deviations come from recordings unlike any we trained on.
CLIP_AT = 6.0
EPSILON = 1e-8
MIN_DEVIATION = 1e-3  # a statistic that hardly moves must not become loud by scaling
LOG_FLOOR = 1e-9  # power of a band in digital silence


def build(config: NetworkConfig) -> Any:
    """Build encoder and heads as one network, the encoder with its published weights.

    Parameters
    ----------
    config : NetworkConfig

    Returns
    -------
    keras.Model
        With the sub-models ``encoder``, ``scaler`` and ``head_0``, ...; from power mel spectrograms
        (n_clips, n_frames, n_mels) to logits (n_clips, n_emotions).
    """
    encoder = build_encoder(config)
    n_statistics = encoder.output_shape[-1]
    power_mel = keras.Input((None, config.n_mels), name="power_mel")
    scaled = build_scaler(n_statistics)(encoder(power_mel))
    logits = [build_head(config, n_statistics, number)(scaled) for number in range(config.n_heads)]
    mean = logits[0] if len(logits) == 1 else layers.Average(name="mean_logits")(logits)
    return keras.Model(power_mel, mean, name="voice_transfer")


def build_encoder(config: NetworkConfig) -> Any:
    """Build the encoder: statistics over time of its second layer's states and of the log-mel.

    Returns
    -------
    keras.Model
        From (n_clips, n_frames, n_mels) to (n_clips, n_statistics); not trainable.
    """
    power_mel = keras.Input((None, config.n_mels), name="power_mel")
    states = power_mel
    for layer in range(N_LAYERS):
        # the cuDNN kernel can't be exported
        lstm = layers.LSTM(N_STATES, return_sequences=True, use_cudnn=False, name=f"lstm_{layer}")
        states = lstm(states)
    statistics = [*_state_statistics(states), *_spectral_statistics(power_mel)]
    encoder = keras.Model(power_mel, ops.concatenate(statistics, axis=-1), name="encoder")
    if config.n_mels == NetworkConfig.n_mels:
        _load_published_weights(encoder)
    encoder.trainable = False
    return encoder


def _mean_and_deviation(values: Any) -> tuple[Any, Any]:
    mean = ops.mean(values, axis=1)
    centered = values - ops.expand_dims(mean, 1)
    return mean, ops.sqrt(ops.mean(ops.square(centered), axis=1) + EPSILON)


def _state_statistics(states: Any) -> list[Any]:
    """Pool (n_clips, n_frames, n_states) over time."""
    return [*_mean_and_deviation(states), ops.max(states, axis=1)]


def _spectral_statistics(power_mel: Any) -> list[Any]:
    """Pool the log-mel spectrogram and the size of its steps from frame to frame."""
    log_mel = ops.log(power_mel + LOG_FLOOR)
    steps = ops.abs(log_mel[:, 1:] - log_mel[:, :-1])
    return [*_mean_and_deviation(log_mel), *_mean_and_deviation(steps)]


def _load_published_weights(encoder: Any) -> None:
    content = io.BytesIO(read_checked(ENCODER_PATH, ENCODER_SHA256))
    with np.load(content, allow_pickle=False) as arrays:
        for layer in range(N_LAYERS):
            names = (f"kernel_{layer}", f"recurrent_{layer}", f"bias_{layer}")
            encoder.get_layer(f"lstm_{layer}").set_weights([arrays[name] for name in names])


def build_scaler(n_statistics: int) -> Any:
    """Build what brings every statistic to mean 0 and deviation 1, as `fit_scaler` found them.

    Returns
    -------
    keras.Model
        From (n_clips, n_statistics) to the same shape; not trainable.
    """
    statistics = keras.Input((n_statistics,), name="statistics")
    # A batch normalization that never learns: its two vectors are ordinary weights, which are
    # saved and exported with the rest (those of keras.layers.Normalization are not exported).
    normalize = layers.BatchNormalization(
        center=False, scale=False, epsilon=EPSILON, trainable=False, name="normalize"
    )
    scaled = ops.clip(normalize(statistics), -CLIP_AT, CLIP_AT)
    scaler = keras.Model(statistics, scaled, name="scaler")
    scaler.trainable = False
    return scaler


def build_head(config: NetworkConfig, n_statistics: int, number: int) -> Any:
    """Build one head: from scaled statistics (n_clips, n_statistics) to (n_clips, n_emotions)."""
    scaled = keras.Input((n_statistics,), name="scaled")
    hidden = layers.Dropout(config.dropout / 2)(scaled)
    hidden = layers.Dense(config.n_units, activation="relu", name="hidden")(hidden)
    hidden = layers.Dropout(config.dropout)(hidden)
    logits = layers.Dense(config.n_emotions, name="logits")(hidden)
    return keras.Model(scaled, logits, name=f"head_{number}")


def fit_scaler(scaler: Any, statistics: Any) -> None:
    """Set the scaler to the mean and variance of the training clips.

    Parameters
    ----------
    scaler : keras.Model
        What `build_scaler` made.
    statistics : numpy.ndarray, shape (n_clips, n_statistics)
    """
    mean = np.mean(statistics, axis=0, dtype=np.float64)
    variance = np.var(statistics, axis=0, dtype=np.float64) + MIN_DEVIATION**2
    weights = [mean.astype(np.float32), variance.astype(np.float32)]
    scaler.get_layer("normalize").set_weights(weights)
