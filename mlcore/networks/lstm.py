"""Two LSTM layers on MFCC, as the usual first project has them."""

from dataclasses import dataclass
from typing import Any

import keras
from keras import layers

from mlcore.networks.config import InputShape
from mlcore.networks.parts import emotion_logits, lstm, normalized


@dataclass(frozen=True)
class Config:
    """Sizes of the two LSTM layers and the dense one; share of units that training leaves out."""

    lstm_1: int = 128
    lstm_2: int = 64
    dense: int = 64
    dropout: float = 0.3


def build(config: Config, input_shape: InputShape, n_emotions: int) -> Any:
    """Build the network.

    Parameters
    ----------
    config : Config
    input_shape : tuple
        (n_frames, n_features), or (n_frames, n_features, n_channels), whose channels are put side
        by side.
    n_emotions : int

    Returns
    -------
    keras.Model
        To logits (n_clips, n_emotions).
    """
    inputs = keras.Input(input_shape, name="features")
    frames = inputs
    if len(input_shape) > 2:
        n_frames, n_features, n_channels = input_shape
        frames = layers.Reshape((n_frames or -1, (n_features or 0) * (n_channels or 0)))(inputs)
    hidden = lstm(config.lstm_1, return_sequences=True)(normalized(frames))
    hidden = layers.Dropout(config.dropout)(hidden)
    hidden = layers.Dropout(config.dropout)(lstm(config.lstm_2)(hidden))
    hidden = layers.Dense(config.dense, activation="relu")(hidden)
    return keras.Model(inputs, emotion_logits(hidden, n_emotions, 1), name="lstm")
