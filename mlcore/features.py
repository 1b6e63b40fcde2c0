"""The one way from a waveform to what the networks hear, for training and serving alike."""

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from mlcore.audio import SAMPLE_RATE, Waveform

Features = npt.NDArray[np.float32]

# Below this level a waveform is digital silence; raising it would only raise rounding noise.
SILENCE_RMS = 1e-7


@dataclass(frozen=True)
class FeatureConfig:
    """What the power mel spectrogram is made of; part of every bundle.

    Parameters
    ----------
    sample_rate : int
        In Hz.
    n_fft, hop_length : int
        Analysis window and step, in samples.
    n_mels : int
        Bands from 0 Hz to half the sample rate.
    level_dbfs : float
        Root mean square of the waveform after level normalization, in dB below full scale.
    """

    sample_rate: int = SAMPLE_RATE
    n_fft: int = 400
    hop_length: int = 160
    n_mels: int = 40
    level_dbfs: float = -30.0

    def to_dict(self) -> dict[str, Any]:
        """Return the configuration as it is kept in bundle.json."""
        return asdict(self)


def normalize_level(waveform: Waveform, *, level_dbfs: float) -> Waveform:
    """Bring a waveform to a root mean square level, up or down.

    How far somebody sits from a microphone must not decide about the emotion.

    Parameters
    ----------
    waveform : numpy.ndarray, shape (n_samples,)
    level_dbfs : float
        In dB below full scale.

    Returns
    -------
    numpy.ndarray, shape (n_samples,), float32
        Digital silence is returned as it is.
    """
    # float64: the squares of float WAV samples may not fit into float32
    centered = waveform.astype(np.float64)
    centered -= centered.mean() if len(centered) else 0.0
    rms = float(np.sqrt(np.mean(np.square(centered)))) if len(centered) else 0.0
    if rms < SILENCE_RMS:
        return np.zeros_like(waveform)
    gain = 10.0 ** (level_dbfs / 20.0) / rms
    leveled: Waveform = (centered * gain).astype(np.float32)
    return leveled


@lru_cache(maxsize=4)
def _mel_filters(sample_rate: int, n_fft: int, n_mels: int) -> Features:
    import librosa.filters

    filters = librosa.filters.mel(sr=sample_rate, n_fft=n_fft, n_mels=n_mels)
    return np.ascontiguousarray(filters.T, dtype=np.float32)


@lru_cache(maxsize=4)
def _window(n_fft: int) -> Features:
    import librosa.filters

    window = librosa.filters.get_window("hann", n_fft, fftbins=True)
    return np.asarray(window, dtype=np.float32)


def power_mel(waveform: Waveform, config: FeatureConfig) -> Features:
    """Compute the power mel spectrogram of a level-normalized waveform.

    The same values as ``librosa.feature.melspectrogram`` (a test compares them), from librosa's
    filters and window and numpy's FFT: no compiler has to start in a fresh process.

    Parameters
    ----------
    waveform : numpy.ndarray, shape (n_samples,)
        At `config.sample_rate`.
    config : FeatureConfig

    Returns
    -------
    numpy.ndarray, shape (1 + n_samples // hop_length, n_mels), float32
        Power, not decibels; time first, frames centered on multiples of the hop.
    """
    leveled = normalize_level(waveform, level_dbfs=config.level_dbfs)
    padded = np.pad(leveled, config.n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, config.n_fft)[:: config.hop_length]
    spectrum = np.fft.rfft(frames * _window(config.n_fft))
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    filters = _mel_filters(config.sample_rate, config.n_fft, config.n_mels)
    mel: Features = power.astype(np.float32) @ filters
    return mel
