"""Layers that several architectures share."""

from typing import Any

import keras
import numpy as np
from keras import layers, ops

# Scaled inputs beyond this many deviations come from recordings unlike any we trained on.
CLIP_AT = 6.0
MIN_DEVIATION = 1e-3  # an input that hardly moves must not become loud by scaling
EPSILON = 1e-8
NORMALIZE = "normalize"
JOINT = "joint"


def normalized(inputs: Any) -> Any:
    """Bring every feature to mean 0 and deviation 1, as `set_normalization` found them.

    A batch normalization that never learns: its two vectors are ordinary weights, which are saved
    and exported with the rest (those of keras.layers.Normalization are not exported).
    """
    layer = layers.BatchNormalization(
        center=False, scale=False, epsilon=EPSILON, trainable=False, name=NORMALIZE
    )
    return ops.clip(layer(inputs), -CLIP_AT, CLIP_AT)


def set_normalization(network: Any, mean: Any, variance: Any) -> None:
    """Tell a `normalized` input what its features are in the training clips.

    Parameters
    ----------
    network : keras.Model
    mean, variance : numpy.ndarray, shape (n_features,)
    """
    variance = np.asarray(variance) + MIN_DEVIATION**2
    network.get_layer(NORMALIZE).set_weights([np.float32(mean), np.float32(variance)])


def convolved(inputs: Any, n_filters: int, kernel_size: int, **options: Any) -> Any:
    """Convolve over time, normalize the batch, rectify."""
    outputs = layers.Conv1D(n_filters, kernel_size, padding="same", **options)(inputs)
    return layers.Activation("relu")(layers.BatchNormalization()(outputs))


def lstm(n_units: int, **options: Any) -> Any:
    """Return an LSTM layer that can be exported; the cuDNN kernel can't."""
    return layers.LSTM(n_units, use_cudnn=False, **options)


def emotion_logits(hidden: Any, n_emotions: int, n_domains: int) -> Any:
    """Judge at once where a clip was recorded and what is heard; return logits of the emotions.

    Corpora differ in how the same emotion sounds. A network that has to name the corpus too, in
    one softmax over all pairs, can learn each corpus's way without the others in between; the
    emotion's posterior is the sum over the corpora.

    Parameters
    ----------
    hidden : keras.KerasTensor, shape (n_clips, n_units)
    n_emotions, n_domains : int

    Returns
    -------
    keras.KerasTensor, shape (n_clips, n_emotions)
    """
    joint = layers.Dense(n_domains * n_emotions, name=JOINT)(hidden)
    if n_domains == 1:
        return joint
    pairs = layers.Reshape((n_domains, n_emotions))(joint)
    return ops.logsumexp(pairs, axis=1)


def joint_network(network: Any) -> Any:
    """Return the network up to the logits of all pairs (n_clips, n_domains * n_emotions)."""
    return keras.Model(network.inputs, network.get_layer(JOINT).output)
