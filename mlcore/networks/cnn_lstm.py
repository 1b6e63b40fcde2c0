"""Convolutions over time, then one LSTM, on 174 frames of MFCC."""

from dataclasses import dataclass
from typing import Any

import keras
from keras import layers

from mlcore.networks.config import InputShape
from mlcore.networks.parts import convolved, emotion_logits, lstm, normalized


@dataclass(frozen=True)
class Config:
    """Filters of the convolutions, units of the LSTM and the dense layer."""

    conv_1: int = 64
    conv_2: int = 128
    kernel_size: int = 5
    lstm: int = 128
    dense: int = 64
    dropout: float = 0.3


def build(config: Config, input_shape: InputShape, n_emotions: int) -> Any:
    """Build the network: from (n_clips, n_frames, n_features) to logits (n_clips, n_emotions)."""
    inputs = keras.Input(input_shape, name="features")
    hidden = normalized(inputs)
    for n_filters in (config.conv_1, config.conv_2):
        hidden = layers.MaxPooling1D(2)(convolved(hidden, n_filters, config.kernel_size))
        hidden = layers.Dropout(config.dropout)(hidden)
    hidden = layers.Dropout(config.dropout)(lstm(config.lstm)(hidden))
    hidden = layers.Dense(config.dense, activation="relu")(hidden)
    return keras.Model(inputs, emotion_logits(hidden, n_emotions, 1), name="cnn_lstm")
