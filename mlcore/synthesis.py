"""Speech-like sound made by rule: glottal pulses, formants, syllables, and a tune of the voice.

It says nothing and is nobody's voice, so clips made of it may be passed on. It is enough like
speech that the speech gate lets it through and that pitch, loudness and tempo are heard.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlcore.audio import SAMPLE_RATE, Waveform

Floats = npt.NDArray[np.float64]

# First three formants of a, i, u, e, o and ə in Hz, of a long vocal tract.
VOWELS: Floats = np.array(
    [
        (730, 1090, 2440),
        (270, 2290, 3010),
        (300, 870, 2240),
        (530, 1840, 2480),
        (570, 840, 2410),
        (500, 1500, 2500),
    ],
    dtype=float,
)
FRAME = 256  # samples for which the vocal tract holds still
PEAK = 0.7
DB_AN_OCTAVE = 20 * np.log10(4.0)  # of 1 + f², high above its corner


@dataclass(frozen=True)
class Manner:
    """How something is said.

    Parameters
    ----------
    f0 : float
        Middle pitch in Hz.
    range_semitones : float
        How far the pitch moves up and down.
    slope_semitones : float
        How far it rises (or falls, below 0) from the first to the last syllable.
    syllables_a_second : float
    effort : float
        0 is soft and breathy, 1 is pressed and bright.
    tremor : float
        Share by which the pitch trembles.
    tract : float
        Formants are multiplied by it: above 1 is a smaller speaker.
    pause_share : float
        How many of the syllables are followed by a pause.
    level : float
        Peak of the waveform.
    damping : float
        By how many dB each octave above 500 Hz is weaker than the one below: a muffled voice.
    """

    f0: float = 120.0
    range_semitones: float = 3.0
    slope_semitones: float = -2.0
    syllables_a_second: float = 4.0
    effort: float = 0.5
    tremor: float = 0.005
    tract: float = 1.0
    pause_share: float = 0.12
    level: float = PEAK
    damping: float = 0.0


def speak(manner: Manner, duration_s: float, *, seed: int) -> Waveform:
    """Make a recording; the same arguments make the same one."""
    rng = np.random.default_rng(seed)
    n_samples = round(duration_s * SAMPLE_RATE)
    lengths, vowels, loudness = _syllables(manner, n_samples, rng)
    pitch = _pitch(manner, lengths, n_samples, rng)
    source = _source(manner, pitch, rng)
    voiced = _through_tract(source, _tract(manner, lengths, vowels, n_samples), manner)
    envelope = _envelope(lengths, loudness, n_samples)
    output = voiced * envelope + _consonants(manner, lengths, loudness, n_samples, rng)
    output = output + 1e-4 * rng.standard_normal(n_samples)  # the room
    return np.asarray(manner.level * output / np.abs(output).max(), dtype=np.float32)


def _syllables(
    manner: Manner, n_samples: int, rng: np.random.Generator
) -> tuple[list[int], list[int], list[float]]:
    """Lengths in samples, vowels, and loudness (0 is a pause)."""
    lengths: list[int] = []
    vowels: list[int] = []
    loudness: list[float] = []
    while sum(lengths) < n_samples:
        is_pause = bool(lengths) and loudness[-1] > 0 and rng.random() < manner.pause_share
        stretch = 1.2 if is_pause else rng.uniform(0.7, 1.4)
        lengths.append(round(SAMPLE_RATE * stretch / manner.syllables_a_second))
        vowels.append(int(rng.integers(len(VOWELS))))
        loudness.append(0.0 if is_pause else float(rng.uniform(0.65, 1.0)))
    return lengths, vowels, loudness


def _pitch(manner: Manner, lengths: list[int], n_samples: int, rng: np.random.Generator) -> Floats:
    """In Hz by sample: one target a syllable, joined smoothly, on a slope, with tremor."""
    ends = np.cumsum([0, *lengths])
    middles = (ends[1:] + ends[:-1]) / 2
    targets = manner.range_semitones * rng.uniform(-1, 1, len(lengths))
    time = np.arange(n_samples)
    semitones = np.interp(time, middles, targets)
    semitones = semitones + manner.slope_semitones * (time / n_samples - 0.5)
    tremor = manner.tremor * np.sin(2 * np.pi * 5.5 * time / SAMPLE_RATE)
    points = np.arange(0, n_samples + 160, 160)
    jitter = np.interp(time, points, rng.standard_normal(len(points)))
    return np.asarray(manner.f0 * 2 ** (semitones / 12) * (1 + tremor + 0.006 * jitter))


def _source(manner: Manner, pitch: Floats, rng: np.random.Generator) -> Floats:
    """One pulse a period, and breath."""
    phase = np.cumsum(pitch) / SAMPLE_RATE
    pulses = np.diff(np.floor(phase), prepend=0.0)
    breath = (0.03 - 0.022 * manner.effort) * rng.standard_normal(len(pitch))
    return np.asarray(pulses + breath)


def _tract(manner: Manner, lengths: list[int], vowels: list[int], n_samples: int) -> Floats:
    """Formants by frame, gliding from vowel to vowel."""
    ends = np.cumsum([0, *lengths])
    middles = (ends[1:] + ends[:-1]) / 2
    frames = np.arange(0, n_samples + FRAME, FRAME)
    targets = VOWELS[vowels] * manner.tract
    return np.stack([np.interp(frames, middles, targets[:, k]) for k in range(3)], axis=1)


def _through_tract(source: Floats, formants: Floats, manner: Manner) -> Floats:
    """Overlapping frames, each filtered by its own formants."""
    size = 2 * FRAME
    window = np.hanning(size + 1)[:size]
    hertz = np.fft.rfftfreq(2 * size, 1 / SAMPLE_RATE)
    effort = manner.effort
    tilt = 1.0 / (1.0 + (hertz / (250.0 + 900.0 * effort)) ** (1.6 - 0.5 * effort))
    tilt = tilt * (1.0 + (hertz / 500.0) ** 2) ** (-manner.damping / DB_AN_OCTAVE)
    padded = np.concatenate([np.zeros(FRAME), source, np.zeros(3 * size)])
    output = np.zeros(len(padded))
    for number, row in enumerate(formants):
        start = number * FRAME
        gain = sum(1.0 / (1.0 + ((hertz - f) / (50 + 0.05 * f)) ** 2) for f in (*row, 3500.0))
        spectrum = np.fft.rfft(padded[start : start + size] * window, 2 * size)
        output[start : start + 2 * size] += np.fft.irfft(spectrum * gain * tilt)
    return np.asarray(output[FRAME : FRAME + len(source)])


def _envelope(lengths: list[int], loudness: list[float], n_samples: int) -> Floats:
    parts = [
        volume * np.clip(np.hanning(length) * 2.2, 0, 1) ** 0.7
        for length, volume in zip(lengths, loudness, strict=True)
    ]
    return np.concatenate(parts)[:n_samples]


def _consonants(
    manner: Manner,
    lengths: list[int],
    loudness: list[float],
    n_samples: int,
    rng: np.random.Generator,
) -> Floats:
    """A short hiss at the start of most syllables."""
    output = np.zeros(n_samples + max(lengths))
    start = 0
    for length, volume in zip(lengths, loudness, strict=True):
        size = min(length // 3, round(0.05 * SAMPLE_RATE))
        if volume and rng.random() < 0.7:
            hiss = np.diff(rng.standard_normal(size + 1)) * np.hanning(size)
            output[start : start + size] += (0.02 + 0.03 * manner.effort) * volume * hiss
        start += length
    return output[:n_samples]
