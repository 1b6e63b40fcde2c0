"""What happens to a waveform before its features: noise reduction, trimming, level.

References
----------
Boll, "Suppression of acoustic noise in speech using spectral subtraction", IEEE Transactions on
Acoustics, Speech, and Signal Processing 27(2), 1979: the noise is what is heard in pauses.
Lim and Oppenheim, "Enhancement and bandwidth compression of noisy speech", Proceedings of the IEEE
67(12), 1979: a Wiener filter from such an estimate.
"""

import numpy as np

from mlcore.audio import SAMPLE_RATE, Waveform
from mlcore.features.config import FeatureConfig, Features

# Below this level a waveform is digital silence; raising it would only raise rounding noise.
SILENCE_RMS = 1e-7

GATE_N_FFT, GATE_HOP = 512, 128  # 32 and 8 ms
NOISE_SHARE = 0.1  # of the frames: the quietest ones are taken for noise
OVERSUBTRACTION = 2.0  # noise varies from frame to frame; its mean alone would let half of it pass
MIN_GAIN = 0.1  # -20 dB: holes in the spectrum would sound, and be, worse than noise
SMOOTHING = (3, 5)  # bins and frames: lone peaks of noise must not pass as musical tones

TRIM_FRAME = SAMPLE_RATE // 50  # 20 ms
TRIM_MARGIN = 3  # frames: quiet onsets and endings belong to the word
MIN_TRIMMED = 3 * SAMPLE_RATE // 10  # 0.3 s, the shortest clip that is judged


def prepare(waveform: Waveform, config: FeatureConfig) -> Waveform:
    """Do to a waveform what its configuration asks for, before any feature.

    Parameters
    ----------
    waveform : numpy.ndarray, shape (n_samples,)
    config : FeatureConfig

    Returns
    -------
    numpy.ndarray, shape (n_kept_samples,), float32
        Without an offset. At the configuration's level; or at its own, but not beyond full scale.
    """
    if config.denoise:
        waveform = reduce_noise(_within_full_scale(waveform))
    if config.trim_db is not None:
        waveform = trim_silence(waveform, trim_db=config.trim_db)
    if config.level_dbfs is None:
        return _within_full_scale(waveform)
    return normalize_level(waveform, level_dbfs=config.level_dbfs)


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


def _within_full_scale(waveform: Waveform) -> Waveform:
    """Take the offset off; scale down what is louder than full scale, as float WAV can be."""
    centered = waveform.astype(np.float64)
    centered -= centered.mean() if len(centered) else 0.0
    peak = max(1.0, float(np.abs(centered).max(initial=0.0)))
    scaled: Waveform = (centered / peak).astype(np.float32)
    return scaled


def reduce_noise(waveform: Waveform) -> Waveform:
    """Reduce steady noise by spectral gating.

    The quietest tenth of the frames tells how loud the noise is in each bin; a bin is turned down
    the more, the less it stands out from that, softly and by at most 20 dB.

    Parameters
    ----------
    waveform : numpy.ndarray, shape (n_samples,)
        At 16 kHz, in [-1, 1].

    Returns
    -------
    numpy.ndarray, shape (n_samples,), float32
        A clip without any pause loses what is steady in it: the price of not knowing the noise.
    """
    import librosa
    from scipy.ndimage import uniform_filter

    padded = np.pad(waveform, (0, max(0, GATE_N_FFT - len(waveform))))
    spectrum = librosa.stft(padded, n_fft=GATE_N_FFT, hop_length=GATE_HOP)
    power = np.square(np.abs(spectrum))
    noise = OVERSUBTRACTION * _noise_profile(power)
    smooth = uniform_filter(power, SMOOTHING, mode="nearest")
    gain = np.maximum(1.0 - noise[:, np.newaxis] / np.maximum(smooth, 1e-20), MIN_GAIN)
    gain = uniform_filter(gain, SMOOTHING, mode="nearest")
    cleaned = librosa.istft(gain * spectrum, n_fft=GATE_N_FFT, hop_length=GATE_HOP)
    reduced: Waveform = cleaned[: len(waveform)].astype(np.float32)
    return np.pad(reduced, (0, len(waveform) - len(reduced)))


def _noise_profile(power: Features) -> Features:
    """Average the quietest frames; digital silence is none, as it says nothing about noise."""
    energy = power.sum(axis=0)
    heard = power[:, energy >= energy.max() * 1e-10]
    n_quiet = max(1, round(NOISE_SHARE * heard.shape[1]))
    quietest = np.argsort(heard.sum(axis=0))[:n_quiet]
    profile: Features = heard[:, quietest].mean(axis=1)
    return profile


def trim_silence(waveform: Waveform, *, trim_db: float) -> Waveform:
    """Cut silence off both ends.

    Parameters
    ----------
    waveform : numpy.ndarray, shape (n_samples,)
        At 16 kHz.
    trim_db : float
        Frames so many decibels below the loudest are silence.

    Returns
    -------
    numpy.ndarray, shape (n_kept_samples,)
        With 60 ms more at each end, and never less than 0.3 s of a waveform that has so much.
        Digital silence is returned whole.
    """
    return waveform[spoken_part(waveform, trim_db=trim_db)]


def spoken_part(waveform: Waveform, *, trim_db: float) -> slice:
    """Return what `trim_silence` keeps, in samples."""
    n_frames = len(waveform) // TRIM_FRAME
    if n_frames * TRIM_FRAME <= MIN_TRIMMED:
        return slice(0, len(waveform))
    frames = waveform[: n_frames * TRIM_FRAME].astype(np.float64)
    frames -= frames.mean()
    energy = np.square(frames).reshape(n_frames, TRIM_FRAME).mean(axis=1)
    loud = np.flatnonzero(energy >= energy.max() * 10.0 ** (-trim_db / 10.0))
    start = max(0, loud[0] - TRIM_MARGIN) * TRIM_FRAME
    stop = min(n_frames, loud[-1] + 1 + TRIM_MARGIN) * TRIM_FRAME
    missing = MIN_TRIMMED - (stop - start)
    if missing > 0:
        start = max(0, start - missing)
    return slice(int(start), int(max(stop, start + MIN_TRIMMED)))
