"""Features of one waveform from one short-time Fourier transform, through librosa, time first.

librosa is imported where it is used: looking at a bundle must not load it.

References
----------
McFee et al., "librosa: Audio and music signal analysis in Python", SciPy 2015.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mlcore.audio import Waveform
from mlcore.features.config import FeatureConfig, Features
from mlcore.features.mel import mel_filters

F0_MIN, F0_MAX = 60.0, 500.0  # Hz
F0_FRAME = 1024  # samples: nearly four periods of the lowest voice
# Praat's voicing threshold.
MIN_PERIODICITY = 0.45
SILENT_ENERGY = 1e-12  # of a frame's samples, squared and added
# Frames over which librosa takes a slope.
DELTA_WIDTH = 9


@dataclass(frozen=True, eq=False)
class Spectrum:
    """A waveform and its short-time Fourier transform, computed once for all features.

    Parameters
    ----------
    waveform : numpy.ndarray, shape (n_samples,)
        At the configuration's sample rate, already prepared.
    config : FeatureConfig
    """

    waveform: Waveform
    config: FeatureConfig

    @cached_property
    def samples(self) -> Waveform:
        """The waveform, shape (n_samples,), with zeros up to one analysis window."""
        missing = max(0, self.config.n_fft - len(self.waveform))
        return np.pad(self.waveform, (0, missing)) if missing else self.waveform

    @cached_property
    def magnitude(self) -> Features:
        """Magnitudes, shape (1 + n_fft // 2, n_frames): bins first, as librosa takes them."""
        import librosa

        config = self.config
        spectrum = librosa.stft(self.samples, n_fft=config.n_fft, hop_length=config.hop_length)
        magnitude: Features = np.abs(spectrum)
        return magnitude

    @cached_property
    def power(self) -> Features:
        """Squared magnitudes, shape (1 + n_fft // 2, n_frames)."""
        return np.square(self.magnitude)


def _time_first(features: Features) -> Features:
    return np.ascontiguousarray(features.T, dtype=np.float32)


def mel_power(spectrum: Spectrum, *, n_mels: int) -> Features:
    """Compute a mel power spectrogram.

    Parameters
    ----------
    spectrum : Spectrum
    n_mels : int
        Bands from 0 Hz to half the sample rate, on Slaney's mel scale.

    Returns
    -------
    numpy.ndarray, shape (n_frames, n_mels), float32
        Power in each band; that of white noise is the same in all.
    """
    filters = mel_filters(spectrum.config.sample_rate, spectrum.config.n_fft, n_mels)
    return np.ascontiguousarray(spectrum.power.T @ filters)


def log_mel(spectrum: Spectrum, *, n_mels: int) -> Features:
    """Compute a mel power spectrogram in decibels.

    Parameters
    ----------
    spectrum : Spectrum
    n_mels : int
        Bands from 0 Hz to half the sample rate.

    Returns
    -------
    numpy.ndarray, shape (n_frames, n_mels), float32
        In dB; at most 80 dB below the clip's largest value, and -100 dB in digital silence.
    """
    import librosa

    decibels: Features = librosa.power_to_db(mel_power(spectrum, n_mels=n_mels))
    return decibels


def mfcc(spectrum: Spectrum, *, n_mfcc: int, n_mels: int) -> Features:
    """Compute mel-frequency cepstral coefficients.

    Parameters
    ----------
    spectrum : Spectrum
    n_mfcc : int
        Coefficients, at most `n_mels`.
    n_mels : int
        Bands of the log-mel spectrogram that they are the cosine transform of.

    Returns
    -------
    numpy.ndarray, shape (n_frames, n_mfcc), float32

    References
    ----------
    Davis and Mermelstein, "Comparison of parametric representations for monosyllabic word
    recognition in continuously spoken sentences", IEEE Transactions on Acoustics, Speech, and
    Signal Processing 28(4), 1980.
    """
    import librosa

    bands = log_mel(spectrum, n_mels=n_mels)
    return _time_first(librosa.feature.mfcc(S=bands.T, n_mfcc=n_mfcc))


def delta(features: Features, *, order: int = 1) -> Features:
    """Compute how features change over time.

    Parameters
    ----------
    features : numpy.ndarray, shape (n_frames, n_features)
    order : int
        1 for the slope over nine frames, 2 for the curvature (double deltas).

    Returns
    -------
    numpy.ndarray, shape (n_frames, n_features), float32
        A frame. Fewer than nine frames are continued by their first and last one.
    """
    import librosa

    mode = "interp" if len(features) >= DELTA_WIDTH else "nearest"
    # along the last axis: several times as fast as along the first
    return _time_first(librosa.feature.delta(features.T, width=DELTA_WIDTH, order=order, mode=mode))


def chroma(spectrum: Spectrum) -> Features:
    """Compute how the magnitude spreads over the twelve pitch classes.

    Parameters
    ----------
    spectrum : Spectrum

    Returns
    -------
    numpy.ndarray, shape (n_frames, 12), float32
        From C to B, each frame's largest 1; all 0 in digital silence. Of magnitudes, as the usual
        projects take it, where librosa's default is power. The tuning is estimated from the clip.
    """
    import librosa

    # there is nothing to estimate in silence, and librosa would warn
    tuning = None if spectrum.magnitude.any() else 0.0
    classes = librosa.feature.chroma_stft(
        S=spectrum.magnitude, sr=spectrum.config.sample_rate, tuning=tuning
    )
    return _time_first(classes)


def tonnetz(chroma_features: Features) -> Features:
    """Project pitch classes onto the circles of fifths, minor and major thirds.

    Not the values of ``librosa.feature.tonnetz(y=...)``: that starts from the chroma of a
    constant-Q transform, which costs more than all other features together; this one from the
    shared short-time Fourier transform's.

    Parameters
    ----------
    chroma_features : numpy.ndarray, shape (n_frames, 12)

    Returns
    -------
    numpy.ndarray, shape (n_frames, 6), float32
        In [-1, 1].

    References
    ----------
    Harte, Sandler and Gasser, "Detecting harmonic change in musical audio", ACM Workshop on Audio
    and Music Computing Multimedia, 2006.
    """
    import librosa

    return _time_first(librosa.feature.tonnetz(chroma=chroma_features.T))


def spectral_centroid(spectrum: Spectrum) -> Features:
    """Compute the mean frequency, weighted by magnitude.

    Parameters
    ----------
    spectrum : Spectrum

    Returns
    -------
    numpy.ndarray, shape (n_frames, 1), float32
        In Hz; 0 in digital silence.
    """
    import librosa

    rate = spectrum.config.sample_rate
    return _time_first(librosa.feature.spectral_centroid(S=spectrum.magnitude, sr=rate))


def spectral_rolloff(spectrum: Spectrum) -> Features:
    """Compute the frequency below which 85 % of the magnitude lies.

    Parameters
    ----------
    spectrum : Spectrum

    Returns
    -------
    numpy.ndarray, shape (n_frames, 1), float32
        In Hz; 0 in digital silence.
    """
    import librosa

    rate = spectrum.config.sample_rate
    return _time_first(librosa.feature.spectral_rolloff(S=spectrum.magnitude, sr=rate))


def spectral_contrast(spectrum: Spectrum) -> Features:
    """Compute by how much peaks stand out from valleys, octave by octave.

    Parameters
    ----------
    spectrum : Spectrum

    Returns
    -------
    numpy.ndarray, shape (n_frames, 7), float32
        In dB, up to 200 Hz and in six octaves above, the last one ending at half the sample rate.

    References
    ----------
    Jiang et al., "Music type classification by spectral contrast feature", ICME 2002.
    """
    import librosa

    rate = spectrum.config.sample_rate
    return _time_first(librosa.feature.spectral_contrast(S=spectrum.magnitude, sr=rate))


def spectral_flatness(spectrum: Spectrum) -> Features:
    """Compute the ratio of the geometric to the arithmetic mean of the power.

    Parameters
    ----------
    spectrum : Spectrum

    Returns
    -------
    numpy.ndarray, shape (n_frames, 1), float32
        From 0 for a tone to 1 for a flat spectrum, digital silence among them.
    """
    import librosa

    return _time_first(librosa.feature.spectral_flatness(S=spectrum.magnitude))


def zero_crossing_rate(spectrum: Spectrum) -> Features:
    """Compute how often the samples change their sign.

    Parameters
    ----------
    spectrum : Spectrum
        Of which the samples are taken.

    Returns
    -------
    numpy.ndarray, shape (n_frames, 1), float32
        Changes a sample, in [0, 1].
    """
    import librosa

    n_fft, hop = spectrum.config.n_fft, spectrum.config.hop_length
    rate = librosa.feature.zero_crossing_rate(spectrum.samples, frame_length=n_fft, hop_length=hop)
    return _time_first(rate)


def rms(spectrum: Spectrum) -> Features:
    """Compute the root mean square.

    Parameters
    ----------
    spectrum : Spectrum
        Of which the samples are taken: the analysis window would weigh them.

    Returns
    -------
    numpy.ndarray, shape (n_frames, 1), float32
        1 is full scale.
    """
    import librosa

    n_fft, hop = spectrum.config.n_fft, spectrum.config.hop_length
    return _time_first(librosa.feature.rms(y=spectrum.samples, frame_length=n_fft, hop_length=hop))


def fundamental_frequency(spectrum: Spectrum) -> Features:
    """Estimate the pitch of the voice with YIN, from 60 to 500 Hz.

    YIN names a frequency for every frame, be it voiced or not. A frame counts as voiced when it
    resembles itself one period later (correlation of at least 0.45, Praat's voicing threshold).
    Probabilistic YIN would tell, too, but takes thirty times as long.

    Parameters
    ----------
    spectrum : Spectrum
        Of which the samples are taken, in frames of 64 ms.

    Returns
    -------
    numpy.ndarray, shape (n_frames, 1), float32
        In Hz; **0 where the frame is unvoiced or silent**.

    References
    ----------
    de Cheveigné and Kawahara, "YIN, a fundamental frequency estimator for speech and music",
    Journal of the Acoustical Society of America 111(4), 2002.
    Boersma, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise
    ratio of a sampled sound", Proceedings of the Institute of Phonetic Sciences 17, 1993.
    """
    import librosa

    rate, hop = spectrum.config.sample_rate, spectrum.config.hop_length
    f0 = librosa.yin(
        spectrum.samples, fmin=F0_MIN, fmax=F0_MAX, sr=rate, frame_length=F0_FRAME, hop_length=hop
    )
    voiced = _periodicity(spectrum, np.rint(rate / f0).astype(int)) >= MIN_PERIODICITY
    return np.where(voiced, f0, 0.0).astype(np.float32)[:, np.newaxis]


def _periodicity(spectrum: Spectrum, lags: npt.NDArray[np.int64]) -> Features:
    """Correlate each frame with itself `lags` samples later; 0 for digital silence."""
    padded = np.pad(spectrum.samples, F0_FRAME // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, F0_FRAME)
    frames = frames[:: spectrum.config.hop_length]
    length = F0_FRAME - int(np.ceil(spectrum.config.sample_rate / F0_MIN)) - 1
    now = frames[:, :length]
    later = np.take_along_axis(frames, lags[:, np.newaxis] + np.arange(length), axis=1)
    energy = np.sqrt(np.square(now).sum(axis=1) * np.square(later).sum(axis=1))
    correlation: Features = (now * later).sum(axis=1) / np.maximum(energy, SILENT_ENERGY)
    return correlation
