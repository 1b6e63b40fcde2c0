"""Mel filters, and the power mel spectrogram that the pretrained encoder hears.

Served clips go through here: from librosa's filters and window and numpy's FFT, so that no
compiler (numba) has to start in a fresh process.
"""

from functools import lru_cache

import numpy as np

from mlcore.audio import Waveform
from mlcore.features.config import FeatureConfig, Features
from mlcore.features.preparation import normalize_level

POWER_FLOOR = 1e-10


@lru_cache(maxsize=8)
def mel_filters(sample_rate: int, n_fft: int, n_mels: int) -> Features:
    """Return librosa's mel filters, shape (1 + n_fft // 2, n_mels)."""
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

    The same values as ``librosa.feature.melspectrogram`` (a test compares them).

    Parameters
    ----------
    waveform : numpy.ndarray, shape (n_samples,)
        At `config.sample_rate`.
    config : FeatureConfig
        With a level, or the waveform is taken as it is.

    Returns
    -------
    numpy.ndarray, shape (1 + n_samples // hop_length, n_mels), float32
        Power, not decibels; time first, frames centered on multiples of the hop.
    """
    if config.level_dbfs is not None:
        waveform = normalize_level(waveform, level_dbfs=config.level_dbfs)
    return prepared_power_mel(waveform, config)


def to_db(power: Features) -> Features:
    """Turn power into decibels, with a floor of -100 dB."""
    return np.asarray(10.0 * np.log10(power + POWER_FLOOR), dtype=np.float32)


def prepared_power_mel(waveform: Waveform, config: FeatureConfig) -> Features:
    """Compute the power mel spectrogram of a waveform that already has its level."""
    padded = np.pad(waveform, config.n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, config.n_fft)[:: config.hop_length]
    spectrum = np.fft.rfft(frames * _window(config.n_fft))
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    filters = mel_filters(config.sample_rate, config.n_fft, config.n_mels)
    mel: Features = power.astype(np.float32) @ filters
    return mel
