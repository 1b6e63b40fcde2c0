"""The one way from a waveform to what the networks hear, for training and serving alike.

`config` names the feature sets and their settings, `preparation` is what comes before any feature,
`mel` and `spectrum` compute single features, `sets` puts them together.
"""

from mlcore.features.config import (
    USUAL,
    FeatureConfig,
    Features,
    input_shape,
)
from mlcore.features.mel import power_mel
from mlcore.features.preparation import (
    SILENCE_RMS,
    normalize_level,
    reduce_noise,
    spoken_part,
    trim_silence,
)
from mlcore.features.sets import FEATURE_SETS, extract
from mlcore.features.spectrum import Spectrum

__all__ = [
    "FEATURE_SETS",
    "SILENCE_RMS",
    "USUAL",
    "FeatureConfig",
    "Features",
    "Spectrum",
    "extract",
    "input_shape",
    "normalize_level",
    "power_mel",
    "reduce_noise",
    "spoken_part",
    "trim_silence",
]
