"""Recordings as users send them, good and bad, made in memory from our own sample."""

import io
import struct
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from mlcore import audio

SAMPLE = Path(__file__).resolve().parents[2] / "docs" / "samples" / "train.flac"


@lru_cache
def speech(sample_rate: int = 16_000) -> npt.NDArray[np.float32]:
    return audio.load(SAMPLE, sample_rate=sample_rate)


def encode(
    waveform: npt.NDArray[np.float32],
    *,
    sample_rate: int = 16_000,
    container: str = "WAV",
    subtype: str | None = None,
) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, waveform, sample_rate, format=container, subtype=subtype)
    return buffer.getvalue()


def wav(seconds: float = 3.0) -> bytes:
    return encode(speech()[: int(16_000 * seconds)])


def long_speech(minutes: float) -> npt.NDArray[np.float32]:
    return np.resize(speech(), int(16_000 * 60 * minutes))


def eight_channels() -> bytes:
    return encode(np.repeat(speech()[:, None], 8, axis=1))


def at_192_khz() -> bytes:
    return encode(speech(192_000), sample_rate=192_000)


def eight_bit() -> bytes:
    return encode(speech(), subtype="PCM_U8")


def mp3() -> bytes:
    return encode(speech(), container="MP3")


def one_sample() -> bytes:
    return encode(speech()[:1])


def truncated() -> bytes:
    return wav()[:-20_000]


def promises_4_gb() -> bytes:
    content = bytearray(wav())
    position = content.index(b"data") + 4
    content[position : position + 4] = struct.pack("<I", 0xFFFF_FFF0)
    return bytes(content)


def not_finite() -> bytes:
    waveform = speech().copy()
    waveform[1000:1100] = np.nan
    return encode(waveform, subtype="FLOAT")


def ten_hours() -> bytes:
    """FLAC of digital silence: small as a file, endless when decoded."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", 8000, 1, format="FLAC") as file:
        for _ in range(600):
            file.write(np.zeros(8000 * 60, np.int16))
    return buffer.getvalue()


def silence() -> bytes:
    return encode(np.zeros(48_000, np.float32))


HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"
TEXT = b"This is no recording, only a few words.\n"
