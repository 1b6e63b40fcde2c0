"""The plain baseline: MFCC as a picture, four small convolutions, the mean of what they find."""

from dataclasses import dataclass
from typing import Any

import keras
from keras import layers

from mlcore.networks.config import InputShape
from mlcore.networks.parts import emotion_logits, normalized


@dataclass(frozen=True)
class Config:
    """Filters of the first convolution, doubled by each of the following."""

    filters: int = 16
    n_layers: int = 4
    kernel_size: int = 2
    dropout: float = 0.2


def build(config: Config, input_shape: InputShape, n_emotions: int) -> Any:
    """Build the network: from (n_clips, n_frames, n_features) to logits (n_clips, n_emotions)."""
    inputs = keras.Input(input_shape, name="features")
    hidden = layers.Reshape((*(size or -1 for size in input_shape), 1))(normalized(inputs))
    for number in range(config.n_layers):
        n_filters = config.filters * 2**number
        hidden = layers.Conv2D(n_filters, config.kernel_size, activation="relu")(hidden)
        hidden = layers.Dropout(config.dropout)(layers.MaxPooling2D(2)(hidden))
    hidden = layers.GlobalAveragePooling2D()(hidden)
    return keras.Model(inputs, emotion_logits(hidden, n_emotions, 1), name="cnn2d")
