"""From a file to its emotion: ``Recognizer.load().recognize("clip.wav")``.

Neither Django nor Keras is needed; the network is the bundle's ONNX export. The stages are
public functions of their own (`audio.probe`, `audio.decode_blocks`, `audio.resample`,
`features.extract`, `SpeechGate.speech_s`, `Recognizer.network`), so that each can be timed.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mlcore import audio, bundles
from mlcore.affect import Affect, affect_of
from mlcore.audio import AudioLimits, Source, Waveform
from mlcore.bundles import BundleInfo, Network
from mlcore.calibration import Floats, posteriors_of
from mlcore.errors import AudioError
from mlcore.features import Features, extract
from mlcore.labels import EMOTIONS
from mlcore.pooling import pool
from mlcore.segments import cut
from mlcore.speech import MIN_SPEECH_S, SpeechGate

Engine = Literal["onnx", "keras"]

# Segments that the network hears at once: more would be hardly faster but take more memory.
BATCH_SIZE = 8
WARM_UP_S = 3.0
CLIPS_AT_ONCE = 32  # of `recognize_many`


@dataclass(frozen=True)
class SegmentResult:
    """What was heard in one part of a clip.

    Parameters
    ----------
    start_s, end_s : float
    emotion : str
    confidence : float
        The largest posterior.
    posteriors : dict of str to float
        All eight, in the order of `EMOTIONS`.
    """

    start_s: float
    end_s: float
    emotion: str
    confidence: float
    posteriors: dict[str, float]


@dataclass(frozen=True)
class Recognition:
    """What was heard in a clip: calibrated posteriors, the emotion with the largest one.

    Parameters
    ----------
    emotion : str
    confidence : float
        The largest posterior.
    posteriors : dict of str to float
        All eight, in the order of `EMOTIONS`, summing to 1.
    duration_s : float
    segments : tuple of SegmentResult
        In order of time; parts without speech are left out.
    """

    emotion: str
    confidence: float
    posteriors: dict[str, float]
    duration_s: float
    segments: tuple[SegmentResult, ...]

    @property
    def affect(self) -> Affect:
        """Valence and arousal, each in [-1, 1], as far as the posteriors tell."""
        return affect_of(self.posteriors)


class Recognizer:
    """A bundle that is ready to judge clips. Not safe to share between threads while loading."""

    def __init__(self, bundle: BundleInfo, network: Network) -> None:
        self.bundle = bundle
        self.network = network
        self.gate = SpeechGate()

    @classmethod
    def load(cls, folder: Path | str | None = None, *, engine: Engine = "onnx") -> "Recognizer":
        """Open a bundle after checking its hashes.

        Parameters
        ----------
        folder : Path or str, optional
            The shipped bundle if none is given.
        engine : {"onnx", "keras"}
            What runs the network; Keras is the slow reference.

        Raises
        ------
        BundleError
            When the bundle is missing, damaged or of another format.
        """
        path = bundles.shipped_bundle() if folder is None else Path(folder)
        info = bundles.read_info(path)
        opener = {"onnx": bundles.open_onnx, "keras": bundles.open_keras}[engine]
        return cls(info, opener(path, info))

    def warm_up(self) -> None:
        """Run every stage once, so that the first clip is as quick as the next ones."""
        n_samples = round(WARM_UP_S * audio.SAMPLE_RATE)
        noise = np.random.default_rng(0).standard_normal(n_samples).astype(np.float32)
        self.gate.speech_s(noise)
        self.network(extract(noise, self.bundle.features)[np.newaxis])
        audio.resample([noise], from_rate=48_000, to_rate=audio.SAMPLE_RATE)

    def recognize(self, source: Source, limits: AudioLimits = audio.DEFAULT_LIMITS) -> Recognition:
        """Judge a recording of any allowed format.

        Parameters
        ----------
        source : Path, str or binary file
        limits : AudioLimits

        Returns
        -------
        Recognition

        Raises
        ------
        AudioError
            When the file can't be used or no speech is in it.
        """
        return self.judge(audio.load(source, sample_rate=self._sample_rate, limits=limits))

    def recognize_many(
        self,
        sources: Iterable[Source],
        limits: AudioLimits = audio.DEFAULT_LIMITS,
        *,
        n_threads: int = 2,
    ) -> Iterator[Recognition | AudioError]:
        """Judge many recordings, some at once.

        Parameters
        ----------
        sources : iterable of Path, str or binary file
        limits : AudioLimits
        n_threads : int
            How many cores to use.

        Yields
        ------
        Recognition or AudioError
            In the order of the sources; a recording that can't be judged stops nothing.
        """
        sources = iter(sources)
        with ThreadPoolExecutor(n_threads) as pool:
            while some := list(islice(sources, CLIPS_AT_ONCE)):
                heard = list(pool.map(lambda source: self._try_to_hear(source, limits), some))
                yield from self._answers(heard, pool)

    def judge(self, waveform: Waveform) -> Recognition:
        """Judge a waveform at the bundle's sample rate, segment by segment.

        Raises
        ------
        AudioError
            ``audio:user:no-speech``.
        """
        heard = self._hear(waveform)
        return self._answer(heard, self._run(heard.features))

    @property
    def _sample_rate(self) -> int:
        return self.bundle.features.sample_rate

    def _try_to_hear(self, source: Source, limits: AudioLimits) -> "_Heard | AudioError":
        try:
            return self._hear(audio.load(source, sample_rate=self._sample_rate, limits=limits))
        except AudioError as error:
            return error

    def _hear(self, waveform: Waveform) -> "_Heard":
        """Find the segments in which somebody speaks, and their features."""
        parts = cut(len(waveform), self.bundle.segments, sample_rate=self._sample_rate)
        speech_s = [self.gate.speech_s(waveform[part]) for part in parts]
        spoken = [part for part, s in zip(parts, speech_s, strict=True) if s >= MIN_SPEECH_S]
        if not spoken:
            details = {"speech_s": max(speech_s), "limit_s": MIN_SPEECH_S}
            raise AudioError("audio:user:no-speech", details)
        features = [extract(waveform[part], self.bundle.features) for part in spoken]
        return _Heard(len(waveform) / self._sample_rate, spoken, features)

    def _answers(
        self, heard: Sequence["_Heard | AudioError"], pool: Executor
    ) -> Iterator[Recognition | AudioError]:
        every = [f for one in heard if isinstance(one, _Heard) for f in one.features]
        logits = iter(self._run(every, pool.map))
        for one in heard:
            if isinstance(one, AudioError):
                yield one
            else:
                yield self._answer(one, [next(logits) for _ in one.features])

    def _run(self, features: Sequence[Features], run: Callable[..., Any] = map) -> list[Features]:
        """Run the network on features of many lengths, equally long ones together."""
        batches = list(_batches(features))
        stacked = (np.stack([features[row] for row in rows]) for rows in batches)
        logits: dict[int, Features] = {}
        for rows, found in zip(batches, run(self.network, stacked), strict=True):
            logits.update(zip(rows, found, strict=True))
        return [logits[row] for row in range(len(features))]

    def _answer(self, heard: "_Heard", logits: Sequence[Features]) -> Recognition:
        rows = np.stack(logits).astype(np.float64)
        posteriors = np.zeros((len(rows), len(EMOTIONS)))
        known = [EMOTIONS.index(emotion) for emotion in self.bundle.labels]
        posteriors[:, known] = posteriors_of(rows, temperature=self.bundle.temperature)
        segments = tuple(
            SegmentResult(
                part.start / self._sample_rate, part.stop / self._sample_rate, *describe(row)
            )
            for part, row in zip(heard.spoken, posteriors, strict=True)
        )
        return Recognition(*describe(pool(posteriors)), heard.duration_s, segments)


@dataclass(frozen=True)
class _Heard:
    """The spoken segments of a clip and what the network hears of them."""

    duration_s: float
    spoken: list[slice]
    features: list[Features]


def _batches(features: Sequence[Features]) -> Iterator[list[int]]:
    """Yield the rows of equally long features, some at a time."""
    by_shape: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for row, one in enumerate(features):
        by_shape[one.shape].append(row)
    for rows in by_shape.values():
        for start in range(0, len(rows), BATCH_SIZE):
            yield rows[start : start + BATCH_SIZE]


def describe(posteriors: Floats) -> tuple[str, float, dict[str, float]]:
    """Name the posteriors; return the winner, its posterior and all of them."""
    named = {emotion: float(value) for emotion, value in zip(EMOTIONS, posteriors, strict=True)}
    winner = max(named, key=lambda emotion: named[emotion])
    return winner, named[winner], named
