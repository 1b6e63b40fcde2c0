"""Our own network from scratch: two-dimensional convolutions, residual blocks, attention pooling.

References
----------
Okabe et al., "Attentive statistics pooling for deep speaker embedding", Interspeech 2018.
Hu et al., "Squeeze-and-excitation networks", CVPR 2018.
"""

from dataclasses import dataclass
from typing import Any

import keras
from keras import layers, ops

from mlcore.networks.config import InputShape, Recipe
from mlcore.networks.parts import emotion_logits, normalized

TIME_STEP = 4  # frames of the input that become one of the blocks
DILATIONS = (1, 2, 3, 1)
VARIANCE_FLOOR = 1e-5
RECIPE = Recipe(
    epochs=18,
    batch_size=64,
    learning_rate=2e-3,
    n_copies=2,
    mixup=0.2,
    spec_augment=True,
    max_frames=220,
    label_smoothing=0.05,
    weight_decay=1e-2,
)


@dataclass(frozen=True)
class Config:
    """Filters of the first convolutions, channels and number of the residual blocks; domains."""

    filters: int = 16
    n_channels: int = 128
    n_blocks: int = 4
    dense: int = 128
    dropout: float = 0.15
    n_domains: int = 1


def build(
    config: Config, input_shape: InputShape, n_emotions: int, name: str = "attentive_cnn"
) -> Any:
    """Build the network: from log-mel in dB (n_clips, n_frames, n_mels) to logits."""
    inputs = keras.Input(input_shape, name="log_mel")
    hidden = convolved_2d(normalized(inputs), config.filters, config.n_channels)
    for number in range(config.n_blocks):
        dilation = DILATIONS[number % len(DILATIONS)]
        hidden = residual(hidden, config.n_channels, dilation=dilation, dropout=config.dropout)
    hidden = layers.BatchNormalization()(pooled(hidden, config.n_channels))
    hidden = layers.Dropout(config.dropout)(hidden)
    hidden = layers.Dense(config.dense, activation="relu")(hidden)
    hidden = layers.Dropout(config.dropout)(hidden)
    logits = emotion_logits(hidden, n_emotions, config.n_domains)
    return keras.Model(inputs, logits, name=name)


def convolved_2d(log_mel: Any, n_filters: int, n_channels: int) -> Any:
    """Find local patterns in time and frequency: (n_clips, n_frames // 4, n_channels)."""
    n_mels = log_mel.shape[-1]
    hidden = layers.Reshape((-1, n_mels, 1))(log_mel)
    for filters, stride in ((n_filters, 2), (n_filters, 1), (2 * n_filters, 2)):
        # frames at the end that make no whole step are left out, as pooling does
        hidden = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(hidden)
        hidden = layers.Activation("relu")(layers.BatchNormalization()(hidden))
    hidden = layers.Reshape((-1, hidden.shape[2] * hidden.shape[3]))(hidden)
    return rectified(hidden, n_channels)


def rectified(hidden: Any, n_channels: int, kernel_size: int = 1, dilation: int = 1) -> Any:
    """Convolve over time, normalize the batch, rectify."""
    convolve = layers.Conv1D(
        n_channels, kernel_size, dilation_rate=dilation, padding="same", use_bias=False
    )
    return layers.Activation("relu")(layers.BatchNormalization()(convolve(hidden)))


def residual(hidden: Any, n_channels: int, *, dilation: int, dropout: float) -> Any:
    """Add two convolutions over time, their channels weighed by what the whole clip is like."""
    change = rectified(hidden, n_channels, 3, dilation)
    change = layers.Dropout(dropout / 2)(change)
    change = layers.Conv1D(n_channels, 3, padding="same", use_bias=False)(change)
    change = layers.BatchNormalization()(change)
    summary = ops.mean(change, axis=1, keepdims=True)
    gate = layers.Dense(n_channels // 4, activation="relu")(summary)
    gate = layers.Dense(n_channels, activation="sigmoid")(gate)
    return layers.Activation("relu")(hidden + change * gate)


def pooled(hidden: Any, n_channels: int) -> Any:
    """Summarize time by attention: weighted mean and deviation, and the maximum."""
    scores = layers.Dense(64, activation="tanh")(hidden)
    weights = ops.softmax(layers.Dense(n_channels)(scores), axis=1)
    mean = ops.sum(weights * hidden, axis=1)
    variance = ops.sum(weights * ops.square(hidden), axis=1) - ops.square(mean)
    deviation = ops.sqrt(ops.maximum(variance, VARIANCE_FLOOR))
    return layers.Concatenate()([mean, deviation, ops.max(hidden, axis=1)])
