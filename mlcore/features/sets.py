"""The feature sets by name, and `extract`, which makes them."""

from collections.abc import Callable

import numpy as np

from mlcore.audio import Waveform
from mlcore.features import spectrum as of
from mlcore.features.config import (
    N_MELS_IN_FUNCTIONALS,
    N_MELS_IN_VECTOR,
    N_MFCC_IN_FUNCTIONALS,
    N_MFCC_IN_VECTOR,
    N_MFCC_WITH_DELTAS,
    SUMMARY_SHAPES,
    FeatureConfig,
    Features,
)
from mlcore.features.mel import prepared_power_mel, to_db
from mlcore.features.preparation import prepare
from mlcore.features.spectrum import Spectrum

PERCENTILES = (10, 50, 90)


def extract(waveform: Waveform, config: FeatureConfig) -> Features:
    """Turn a waveform into what a network hears: the one way, for training and serving alike.

    Parameters
    ----------
    waveform : numpy.ndarray, shape (n_samples,)
        Mono, at `config.sample_rate`, finite.
    config : FeatureConfig

    Returns
    -------
    numpy.ndarray, shape `input_shape(config)`, float32
        Finite whatever the waveform, time first.
    """
    spectrum = Spectrum(prepare(waveform, config), config)
    features = FEATURE_SETS[config.name](spectrum)
    if config.n_frames is None or config.name in SUMMARY_SHAPES:
        return features
    return _fit(features, config.n_frames)


def _fit(features: Features, n_frames: int) -> Features:
    """Cut or pad with zeros at the end."""
    kept = features[:n_frames]
    return np.pad(kept, [(0, n_frames - len(kept)), *[(0, 0)] * (features.ndim - 1)])


def _power_mel(spectrum: Spectrum) -> Features:
    return prepared_power_mel(spectrum.waveform, spectrum.config)


def _log_mel(spectrum: Spectrum) -> Features:
    """All that `power_mel` tells, with no limit below the loudest: its power can be had back."""
    return to_db(prepared_power_mel(spectrum.waveform, spectrum.config))


def _mfcc(spectrum: Spectrum) -> Features:
    config = spectrum.config
    return of.mfcc(spectrum, n_mfcc=config.n_mfcc, n_mels=config.n_mels)


def _mfcc_log_mel(spectrum: Spectrum) -> Features:
    """Both from as many bands as there are coefficients, so that they lie on one grid."""
    n_bands = spectrum.config.n_mfcc
    cepstrum = of.mfcc(spectrum, n_mfcc=n_bands, n_mels=n_bands)
    return np.stack([cepstrum, of.log_mel(spectrum, n_mels=n_bands)], axis=-1)


def _mfcc_deltas(spectrum: Spectrum) -> Features:
    cepstrum = of.mfcc(spectrum, n_mfcc=N_MFCC_WITH_DELTAS, n_mels=spectrum.config.n_mels)
    return _with_deltas(cepstrum)


def _with_deltas(features: Features) -> Features:
    return np.hstack([features, of.delta(features), of.delta(features, order=2)])


def _mfcc_delta_chroma_mel_contrast_tonnetz(spectrum: Spectrum) -> Features:
    cepstrum, chroma = _mfcc(spectrum), of.chroma(spectrum)
    contrast, tonnetz = of.spectral_contrast(spectrum), of.tonnetz(chroma)
    log_mel = of.log_mel(spectrum, n_mels=spectrum.config.n_mels)
    parts = [cepstrum, of.delta(cepstrum), chroma, log_mel, contrast, tonnetz]
    return np.hstack(parts)


def _vector_162(spectrum: Spectrum) -> Features:
    """Means over time, of mel *power*, as the usual project has them."""
    parts = [
        of.zero_crossing_rate(spectrum),
        of.chroma(spectrum),
        of.mfcc(spectrum, n_mfcc=N_MFCC_IN_VECTOR, n_mels=N_MELS_IN_VECTOR),
        of.rms(spectrum),
        of.mel_power(spectrum, n_mels=N_MELS_IN_VECTOR),
    ]
    return np.hstack([part.mean(axis=0) for part in parts])


def _functionals(spectrum: Spectrum) -> Features:
    """Mean, deviation and percentiles over time of MFCC and their deltas."""
    cepstrum = of.mfcc(spectrum, n_mfcc=N_MFCC_IN_FUNCTIONALS, n_mels=N_MELS_IN_FUNCTIONALS)
    frames = _with_deltas(cepstrum)
    moments = [frames.mean(axis=0), frames.std(axis=0)]
    percentiles = np.percentile(frames, PERCENTILES, axis=0).astype(np.float32)
    return np.hstack([*moments, *percentiles])


FEATURE_SETS: dict[str, Callable[[Spectrum], Features]] = {
    "power_mel": _power_mel,
    "log_mel": _log_mel,
    "mfcc": _mfcc,
    "mfcc_log_mel": _mfcc_log_mel,
    "mfcc_deltas": _mfcc_deltas,
    "mfcc_delta_chroma_mel_contrast_tonnetz": _mfcc_delta_chroma_mel_contrast_tonnetz,
    "vector_162": _vector_162,
    "functionals": _functionals,
}
