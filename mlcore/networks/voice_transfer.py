"""A speaker encoder that learned from thousands of voices, with emotion heads on its states.

The encoder's LSTM layers were trained to tell speakers apart (GE2E); how somebody sounds at a
moment is in their states. Statistics of the second layer over time, scaled, go into small dense
heads whose logits are averaged. The encoder stays as it was published.

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


def build(config: NetworkConfig) -> Any:
    """Build encoder and heads as one network, the encoder with its published weights.

    Parameters
    ----------
    config : NetworkConfig

    Returns
    -------
    keras.Model
        With the sub-models ``encoder`` and ``heads``; from power mel spectrograms
        (n_clips, n_frames, n_mels) to logits (n_clips, n_emotions).
    """
    encoder = build_encoder(config)
    heads = build_heads(config, n_statistics=encoder.output_shape[-1])
    power_mel = keras.Input((None, config.n_mels), name="power_mel")
    return keras.Model(power_mel, heads(encoder(power_mel)), name="voice_transfer")


def build_encoder(config: NetworkConfig) -> Any:
    """Build the encoder: mean, deviation and maximum over time of its second layer's states.

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
    encoder = keras.Model(power_mel, _statistics(states), name="encoder")
    if config.n_mels == NetworkConfig.n_mels:
        _load_published_weights(encoder)
    encoder.trainable = False
    return encoder


def _statistics(states: Any) -> Any:
    """Pool (n_clips, n_frames, n_states) over time."""
    mean = ops.mean(states, axis=1)
    centered = states - ops.expand_dims(mean, 1)
    deviation = ops.sqrt(ops.mean(ops.square(centered), axis=1) + EPSILON)
    return ops.concatenate([mean, deviation, ops.max(states, axis=1)], axis=-1)


def _load_published_weights(encoder: Any) -> None:
    content = io.BytesIO(read_checked(ENCODER_PATH, ENCODER_SHA256))
    with np.load(content, allow_pickle=False) as arrays:
        for layer in range(N_LAYERS):
            names = (f"kernel_{layer}", f"recurrent_{layer}", f"bias_{layer}")
            encoder.get_layer(f"lstm_{layer}").set_weights([arrays[name] for name in names])


def build_heads(config: NetworkConfig, *, n_statistics: int) -> Any:
    """Build the part that is trained: a scaler and dense heads whose logits are averaged.

    Returns
    -------
    keras.Model
        From (n_clips, n_statistics) to (n_clips, n_emotions).
    """
    statistics = keras.Input((n_statistics,), name="statistics")
    scaled = layers.Normalization(name="scaler")(statistics)
    scaled = ops.clip(scaled, -CLIP_AT, CLIP_AT)
    logits = [build_head(config, n_statistics, number)(scaled) for number in range(config.n_heads)]
    mean = logits[0] if len(logits) == 1 else layers.Average(name="mean_logits")(logits)
    return keras.Model(statistics, mean, name="heads")


def build_head(config: NetworkConfig, n_statistics: int, number: int) -> Any:
    """Build one head on scaled statistics."""
    scaled = keras.Input((n_statistics,), name="scaled")
    hidden = layers.Dropout(config.dropout / 2)(scaled)
    hidden = layers.Dense(config.n_units, activation="relu", name="hidden")(hidden)
    hidden = layers.Dropout(config.dropout)(hidden)
    logits = layers.Dense(config.n_emotions, name="logits")(hidden)
    return keras.Model(scaled, logits, name=f"head_{number}")
