"""What a clip looks like: waveform, spectrogram, pitch and energy, small enough to be drawn.

However long the clip is, a portrait has at most `MAX_COLUMNS` columns of spectrogram and so on,
all of them spread evenly over its length.

References
----------
de Cheveigne and Kawahara, "YIN, a fundamental frequency estimator for speech and music", Journal
of the Acoustical Society of America 111, 2002, doi:10.1121/1.1458024.
"""

import base64
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mlcore.audio import SAMPLE_RATE, Waveform
from mlcore.features import FeatureConfig
from mlcore.features.mel import prepared_power_mel, to_db
from mlcore.speech import SpeechGate

MAX_PEAKS = 800
MAX_COLUMNS = 600
MAX_PITCHES = 1200
HOP = 160  # samples, 10 ms
MELS = FeatureConfig("log_mel", hop_length=HOP, n_fft=512, n_mels=64, level_dbfs=None)
BLOCK = 4000 * HOP  # of the spectrogram, so that memory does not grow with the clip
RANGE_DB = 70.0  # from the loudest cell down to black
FLOOR_DBFS = -80.0

LOWEST_HZ, HIGHEST_HZ = 60.0, 500.0
PITCH_WINDOW = 1024  # samples, 64 ms
VOICED_BELOW = 0.3  # aperiodicity
VOICED_RANGE_DB = 40.0  # under the loudest moment a voice is too faint to have a pitch

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Portrait:
    """A clip to be drawn.

    Parameters
    ----------
    duration_s : float
    peaks : tuple of (float, float)
        Lowest and highest sample of equally long stretches.
    spectrogram : str
        Base64 of one byte a cell, time first, the lowest band first: 0 is `RANGE_DB` or more
        under the loudest cell, 255 is the loudest.
    n_columns : int
        Of the spectrogram.
    band_edges_hz : tuple of float
        One more than there are bands.
    energy_db : tuple of float
        Level of equally long stretches in dBFS, at least `FLOOR_DBFS`.
    pitch_hz : tuple of float or None
        In the middle of equally long stretches; None without a voice.
    speech_s : tuple of (float, float)
        From when to when speech is heard.
    """

    duration_s: float
    peaks: tuple[tuple[float, float], ...]
    spectrogram: str
    n_columns: int
    band_edges_hz: tuple[float, ...]
    energy_db: tuple[float, ...]
    pitch_hz: tuple[float | None, ...]
    speech_s: tuple[tuple[float, float], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the portrait as plain data for JSON."""
        return asdict(self)


def portray(waveform: Waveform, gate: SpeechGate) -> Portrait:
    """Measure what is drawn of a clip.

    Parameters
    ----------
    waveform : numpy.ndarray, shape (n_samples,)
        At 16 kHz, at least one sample.
    gate : SpeechGate
        Tells where speech is.

    Returns
    -------
    Portrait
    """
    cells = spectrogram_of(waveform)
    return Portrait(
        duration_s=round(len(waveform) / SAMPLE_RATE, 3),
        peaks=peaks_of(waveform),
        spectrogram=base64.b64encode(cells.tobytes()).decode(),
        n_columns=len(cells),
        band_edges_hz=_band_edges_hz(),
        energy_db=energy_of(waveform),
        pitch_hz=pitch_of(waveform),
        speech_s=gate.stretches(waveform),
    )


def peaks_of(waveform: Waveform) -> tuple[tuple[float, float], ...]:
    """Find the lowest and highest sample of each of at most `MAX_PEAKS` stretches."""
    starts = _edges(len(waveform), MAX_PEAKS)[:-1]
    lows = np.minimum.reduceat(waveform, starts).clip(-1, 1)
    highs = np.maximum.reduceat(waveform, starts).clip(-1, 1)
    pairs = zip(lows.tolist(), highs.tolist(), strict=True)
    return tuple((round(low, 3), round(high, 3)) for low, high in pairs)


def energy_of(waveform: Waveform) -> tuple[float, ...]:
    """Measure the level of each of at most `MAX_COLUMNS` stretches, in dBFS."""
    edges = _edges(len(waveform), min(MAX_COLUMNS, 1 + len(waveform) // HOP))
    powers = np.add.reduceat(np.square(waveform, dtype=np.float64), edges[:-1]) / np.diff(edges)
    return tuple(round(float(level), 1) for level in _dbfs(powers))


def spectrogram_of(waveform: Waveform) -> npt.NDArray[np.uint8]:
    """Compute a mel spectrogram for the eye.

    Parameters
    ----------
    waveform : numpy.ndarray, shape (n_samples,)

    Returns
    -------
    numpy.ndarray, shape (n_columns, n_bands), uint8
        Decibels from `RANGE_DB` under the loudest cell (0) up to it (255).
    """
    power = np.concatenate([prepared_power_mel(block, MELS) for block in _blocks(waveform)])
    edges = _edges(len(power), MAX_COLUMNS)
    means = np.add.reduceat(power, edges[:-1], axis=0) / np.diff(edges)[:, np.newaxis]
    level = to_db(means.astype(np.float32))
    if level.max() <= FLOOR_DBFS:
        return np.zeros(level.shape, np.uint8)
    share = 1 + (level - level.max()) / RANGE_DB
    return np.asarray(np.round(255 * share.clip(0, 1)), dtype=np.uint8)


def pitch_of(waveform: Waveform) -> tuple[float | None, ...]:
    """Measure the pitch of a voice with YIN, in the middle of at most `MAX_PITCHES` stretches.

    Parameters
    ----------
    waveform : numpy.ndarray, shape (n_samples,)

    Returns
    -------
    tuple of float or None
        In Hz; None where nothing periodic between `LOWEST_HZ` and `HIGHEST_HZ` is heard.
    """
    frames = _pitch_frames(waveform)
    powers = np.square(frames, dtype=np.float64).mean(axis=1)
    loud = _dbfs(powers) > max(FLOOR_DBFS, float(_dbfs(powers).max()) - VOICED_RANGE_DB)
    aperiodicity = _aperiodicity(frames)
    lags, voiced = _first_dips(aperiodicity)
    pitches = SAMPLE_RATE / (lags + _bend(aperiodicity, lags))
    found = zip(pitches.tolist(), (voiced & loud).tolist(), strict=True)
    return tuple(round(pitch, 1) if is_voiced else None for pitch, is_voiced in found)


def _edges(length: int, n_most: int) -> npt.NDArray[np.int64]:
    """Cut a length into at most so many stretches, as equal as whole numbers are."""
    return np.linspace(0, length, min(length, n_most) + 1).round().astype(np.int64)


def _blocks(waveform: Waveform) -> Iterator[Waveform]:
    """Cut so that no block's frames are heard twice: each has a frame a hop and one more."""
    for start in range(0, len(waveform), BLOCK):
        yield waveform[start : start + BLOCK - 1]


def _dbfs(powers: Floats) -> Floats:
    return np.asarray(10 * np.log10(np.maximum(powers, 10 ** (FLOOR_DBFS / 10))))


def _band_edges_hz() -> tuple[float, ...]:
    """Half way, in mel, between the centers of the bands on both sides."""
    import librosa

    points = librosa.mel_frequencies(2 * MELS.n_mels + 3, fmin=0.0, fmax=SAMPLE_RATE / 2)
    return tuple(round(float(hertz), 1) for hertz in points[1::2])


def _longest_lag() -> int:
    return round(SAMPLE_RATE / LOWEST_HZ)


def _pitch_frames(waveform: Waveform) -> npt.NDArray[np.float32]:
    """Cut out a window around each moment, and as much more as the longest period."""
    n_frames = min(MAX_PITCHES, 1 + len(waveform) // HOP)
    length = PITCH_WINDOW + _longest_lag() + 1
    centers = ((np.arange(n_frames) + 0.5) * len(waveform) / n_frames).astype(np.int64)
    padded = np.pad(waveform, (length // 2, length))
    return np.asarray(padded[centers[:, np.newaxis] + np.arange(length)], dtype=np.float32)


def _aperiodicity(frames: npt.NDArray[np.float32]) -> Floats:
    """YIN's cumulative mean normalized difference, shape (n_frames, n_lags); 0 is periodic."""
    longest, size = _longest_lag(), 2 * PITCH_WINDOW
    head = np.fft.rfft(frames[:, :PITCH_WINDOW], size)
    products = np.fft.irfft(np.conj(head) * np.fft.rfft(frames, size), size)[:, : longest + 1]
    sums = np.cumsum(np.square(frames, dtype=np.float64), axis=1)
    sums = np.pad(sums, ((0, 0), (1, 0)))
    powers = sums[:, PITCH_WINDOW : PITCH_WINDOW + longest + 1] - sums[:, : longest + 1]
    difference = np.maximum(powers[:, :1] + powers - 2 * products, 0)
    means = np.cumsum(difference[:, 1:], axis=1) / np.arange(1, longest + 1)
    normalized = np.ones_like(difference)
    np.divide(difference[:, 1:], means, out=normalized[:, 1:], where=means > 1e-9)
    return np.asarray(normalized, dtype=np.float64)


def _first_dips(aperiodicity: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Find the first lag of each frame that is periodic enough, and whether there is one."""
    shortest = round(SAMPLE_RATE / HIGHEST_HZ)
    inner = aperiodicity[:, shortest:-1]
    dips = inner < VOICED_BELOW
    dips &= inner <= aperiodicity[:, shortest + 1 :]
    dips &= inner < aperiodicity[:, shortest - 1 : -2]
    return shortest + np.asarray(dips.argmax(axis=1)), np.asarray(dips.any(axis=1))


def _bend(aperiodicity: Floats, lags: npt.NDArray[np.int64]) -> Floats:
    """Find where between whole lags a parabola through three of them is lowest."""
    rows = np.arange(len(lags))
    before, here, after = (aperiodicity[rows, lags + step] for step in (-1, 0, 1))
    curve = before - 2 * here + after
    shift = np.zeros_like(here)
    np.divide(before - after, 2 * curve, out=shift, where=np.abs(curve) > 1e-12)
    return np.asarray(shift.clip(-1, 1))
