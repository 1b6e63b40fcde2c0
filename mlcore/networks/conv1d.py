"""Convolutions along a vector of 162 means, as if its numbers were a signal."""

from dataclasses import dataclass
from typing import Any

import keras
from keras import layers

from mlcore.networks.config import InputShape
from mlcore.networks.parts import emotion_logits, normalized


@dataclass(frozen=True)
class Config:
    """Filters of the four convolutions and units of the dense layer."""

    conv_1: int = 256
    conv_2: int = 256
    conv_3: int = 128
    conv_4: int = 64
    kernel_size: int = 5
    dense: int = 32
    dropout: float = 0.3


def build(config: Config, input_shape: InputShape, n_emotions: int) -> Any:
    """Build the network: from (n_clips, n_features) to logits (n_clips, n_emotions)."""
    inputs = keras.Input(input_shape, name="features")
    hidden = layers.Reshape((input_shape[0] or 0, 1))(normalized(inputs))
    for n_filters in (config.conv_1, config.conv_2, config.conv_3, config.conv_4):
        convolve = layers.Conv1D(n_filters, config.kernel_size, padding="same", activation="relu")
        hidden = layers.MaxPooling1D(5, strides=2, padding="same")(convolve(hidden))
    hidden = layers.Dropout(config.dropout)(layers.Flatten()(hidden))
    hidden = layers.Dense(config.dense, activation="relu")(hidden)
    hidden = layers.Dropout(config.dropout)(hidden)
    return keras.Model(inputs, emotion_logits(hidden, n_emotions, 1), name="conv1d")
