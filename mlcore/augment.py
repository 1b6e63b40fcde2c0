"""Other ways in which the same sentence could have been recorded. For training clips only.

Which change a copy gets depends on its seed alone, so that a training can be repeated.

References
----------
The copies of the usual projects: Burnwal, "Speech Emotion Recognition", Kaggle notebook, 2020.
"""

import numpy as np

from mlcore.audio import SAMPLE_RATE, Waveform, resample

# Raise it when the same seed gives another waveform.
AUGMENT_VERSION = 2

SPEED_RANGE = (0.9, 1.1)  # moves pitch, formants and tempo together, as another voice would
REVERB_S = (0.1, 0.5)
REVERB_LEVEL = (0.1, 0.6)
TILT = (-0.5, 0.5)
LOW_CUT_HZ, HIGH_CUT_HZ = (50.0, 350.0), (3000.0, 7500.0)
SNR_DB = (8.0, 35.0)

# What the usual projects do to theirs.
USUAL_NOISE = 0.035  # deviation, at most, for a clip whose peak is 1
USUAL_RATE = 0.8
USUAL_STEPS = 0.7  # semitones


def augment(waveform: Waveform, seed: int) -> Waveform:
    """Change speed, room, timbre, band and noise, each by chance.

    Parameters
    ----------
    waveform : numpy.ndarray, shape (n_samples,)
        At 16 kHz.
    seed : int

    Returns
    -------
    numpy.ndarray, shape (n_changed_samples,), float32
    """
    rng = np.random.default_rng(seed)
    if rng.random() < 0.7:
        waveform = _change_speed(waveform, rng.uniform(*SPEED_RANGE))
    if rng.random() < 0.3:
        waveform = _add_room(waveform, rng)
    if rng.random() < 0.5:
        waveform = _tilt(waveform, rng.uniform(*TILT))
    if rng.random() < 0.3:
        waveform = _limit_band(waveform, rng.uniform(*LOW_CUT_HZ), rng.uniform(*HIGH_CUT_HZ))
    if rng.random() < 0.5:
        waveform = _add_noise(waveform, rng)
    return waveform.astype(np.float32)


def usual_copy(waveform: Waveform, seed: int, *, number: int) -> Waveform:
    """Do what the usual projects do: noise for one copy, stretch and shift for the other.

    Parameters
    ----------
    waveform : numpy.ndarray, shape (n_samples,)
        At 16 kHz.
    seed : int
        Of the noise.
    number : int
        Of the copy; odd ones get white noise, even ones a slower tempo and a higher pitch.

    Returns
    -------
    numpy.ndarray, shape (n_changed_samples,), float32
    """
    if number % 2:
        rng = np.random.default_rng(seed)
        level = USUAL_NOISE * rng.random() * np.abs(waveform).max(initial=0.0)
        return np.asarray(waveform + level * rng.standard_normal(len(waveform)), dtype=np.float32)
    from librosa import effects

    slower = effects.time_stretch(waveform, rate=USUAL_RATE)
    higher = effects.pitch_shift(slower, sr=SAMPLE_RATE, n_steps=USUAL_STEPS)
    return np.asarray(higher, dtype=np.float32)


def _change_speed(waveform: Waveform, factor: float) -> Waveform:
    return resample([waveform], from_rate=round(SAMPLE_RATE * factor), to_rate=SAMPLE_RATE)


def _add_room(waveform: Waveform, rng: np.random.Generator) -> Waveform:
    """Convolve with decaying noise behind the direct sound."""
    n_tail = round(SAMPLE_RATE * rng.uniform(*REVERB_S))
    decay = 10.0 ** (-3.0 * np.arange(n_tail) / n_tail)  # 60 dB
    response = rng.standard_normal(n_tail) * decay
    response *= rng.uniform(*REVERB_LEVEL) / np.sqrt(np.square(response).sum())
    response[0] = 1.0
    n_fft = 1 << int(np.ceil(np.log2(len(waveform) + n_tail)))
    spectrum = np.fft.rfft(waveform, n_fft) * np.fft.rfft(response, n_fft)
    wet: Waveform = np.fft.irfft(spectrum, n_fft)[: len(waveform)].astype(np.float32)
    return wet


def _tilt(waveform: Waveform, amount: float) -> Waveform:
    """Raise (amount > 0) or lower the high frequencies, as another microphone would."""
    delayed = np.concatenate(([0.0], waveform[:-1]))
    return np.asarray(waveform - amount * delayed, dtype=np.float32)


def _limit_band(waveform: Waveform, low_hz: float, high_hz: float) -> Waveform:
    """Take off both ends of the spectrum, as small loudspeakers and lines do."""
    from scipy.signal import butter, sosfilt

    sections = butter(4, (low_hz, high_hz), "bandpass", fs=SAMPLE_RATE, output="sos")
    return np.asarray(sosfilt(sections, waveform), dtype=np.float32)


def _add_noise(waveform: Waveform, rng: np.random.Generator) -> Waveform:
    """Add noise between white and pink at a random level below the clip's own."""
    spectrum = np.fft.rfft(rng.standard_normal(len(waveform)))
    spectrum /= np.maximum(1, np.arange(len(spectrum))) ** rng.uniform(0.0, 0.5)
    noise = np.fft.irfft(spectrum, len(waveform))
    ratio = float(np.mean(np.square(waveform, dtype=np.float64)) / np.mean(np.square(noise)))
    gain = np.sqrt(ratio) * 10.0 ** (-rng.uniform(*SNR_DB) / 20.0)
    return np.asarray(waveform + gain * noise, dtype=np.float32)
