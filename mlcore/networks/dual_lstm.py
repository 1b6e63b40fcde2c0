"""Two large LSTM layers on everything that librosa offers, frame by frame."""

from dataclasses import dataclass
from typing import Any

import keras
from keras import layers

from mlcore.networks.config import InputShape
from mlcore.networks.parts import emotion_logits, lstm, normalized


@dataclass(frozen=True)
class Config:
    """Units of the LSTM layers and the dense one; shares left out after each LSTM layer."""

    lstm_1: int = 256
    lstm_2: int = 128
    dense: int = 256
    dropout_1: float = 0.4
    dropout_2: float = 0.5


def build(config: Config, input_shape: InputShape, n_emotions: int) -> Any:
    """Build the network: from (n_clips, n_frames, n_features) to logits (n_clips, n_emotions)."""
    inputs = keras.Input(input_shape, name="features")
    hidden = lstm(config.lstm_1, return_sequences=True)(normalized(inputs))
    hidden = layers.Dropout(config.dropout_1)(layers.BatchNormalization()(hidden))
    hidden = layers.BatchNormalization()(lstm(config.lstm_2)(hidden))
    hidden = layers.Dropout(config.dropout_2)(hidden)
    hidden = layers.Dense(config.dense, activation="relu")(hidden)
    return keras.Model(inputs, emotion_logits(hidden, n_emotions, 1), name="dual_lstm")
