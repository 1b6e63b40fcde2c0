"""What a network hears: the names of the feature sets, their sizes and their settings.

`USUAL` is the analysis of the usual projects. They have librosa's defaults, 2048 and 512 samples at
22,050 Hz (92.9 and 23.2 ms), and leave the level alone. All our audio has 16 kHz, where 1536 and
372 samples (96 and 23.25 ms) come nearest: a clip of 3 s has 130 frames as theirs; one of 4 s has
173 as theirs, which they pad to 174. The bands end at 8 kHz instead of 11 kHz.
"""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mlcore.audio import SAMPLE_RATE

Features = npt.NDArray[np.float32]
Shape = tuple[int, ...]

N_CHROMA, N_CONTRAST, N_TONNETZ = 12, 7, 6
# What the usual projects' sets fix, whatever the configuration says.
N_MFCC_WITH_DELTAS = 13
N_MFCC_IN_VECTOR, N_MELS_IN_VECTOR = 20, 128
N_MFCC_IN_FUNCTIONALS, N_MELS_IN_FUNCTIONALS, N_FUNCTIONALS = 20, 64, 5

# A shorter window has no bin in the lowest bands of the spectral contrast.
MIN_N_FFT = 128

# Shape of one frame of each set that keeps time.
FRAME_SHAPES: dict[str, Callable[["FeatureConfig"], Shape]] = {
    "power_mel": lambda config: (config.n_mels,),
    "log_mel": lambda config: (config.n_mels,),
    "mfcc": lambda config: (config.n_mfcc,),
    "mfcc_log_mel": lambda config: (config.n_mfcc, 2),
    "mfcc_deltas": lambda _: (3 * N_MFCC_WITH_DELTAS,),
    "mfcc_delta_chroma_mel_contrast_tonnetz": lambda config: (
        2 * config.n_mfcc + config.n_mels + N_CHROMA + N_CONTRAST + N_TONNETZ,
    ),
}
# Shape of each set that summarizes time.
SUMMARY_SHAPES: dict[str, Shape] = {
    "vector_162": (1 + N_CHROMA + N_MFCC_IN_VECTOR + 1 + N_MELS_IN_VECTOR,),
    "functionals": (3 * N_MFCC_IN_FUNCTIONALS * N_FUNCTIONALS,),
}


@dataclass(frozen=True)
class FeatureConfig:
    """What is computed from a waveform, and how; part of every bundle.

    Parameters
    ----------
    name : str
        The feature set: a key of `FEATURE_SETS`.
    sample_rate : int
        In Hz; every network hears 16,000.
    n_fft, hop_length : int
        Analysis window and step, in samples.
    n_mels : int
        Bands from 0 Hz to half the sample rate, in sets that do not fix their number.
    n_mfcc : int
        Coefficients, in sets that do not fix their number.
    n_frames : int or None
        Sets that keep time are cut or padded with zeros at the end to so many frames. None leaves
        them as long as the waveform; sets that summarize time have no frames.
    level_dbfs : float or None
        Root mean square of the waveform after level normalization, in dB below full scale. None
        leaves the level alone.
    trim_db : float or None
        Silence at both ends, so much below the loudest frame, is cut off. None cuts nothing.
    denoise : bool
        Whether steady noise is reduced by spectral gating.

    Raises
    ------
    ValueError
        When the name is unknown or a number makes no sense.
    """

    name: str = "power_mel"
    sample_rate: int = SAMPLE_RATE
    n_fft: int = 400
    hop_length: int = 160
    n_mels: int = 40
    n_mfcc: int = 40
    n_frames: int | None = None
    level_dbfs: float | None = -30.0
    trim_db: float | None = None
    denoise: bool = False

    def __post_init__(self) -> None:
        _require(self.name in {*FRAME_SHAPES, *SUMMARY_SHAPES}, "name", self.name)
        _require(self.sample_rate == SAMPLE_RATE, "sample_rate", self.sample_rate)
        _require(self.n_fft >= MIN_N_FFT and self.n_fft % 2 == 0, "n_fft", self.n_fft)
        _require(0 < self.hop_length <= self.n_fft, "hop_length", self.hop_length)
        _require(self._fewest_mels() <= self.n_mels <= self.n_fft // 2, "n_mels", self.n_mels)
        _require(0 < self.n_mfcc <= self._most_mfcc(), "n_mfcc", self.n_mfcc)
        _require(self.n_frames is None or self.n_frames > 0, "n_frames", self.n_frames)
        level, trim = self.level_dbfs, self.trim_db
        _require(level is None or -100.0 <= level <= 0.0, "level_dbfs", level)
        _require(trim is None or 0.0 < trim < math.inf, "trim_db", trim)

    def _fewest_mels(self) -> int:
        return N_MFCC_WITH_DELTAS if self.name == "mfcc_deltas" else 1

    def _most_mfcc(self) -> int:
        """Return how many coefficients there can be: not more than bands."""
        if self.name in ("mfcc", "mfcc_delta_chroma_mel_contrast_tonnetz"):
            return self.n_mels
        return self.n_fft // 2

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as it is kept in bundle.json."""
        return asdict(self)


def _require(condition: bool, field: str, found: object) -> None:
    if not condition:
        raise ValueError(f"Features can't be computed with {field} = {found!r}")


def input_shape(config: FeatureConfig) -> tuple[int | None, ...]:
    """Return the shape of what `extract` gives.

    Parameters
    ----------
    config : FeatureConfig

    Returns
    -------
    tuple of int or None
        Time first; None where it depends on the waveform.
    """
    if config.name in SUMMARY_SHAPES:
        return SUMMARY_SHAPES[config.name]
    return (config.n_frames, *FRAME_SHAPES[config.name](config))


USUAL = FeatureConfig(name="mfcc", n_fft=1536, hop_length=372, n_mels=128, level_dbfs=None)
