"""What an architecture is: how to build it, what it hears and how it is usually trained."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mlcore.features import FeatureConfig
from mlcore.segments import SegmentConfig

InputShape = tuple[int | None, ...]


@dataclass(frozen=True)
class Recipe:
    """How a network is fitted.

    Parameters
    ----------
    epochs, batch_size : int
    learning_rate : float
        The highest one; it rises in the first tenth of the steps and falls as a cosine.
    patience : int
        Epochs without a better validation UAR after which fitting ends.
    n_copies : int
        Augmented copies of every training clip; an epoch draws one version of each clip.
    usual_copies : bool
        Copies as the usual projects make them (noise; stretch and shift), and all versions of
        every clip in each epoch.
    mixup : float
        Parameter of the beta distribution that two clips are mixed by; 0 for no mixing.
    spec_augment : bool
        Hide random stretches of time and bands in every batch.
    max_frames : int or None
        Longer inputs are cropped at random, to this length.
    label_smoothing, weight_decay : float
    """

    epochs: int = 60
    batch_size: int = 32
    learning_rate: float = 1e-3
    patience: int = 12
    n_copies: int = 0
    mixup: float = 0.0
    spec_augment: bool = False
    max_frames: int | None = None
    label_smoothing: float = 0.0
    weight_decay: float = 0.0
    usual_copies: bool = False


@dataclass(frozen=True)
class Member:
    """A part of a network that is fitted for itself.

    Parameters
    ----------
    network : keras.Model
        To logits.
    kind : str
        What it is; members of one kind and one size, fitted to the same clips with the same seed,
        are the same, in whatever network they are.
    sizes : mapping
    recipe : Recipe
    hears_encoder : bool
        Whether its input is what the frozen encoder makes of the features.
    is_discriminant : bool
        Whether its one layer is computed, see `discriminant`, and not fitted step by step.
    """

    network: Any
    kind: str
    sizes: Mapping[str, Any]
    recipe: Recipe
    hears_encoder: bool = False
    is_discriminant: bool = False


@dataclass(frozen=True)
class Architecture:
    """One entry of the registry.

    Parameters
    ----------
    config : type
        A frozen dataclass of sizes, every field with a default; kept in bundle.json.
    build : callable
        From sizes, input shape and number of emotions to a keras.Model.
    features : FeatureConfig
    recipe : Recipe
    segments : SegmentConfig
    members : callable or None
        From network and sizes to its members; without one, the network is fitted as a whole.
    n_parts : int
        How comparisons train it: see `TrainingOptions`. With 0 it learns from all speakers for
        all epochs of its recipe.
    """

    config: type[Any]
    build: Callable[[Any, InputShape, int], Any]
    features: FeatureConfig
    recipe: Recipe = field(default_factory=Recipe)
    segments: SegmentConfig = field(default_factory=lambda: SegmentConfig(whole_s=6.0))
    members: Callable[[Any, Any], list[Member]] | None = None
    n_parts: int = 8
