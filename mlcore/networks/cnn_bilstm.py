"""Convolutions over time, then a bidirectional LSTM, on MFCC with deltas."""

from dataclasses import dataclass
from typing import Any

import keras
from keras import layers

from mlcore.networks.config import InputShape
from mlcore.networks.parts import convolved, emotion_logits, lstm, normalized


@dataclass(frozen=True)
class Config:
    """Filters of the convolutions, units of the LSTM (each direction) and of the dense layer."""

    conv_1: int = 64
    conv_2: int = 128
    kernel_size: int = 5
    lstm: int = 128
    dense: int = 64
    dropout: float = 0.5


def build(config: Config, input_shape: InputShape, n_emotions: int) -> Any:
    """Build the network: from (n_clips, n_frames, n_features) to logits (n_clips, n_emotions)."""
    inputs = keras.Input(input_shape, name="features")
    hidden = convolved(normalized(inputs), config.conv_1, config.kernel_size)
    hidden = layers.MaxPooling1D(2)(hidden)
    hidden = convolved(hidden, config.conv_2, config.kernel_size)
    hidden = layers.MaxPooling1D(2)(hidden)
    hidden = layers.Bidirectional(lstm(config.lstm))(hidden)
    hidden = layers.Dropout(config.dropout)(hidden)
    hidden = layers.Dense(config.dense, activation="relu")(hidden)
    return keras.Model(inputs, emotion_logits(hidden, n_emotions, 1), name="cnn_bilstm")
