"""Which moments and which pitches of a clip carried its emotion: occlusion.

One rectangle of the features after the other is replaced by the quiet level of its bands, and the
network is asked again: how much less certain of the clip's emotion is it now?

References
----------
Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014.
"""

import itertools
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mlcore.audio import Waveform
from mlcore.calibration import Floats, posteriors_of
from mlcore.features import FeatureConfig, Features, extract, spoken_part
from mlcore.inference import Recognizer, SegmentResult

# About a syllable; longer in segments of more than 3 s, so that none takes longer to explain.
CELL_S = 0.15
MAX_TIME_CELLS = 20
MAX_BAND_CELLS = 8
# Segments of a long clip that are explained unless one is named: those that spoke loudest for it.
MAX_SEGMENTS = 8
BATCH_SIZE = 32
# Features that grow with the power in a band: their quiet level is a low one, not a middle one.
POWER_SETS = ("power_mel", "log_mel")
QUIET_SHARE = 0.1

Edges = npt.NDArray[np.int64]
Cover = tuple[slice, slice]  # frames and features that are replaced


@dataclass(frozen=True)
class SegmentExplanation:
    """How much each cell of a segment carried the clip's emotion.

    Parameters
    ----------
    segment : int
        Its number among the segments of the recognition.
    start_s, end_s : float
        Within the clip.
    posterior : float
        Of the clip's emotion, in this segment.
    total : float
        By how much the posterior falls when all cells are covered at once.
    time_edges_s : tuple of float
        Of the cells, within the clip; one more than there are cells.
    band_edges : tuple of float
        In the explanation's `band_unit`; one more than there are cells.
    relevance : tuple of tuple of float, n_time_cells by n_band_cells
        By how much the posterior falls when the cell is covered, from -1 to 1; negative where
        the cell spoke against the emotion.
    """

    segment: int
    start_s: float
    end_s: float
    posterior: float
    total: float
    time_edges_s: tuple[float, ...]
    band_edges: tuple[float, ...]
    relevance: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Explanation:
    """Where a clip's emotion was heard.

    Parameters
    ----------
    emotion : str
        The clip's: what is explained in every segment.
    band_unit : str
        ``"Hz"``, or ``"feature"`` where features are no bands: then edges count features.
    n_segments : int
        Of the recognition, explained or not.
    segments : tuple of SegmentExplanation
        In order of time.
    """

    emotion: str
    band_unit: str
    n_segments: int
    segments: tuple[SegmentExplanation, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as plain data for JSON."""
        return asdict(self)


def explain(
    recognizer: Recognizer, waveform: Waveform, *, segment: int | None = None
) -> Explanation:
    """Find what carried the emotion that the recognizer hears in a clip.

    Parameters
    ----------
    recognizer : Recognizer
        Its own network is asked, as it serves.
    waveform : numpy.ndarray, shape (n_samples,)
        At the bundle's sample rate.
    segment : int, optional
        The only segment to explain; by default the `MAX_SEGMENTS` with the largest posterior of
        the clip's emotion.

    Returns
    -------
    Explanation

    Raises
    ------
    AudioError
        ``audio:user:no-speech``.
    IndexError
        When there is no such segment.
    """
    found = recognizer.judge(waveform)
    numbers = [segment] if segment is not None else _loudest(found.segments, found.emotion)
    parts = tuple(
        _explain_segment(recognizer, waveform, found.segments[number], found.emotion, number)
        for number in numbers
    )
    unit = "Hz" if is_spectral(recognizer.bundle.features) else "feature"
    return Explanation(found.emotion, unit, len(found.segments), parts)


def _loudest(segments: tuple[SegmentResult, ...], emotion: str) -> list[int]:
    by_posterior = sorted(range(len(segments)), key=lambda n: -segments[n].posteriors[emotion])
    return sorted(by_posterior[:MAX_SEGMENTS])


def _explain_segment(
    recognizer: Recognizer, waveform: Waveform, part: SegmentResult, emotion: str, number: int
) -> SegmentExplanation:
    config = recognizer.bundle.features
    heard = waveform[round(part.start_s * config.sample_rate) :]
    heard = heard[: round((part.end_s - part.start_s) * config.sample_rate)]
    heard, config, start_s = _without_silence(heard, config, part.start_s)
    features = extract(heard, config)
    frames, bands = _frame_edges(features, heard, config), _band_edges(features)
    covers = [(slice(0, 0), slice(0, 0)), (slice(None), slice(None)), *_cells(frames, bands)]
    posteriors = _posteriors(recognizer, features, _quiet_level(features, heard, config), covers)
    whole, all_covered, *covered = posteriors[:, recognizer.bundle.labels.index(emotion)]
    relevance = (whole - np.array(covered)).reshape(len(frames) - 1, len(bands) - 1)
    return SegmentExplanation(
        segment=number,
        start_s=part.start_s,
        end_s=part.end_s,
        posterior=float(whole),
        total=float(whole - all_covered),
        time_edges_s=(
            _in_seconds(frames, start_s, part.end_s, config)
            if keeps_time(features, config)
            else (part.start_s, part.end_s)
        ),
        band_edges=_in_hertz(bands, config) if is_spectral(config) else tuple(map(float, bands)),
        relevance=tuple(tuple(map(float, row)) for row in relevance),
    )


def _without_silence(
    heard: Waveform, config: FeatureConfig, start_s: float
) -> tuple[Waveform, FeatureConfig, float]:
    """Cut off what `extract` would, so that it is known when each frame was heard."""
    if config.trim_db is None or config.denoise:
        return heard, config, start_s
    kept = spoken_part(heard, trim_db=config.trim_db)
    return heard[kept], replace(config, trim_db=None), start_s + kept.start / config.sample_rate


def is_spectral(config: FeatureConfig) -> bool:
    """Tell whether a feature is the power in one band."""
    return config.name in POWER_SETS


def keeps_time(features: Features, config: FeatureConfig) -> bool:
    """Tell whether it is known when a frame was heard."""
    return features.ndim > 1 and config.trim_db is None


def _frame_edges(features: Features, heard: Waveform, config: FeatureConfig) -> Edges:
    """Cut time into cells; frames that only pad a short segment belong to none."""
    if not keeps_time(features, config):
        return np.array([0, len(np.atleast_2d(features))])
    n_frames = min(len(features), 1 + len(heard) // config.hop_length)
    n_cells = round(n_frames * config.hop_length / config.sample_rate / CELL_S)
    n_cells = min(max(n_cells, 1), MAX_TIME_CELLS, n_frames)
    return np.linspace(0, n_frames, n_cells + 1).round().astype(np.int64)


def _band_edges(features: Features) -> Edges:
    n_features = features.shape[0 if features.ndim == 1 else 1]
    n_cells = min(MAX_BAND_CELLS, n_features)
    return np.linspace(0, n_features, n_cells + 1).round().astype(np.int64)


def _cells(frames: Edges, bands: Edges) -> list[Cover]:
    return [
        (slice(*time), slice(*band))
        for time in itertools.pairwise(frames)
        for band in itertools.pairwise(bands)
    ]


def _quiet_level(features: Features, heard: Waveform, config: FeatureConfig) -> Features:
    """Find what takes the place of a covered cell: a value for each feature."""
    if features.ndim == 1:
        # no time to compare with: as if the same stretch had held only noise
        noise = np.random.default_rng(0).standard_normal(len(heard)).astype(np.float32)
        return extract(noise, config)
    spoken = features[: 1 + len(heard) // config.hop_length]
    share = QUIET_SHARE if is_spectral(config) else 0.5
    return np.quantile(spoken, share, axis=0).astype(np.float32)


def _posteriors(
    recognizer: Recognizer, features: Features, quiet: Features, covers: list[Cover]
) -> Floats:
    """Ask the network once for each cover, in batches."""
    grid = np.atleast_2d(features)
    logits = []
    for start in range(0, len(covers), BATCH_SIZE):
        batch = np.repeat(grid[np.newaxis], len(covers[start : start + BATCH_SIZE]), axis=0)
        for copy, (time, band) in zip(batch, covers[start:], strict=False):
            copy[time, band] = quiet[band]
        logits.append(recognizer.network(batch.reshape(len(batch), *features.shape)))
    temperature = recognizer.bundle.temperature
    return posteriors_of(np.concatenate(logits).astype(np.float64), temperature=temperature)


def _in_seconds(
    frames: Edges, start_s: float, end_s: float, config: FeatureConfig
) -> tuple[float, ...]:
    seconds = start_s + frames * config.hop_length / config.sample_rate
    return tuple(float(edge) for edge in np.minimum(seconds, end_s))


def _in_hertz(bands: Edges, config: FeatureConfig) -> tuple[float, ...]:
    """Place each edge half way, in mel, between the centers of the bands on both sides."""
    import librosa

    nyquist = config.sample_rate / 2
    # triangles: band n rises from point 2n, peaks at 2n + 2 and ends at 2n + 4
    points = librosa.mel_frequencies(2 * config.n_mels + 3, fmin=0.0, fmax=nyquist)
    edges = points[2 * bands + 1]
    edges[0], edges[-1] = 0.0, nyquist
    return tuple(float(edge) for edge in edges)
