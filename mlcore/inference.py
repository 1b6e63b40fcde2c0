"""From a file to its emotion: ``Recognizer.load().recognize("clip.wav")``.

Neither Django nor Keras is needed; the network is the bundle's ONNX export. The stages are
public functions of their own (`audio.probe`, `audio.decode_blocks`, `audio.resample`,
`features.power_mel`, `SpeechGate.speech_s`, `Recognizer.network`), so that each can be timed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from mlcore import audio, bundles
from mlcore.audio import AudioLimits, Source, Waveform
from mlcore.bundles import BundleInfo, Network
from mlcore.calibration import Floats, posteriors_of
from mlcore.errors import AudioError
from mlcore.features import power_mel
from mlcore.labels import EMOTIONS
from mlcore.segments import cut
from mlcore.speech import MIN_SPEECH_S, SpeechGate

Engine = Literal["onnx", "keras"]

# Segments that the network hears at once: more would be hardly faster but take more memory.
BATCH_SIZE = 8
WARM_UP_S = 3.0


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
        self.network(power_mel(noise, self.bundle.features)[np.newaxis])
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
        sample_rate = self.bundle.features.sample_rate
        return self.judge(audio.load(source, sample_rate=sample_rate, limits=limits))

    def judge(self, waveform: Waveform) -> Recognition:
        """Judge a waveform at the bundle's sample rate, segment by segment.

        Raises
        ------
        AudioError
            ``audio:user:no-speech``.
        """
        rate = self.bundle.features.sample_rate
        spoken = self._spoken_segments(waveform)
        posteriors = np.concatenate([self._posteriors(waveform, part) for part in _batches(spoken)])
        segments = tuple(
            SegmentResult(part.start / rate, part.stop / rate, *_describe(row))
            for part, row in zip(spoken, posteriors, strict=True)
        )
        return Recognition(*_describe(posteriors.mean(axis=0)), len(waveform) / rate, segments)

    def _spoken_segments(self, waveform: Waveform) -> list[slice]:
        """Return the segments in which somebody speaks."""
        parts = cut(
            len(waveform), self.bundle.segments, sample_rate=self.bundle.features.sample_rate
        )
        speech_s = [self.gate.speech_s(waveform[part]) for part in parts]
        spoken = [part for part, s in zip(parts, speech_s, strict=True) if s >= MIN_SPEECH_S]
        if not spoken:
            details = {"speech_s": max(speech_s), "limit_s": MIN_SPEECH_S}
            raise AudioError("audio:user:no-speech", details)
        return spoken

    def _posteriors(self, waveform: Waveform, parts: list[slice]) -> Floats:
        mels = np.stack([power_mel(waveform[part], self.bundle.features) for part in parts])
        logits = self.network(mels).astype(np.float64)
        return posteriors_of(logits, temperature=self.bundle.temperature)


def _batches(parts: list[slice]) -> Iterator[list[slice]]:
    for start in range(0, len(parts), BATCH_SIZE):
        yield parts[start : start + BATCH_SIZE]


def _describe(posteriors: Floats) -> tuple[str, float, dict[str, float]]:
    """Name the posteriors; return the winner, its posterior and all of them."""
    named = {emotion: float(value) for emotion, value in zip(EMOTIONS, posteriors, strict=True)}
    winner = max(named, key=lambda emotion: named[emotion])
    return winner, named[winner], named
