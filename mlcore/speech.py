"""The speech gate: silence, noise and music get no emotion.

References
----------
Silero VAD, https://github.com/snakers4/silero-vad (MIT); see pretrained/silero_vad.
"""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mlcore.audio import SAMPLE_RATE, Waveform
from mlcore.features import normalize_level
from mlcore.sessions import open_session

VAD_PATH = Path(__file__).parent / "pretrained" / "silero_vad" / "silero_vad_16k_sequence.onnx"
VAD_SHA256 = "9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85"
VAD_FRAME = 512  # samples, 32 ms
VAD_CONTEXT = 64  # samples of the frame before
VAD_STATE = (1, 1, 128)
VAD_MAX_FRAMES = 512  # judged in one call, 16 s

# Loud enough that the calm and sad clips of RAVDESS (below -60 dBFS) pass for speech.
LEVEL_DBFS = -23.0
SPEECH_PROBABILITY = 0.5
MIN_SPEECH_S = 0.1
MAX_PAUSE_S = 0.3
# The gate first listens to the loudest second and to a little before it, which lets the
# detector's memory settle; only if that does not convince, to everything.
FIRST_LOOK_S = 1.0
LEAD_IN_S = 0.25


class SpeechGate:
    """Tells how much of a waveform sounds like speech."""

    @cached_property
    def _session(self) -> Any:
        return open_session(VAD_PATH, VAD_SHA256)

    def speech_s(self, waveform: Waveform) -> float:
        """Measure speech, only as far as needed to know that there is enough.

        Parameters
        ----------
        waveform : numpy.ndarray, shape (n_samples,)
            At 16 kHz, at any level.

        Returns
        -------
        float
            Seconds that sound like speech, at least `MIN_SPEECH_S` as soon as that much is found.
        """
        leveled = normalize_level(waveform, level_dbfs=LEVEL_DBFS)
        found_s = self._measure(_loudest_part(leveled))
        return found_s if found_s >= MIN_SPEECH_S else self._measure(leveled)

    def stretches(self, waveform: Waveform) -> tuple[tuple[float, float], ...]:
        """Find where speech is.

        Parameters
        ----------
        waveform : numpy.ndarray, shape (n_samples,)
            At 16 kHz, at any level.

        Returns
        -------
        tuple of (float, float)
            From when to when, in seconds and in order; pauses up to `MAX_PAUSE_S` belong to it.
        """
        leveled = normalize_level(waveform, level_dbfs=LEVEL_DBFS)
        heard = np.concatenate([*self._probabilities(leveled)]) >= SPEECH_PROBABILITY
        steps = np.diff(heard.astype(np.int8), prepend=0, append=0)
        starts, ends = (np.flatnonzero(steps == step) * VAD_FRAME / SAMPLE_RATE for step in (1, -1))
        apart = starts[1:] - ends[:-1] > MAX_PAUSE_S
        first, last = np.append(True, apart)[: len(starts)], np.append(apart, True)[: len(ends)]
        ends = np.minimum(ends, len(waveform) / SAMPLE_RATE)
        pairs = zip(starts[first].tolist(), ends[last].tolist(), strict=True)
        return tuple((round(start, 3), round(end, 3)) for start, end in pairs)

    def _measure(self, waveform: Waveform) -> float:
        n_speech = 0
        for probabilities in self._probabilities(waveform):
            n_speech += int(np.count_nonzero(probabilities >= SPEECH_PROBABILITY))
            if n_speech * VAD_FRAME / SAMPLE_RATE >= MIN_SPEECH_S:
                break
        return n_speech * VAD_FRAME / SAMPLE_RATE

    def _probabilities(self, waveform: Waveform) -> Iterator[npt.NDArray[np.float32]]:
        """Yield the probability of speech in each 32 ms frame, block by block."""
        hidden = cell = np.zeros(VAD_STATE, np.float32)
        n_block = VAD_FRAME * VAD_MAX_FRAMES
        context = np.zeros(VAD_CONTEXT, np.float32)
        for start in range(0, len(waveform), n_block):
            block = waveform[start : start + n_block]
            frames = np.pad(block, (0, -len(block) % VAD_FRAME)).reshape(-1, VAD_FRAME)
            contexts = np.vstack([context, frames[:-1, -VAD_CONTEXT:]])
            inputs = {"input": np.hstack([contexts, frames]), "h": hidden, "c": cell}
            probabilities, hidden, cell = self._session.run(["speech_probs", "hn", "cn"], inputs)
            context = frames[-1, -VAD_CONTEXT:]
            yield probabilities


def _loudest_part(waveform: Waveform) -> Waveform:
    """Cut out the loudest second with a lead-in; a short waveform is returned whole."""
    length, lead_in = round(FIRST_LOOK_S * SAMPLE_RATE), round(LEAD_IN_S * SAMPLE_RATE)
    if len(waveform) <= length + lead_in:
        return waveform
    energy = np.concatenate(([0.0], np.cumsum(np.square(waveform, dtype=np.float64))))
    start = int(np.argmax(energy[length:] - energy[:-length]))
    return waveform[max(0, start - lead_in) : start + length]
