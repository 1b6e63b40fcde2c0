"""Sounds that tests make themselves: a voice-like source, noise, and files of any form."""

from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from mlcore.audio import SAMPLE_RATE, Waveform

VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480))  # Hz


def voice(duration_s: float = 3.0, *, f0: float = 120.0, seed: int = 0) -> Waveform:
    """Glottal pulses through the formants of changing vowels, in syllables of 0.2 s."""
    n = round(duration_s * SAMPLE_RATE)
    time = np.arange(n) / SAMPLE_RATE
    rng = np.random.default_rng(seed)
    pitch = f0 * (1 + 0.15 * np.sin(2 * np.pi * 0.7 * time) + 0.01 * rng.standard_normal(n))
    phase = np.cumsum(pitch) / SAMPLE_RATE
    pulses = np.diff(np.floor(phase), prepend=0.0) + 0.003 * rng.standard_normal(n)
    output = np.zeros(n)
    length = round(0.2 * SAMPLE_RATE)
    for number, start in enumerate(range(0, n, length)):
        part = slice(start, min(n, start + length))
        shape = np.hanning(length + 2)[1 : 1 + part.stop - start] ** 0.5
        output[part] = _formants(pulses[part], VOWELS[number % len(VOWELS)]) * shape
    return np.asarray(0.3 * output / np.abs(output).max(), dtype=np.float32)


def _formants(pulses: Any, frequencies: tuple[int, ...]) -> Any:
    spectrum = np.fft.rfft(pulses)
    hertz = np.fft.rfftfreq(len(pulses), 1 / SAMPLE_RATE)
    gain = sum(1.0 / (1.0 + ((hertz - f) / (60 + 0.06 * f)) ** 2) for f in frequencies)
    tilt = 1.0 / (1.0 + hertz / 500.0)
    return np.fft.irfft(spectrum * gain * tilt, len(pulses))


def write(path: Path, waveform: Any, sample_rate: int = SAMPLE_RATE, **options: Any) -> Path:
    """Write with libsndfile; the ending and `subtype` decide the form."""
    soundfile.write(path, waveform, sample_rate, **options)
    return path


def write_av(path: Path, waveform: Waveform, *, codec: str, container: str) -> Path:
    """Write WebM or M4A with PyAV."""
    import av

    with av.open(str(path), "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=48_000)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(waveform[None], format="fltp", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        resampler = av.AudioResampler(
            format=stream.codec_context.format or "fltp", layout="mono", rate=48_000, frame_size=960
        )
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
    return path
