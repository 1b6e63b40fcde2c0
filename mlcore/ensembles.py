"""Several bundles as one: the mean of their posteriors, behind the interface of one recognizer."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np

from mlcore import audio
from mlcore.audio import AudioLimits, Source, Waveform
from mlcore.bundles import BundleInfo
from mlcore.errors import AudioError, BundleError
from mlcore.inference import (
    CLIPS_AT_ONCE,
    Engine,
    Recognition,
    Recognizer,
    SegmentResult,
    describe,
)
from mlcore.labels import EMOTIONS


class Ensemble:
    """Recognizers that are asked together. They must cut clips alike."""

    def __init__(self, recognizers: Sequence[Recognizer]) -> None:
        self.recognizers = tuple(recognizers)
        cuts = {recognizer.bundle.segments for recognizer in self.recognizers}
        if len(cuts) != 1:
            reason = f"the bundles cut clips in {len(cuts)} different ways"
            raise BundleError("bundle:app:corrupt", {"path": "ensemble", "reason": reason})

    @classmethod
    def load(cls, folders: Iterable[Path | str], *, engine: Engine = "onnx") -> "Ensemble":
        """Open bundles after checking their hashes.

        Raises
        ------
        BundleError
            When one of them can't be used, or they cut clips differently.
        """
        return cls([Recognizer.load(folder, engine=engine) for folder in folders])

    @property
    def bundle(self) -> BundleInfo:
        """Return the first one's, which threshold and name are taken from."""
        return self.recognizers[0].bundle

    @property
    def training_speakers(self) -> frozenset[str]:
        """Return everybody whom one of them was trained on."""
        return frozenset().union(*(r.bundle.training_speakers for r in self.recognizers))

    def warm_up(self) -> None:
        """Run every stage once."""
        for recognizer in self.recognizers:
            recognizer.warm_up()

    def recognize(self, source: Source, limits: AudioLimits = audio.DEFAULT_LIMITS) -> Recognition:
        """Judge a recording, as `Recognizer.recognize` does."""
        return self.judge(audio.load(source, sample_rate=audio.SAMPLE_RATE, limits=limits))

    def recognize_many(
        self,
        sources: Iterable[Source],
        limits: AudioLimits = audio.DEFAULT_LIMITS,
        *,
        n_threads: int = 2,
    ) -> Iterator[Recognition | AudioError]:
        """Judge many recordings, as `Recognizer.recognize_many` does."""

        def attempt(source: Source) -> Recognition | AudioError:
            try:
                return self.recognize(source, limits)
            except AudioError as error:
                return error

        sources = iter(sources)
        with ThreadPoolExecutor(n_threads) as pool:
            while some := list(islice(sources, CLIPS_AT_ONCE)):
                yield from pool.map(attempt, some)

    def judge(self, waveform: Waveform) -> Recognition:
        """Judge a waveform at 16 kHz: the mean of all posteriors, of the clip and its segments."""
        answers = [recognizer.judge(waveform) for recognizer in self.recognizers]
        first = answers[0]
        segments = tuple(
            SegmentResult(same[0].start_s, same[0].end_s, *describe(_mean(same)))
            for same in zip(*(answer.segments for answer in answers), strict=True)
        )
        return Recognition(*describe(_mean(answers)), first.duration_s, segments)


def _mean(answers: Sequence[Recognition] | Sequence[SegmentResult]) -> np.ndarray:
    rows = [[answer.posteriors[emotion] for emotion in EMOTIONS] for answer in answers]
    return np.asarray(np.mean(rows, axis=0))
