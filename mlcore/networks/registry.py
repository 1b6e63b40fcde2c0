"""Which architectures there are, what they hear, and how they are fitted."""

from dataclasses import replace
from typing import Any

import keras

from mlcore.features import USUAL, FeatureConfig, input_shape
from mlcore.networks import (
    attentive_cnn,
    baseline,
    cnn2d,
    cnn_bilstm,
    cnn_lstm,
    conv1d,
    dual_lstm,
    lstm,
    voice_transfer,
)
from mlcore.networks.config import Architecture, Member, Recipe
from mlcore.segments import SegmentConfig

# The usual projects hear 3 or 4 s of a clip, padded with zeros.
USUAL_SEGMENTS = SegmentConfig(length_s=4.0, hop_s=2.0)
THREE_S, FOUR_S = 130, 174  # frames
OURS = FeatureConfig(name="log_mel", trim_db=30.0)
RECIPE = Recipe()

ARCHITECTURES: dict[str, Architecture] = {
    "baseline": Architecture(
        baseline.Config,
        baseline.build,
        replace(USUAL, name="functionals"),
        Recipe(epochs=60, learning_rate=3e-3, batch_size=256, weight_decay=1e-2),
    ),
    "lstm": Architecture(
        lstm.Config,
        lstm.build,
        replace(USUAL, name="mfcc", n_frames=THREE_S),
        RECIPE,
        USUAL_SEGMENTS,
    ),
    "lstm_two_channels": Architecture(
        lstm.Config,
        lstm.build,
        replace(USUAL, name="mfcc_log_mel", n_frames=THREE_S),
        RECIPE,
        USUAL_SEGMENTS,
    ),
    "cnn_bilstm": Architecture(
        cnn_bilstm.Config,
        cnn_bilstm.build,
        replace(USUAL, name="mfcc_deltas", n_frames=THREE_S),
        RECIPE,
        USUAL_SEGMENTS,
    ),
    "cnn2d": Architecture(
        cnn2d.Config,
        cnn2d.build,
        replace(USUAL, name="mfcc", n_frames=FOUR_S),
        RECIPE,
        USUAL_SEGMENTS,
    ),
    "cnn_lstm": Architecture(
        cnn_lstm.Config,
        cnn_lstm.build,
        replace(USUAL, name="mfcc", n_frames=FOUR_S),
        RECIPE,
        USUAL_SEGMENTS,
    ),
    "dual_lstm": Architecture(
        dual_lstm.Config,
        dual_lstm.build,
        replace(USUAL, name="mfcc_delta_chroma_mel_contrast_tonnetz", n_frames=THREE_S),
        replace(RECIPE, epochs=30, batch_size=64, patience=6),
        USUAL_SEGMENTS,
    ),
    "conv1d": Architecture(
        conv1d.Config,
        conv1d.build,
        replace(USUAL, name="vector_162"),
        replace(RECIPE, epochs=30, batch_size=64, n_copies=2, usual_copies=True),
    ),
    "attentive_cnn": Architecture(
        attentive_cnn.Config, attentive_cnn.build, OURS, attentive_cnn.RECIPE, n_parts=0
    ),
    "voice_transfer": Architecture(
        voice_transfer.Config,
        voice_transfer.build,
        OURS,
        voice_transfer.HEAD_RECIPE,
        members=voice_transfer.members,
        n_parts=0,
    ),
}


def architecture(name: str) -> Architecture:
    """Return an architecture.

    Raises
    ------
    ValueError
        When there is none of that name.
    """
    if name not in ARCHITECTURES:
        raise ValueError(f"no architecture {name!r}; there are {', '.join(ARCHITECTURES)}")
    return ARCHITECTURES[name]


def build(name: str, sizes: Any, features: FeatureConfig, *, n_emotions: int) -> Any:
    """Build an untrained network.

    Parameters
    ----------
    name : str
        A key of `ARCHITECTURES`.
    sizes : dict
        Fields of the architecture's config that differ from its defaults.
    features : FeatureConfig
        What it hears; decides about the input's shape.
    n_emotions : int

    Returns
    -------
    keras.Model
        From features (n_clips, *input_shape) to logits (n_clips, n_emotions).
    """
    found = architecture(name)
    return found.build(found.config(**sizes), input_shape(features), n_emotions)


def trained_part(name: str, sizes: Any, network: Any) -> Any:
    """Return what is kept as a bundle's weights: a frozen encoder has a file of its own.

    Returns
    -------
    keras.Model
        The network itself, or all its members side by side.
    """
    if architecture(name).members is None:
        return network
    found = [member.network for member in members(name, sizes, network)]
    inputs = [keras.Input(one.input_shape[1:]) for one in found]
    return keras.Model(inputs, [one(x) for one, x in zip(found, inputs, strict=True)])


def members(name: str, sizes: Any, network: Any) -> list[Member]:
    """Return the parts of a network that are fitted each for itself."""
    found = architecture(name)
    config = found.config(**sizes)
    if found.members is not None:
        return found.members(network, config)
    return [Member(network, name, vars(config), found.recipe)]
