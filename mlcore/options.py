"""What is trained, how and where: what a person chooses before a training."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mlcore.features import FeatureConfig
from mlcore.fitting import EpochLog
from mlcore.networks import architecture
from mlcore.segments import SegmentConfig

OnCount = Callable[[int], None]


@dataclass(frozen=True)
class TrainingOptions:
    """What to train and how.

    Parameters
    ----------
    name : str
        Of the bundle.
    architecture : str
    sizes : mapping
        Sizes of the network that differ from the architecture's defaults.
    recipe : mapping
        Fields of every member's recipe that differ from the architecture's defaults.
    corpora : tuple of str
        Empty for all.
    folds : tuple of int
        For training and validation; empty for all.
    test_folds : tuple of int
        Judged once at the end; empty for none.
    n_parts : int
        Training speakers are dealt to so many parts, of which one validates; 0 for no validation.
    seed : int
    denoise : bool
        Reduce noise by spectral gating before any feature, in training and serving.
    cross_validation : mapping or None
        temperature, not_sure_below and scores of a cross-validation of the same recipe, to be used
        instead of the validation part's.
    """

    name: str = "research"
    architecture: str = "voice_transfer"
    sizes: Mapping[str, Any] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    corpora: tuple[str, ...] = ()
    folds: tuple[int, ...] = ()
    test_folds: tuple[int, ...] = ()
    n_parts: int = 8
    seed: int = 1
    denoise: bool = False
    cross_validation: Mapping[str, Any] | None = None

    @property
    def features(self) -> FeatureConfig:
        """Return what the network hears."""
        found = architecture(self.architecture).features
        return replace(found, denoise=True) if self.denoise else found

    @property
    def segments(self) -> SegmentConfig:
        """Return how long clips are cut."""
        return architecture(self.architecture).segments


@dataclass(frozen=True)
class Places:
    """Where things are.

    Parameters
    ----------
    data : Path
        Where the utterances' paths begin.
    output : Path
        The bundle's folder; an old bundle there is replaced only when all went well.
    cache : Path
        Folder for what can be used again: features, the encoder's statistics, checkpoints.
    """

    data: Path
    output: Path
    cache: Path


@dataclass(frozen=True)
class Progress:
    """Whom to tell how far training is."""

    on_clips: OnCount = lambda _: None  # so many utterances will be read
    on_clip: OnCount = lambda _: None
    on_epoch: Callable[[EpochLog], None] = lambda _: None
