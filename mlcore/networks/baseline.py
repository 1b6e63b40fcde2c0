"""A linear classifier on functionals: what every network must beat."""

from dataclasses import dataclass
from typing import Any

import keras

from mlcore.networks.config import InputShape
from mlcore.networks.parts import emotion_logits, normalized


@dataclass(frozen=True)
class Config:
    """It has no sizes."""


def build(config: Config, input_shape: InputShape, n_emotions: int) -> Any:
    """Build the network: from (n_clips, n_features) to logits (n_clips, n_emotions)."""
    inputs = keras.Input(input_shape, name="features")
    logits = emotion_logits(normalized(inputs), n_emotions, 1)
    return keras.Model(inputs, logits, name="baseline")
