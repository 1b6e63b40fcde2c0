"""From a file of any allowed format to a mono waveform at one sample rate.

`probe` looks at the first bytes and the header only, so that a web process can refuse a file
without decoding it. `load` decodes in blocks and resamples them as they come: a file that
unpacks to far more than it promises stops at the duration limit and never fills the memory.
Only numpy, soundfile and (for WebM and M4A) PyAV are needed; soxr is imported when it is used.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import soundfile

from mlcore import containers
from mlcore.errors import AudioError, Detail

Waveform = npt.NDArray[np.float32]
Source = Path | str | BinaryIO

SAMPLE_RATE = 16_000  # Hz, what every network of ours hears
MIN_SAMPLE_RATE, MAX_SAMPLE_RATE = 1_000, 768_000
BLOCK_S = 5.0  # how much is decoded at once

# The demuxer that PyAV may open for a container and the codecs that may be in it; everything
# else that FFmpeg could do (playlists, network, image formats) stays out of reach.
AV_CONTAINERS: dict[str, tuple[str, frozenset[str]]] = {
    "webm": ("matroska", frozenset({"opus", "vorbis"})),
    "m4a": ("mov", frozenset({"aac", "alac"})),
}
# Encoder padding and rounded headers make real files differ a little from their header.
TRUNCATION_TOLERANCE_S = 0.25
TRUNCATION_TOLERANCE_SHARE = 0.02
# Above this, libsndfile does not know the number of frames.
UNKNOWN_FRAMES = 1 << 60


@dataclass(frozen=True)
class AudioLimits:
    """What a recording may measure.

    Parameters
    ----------
    max_bytes : int
        Largest file, in bytes.
    min_duration_s, max_duration_s : float
        Shortest and longest recording, in seconds.
    """

    max_bytes: int = 100_000_000
    min_duration_s: float = 0.3
    max_duration_s: float = 600.0


DEFAULT_LIMITS = AudioLimits()


@dataclass(frozen=True)
class AudioInfo:
    """What the header of a recording says.

    Parameters
    ----------
    container : str
        wav, flac, mp3, ogg, webm or m4a, found by content and never by name.
    sample_rate : int
        In Hz, as recorded.
    n_channels : int
    duration_s : float or None
        None when the header does not say, as in a WebM file that a browser recorded.
    n_bytes : int
    codec : str
        How the samples are kept: flac, mp3, opus, pcm_16 and the like.
    """

    container: str
    sample_rate: int
    n_channels: int
    duration_s: float | None
    n_bytes: int
    codec: str = ""


# Of a header: sample rate in Hz, number of channels, duration in seconds if known, codec.
Header = tuple[int, int, float | None, str]


@contextmanager
def _opened(source: Source) -> Iterator[BinaryIO]:
    """Yield a binary file at its start; close it only if it was opened here."""
    if isinstance(source, str | Path):
        try:
            file = Path(source).open("rb")  # noqa: SIM115 - closed below
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise AudioError("audio:user:missing", {"reason": reason}) from error
        with file:
            yield file
        return
    source.seek(0)
    try:
        yield source
    finally:
        source.seek(0)


def probe(source: Source, limits: AudioLimits = DEFAULT_LIMITS) -> AudioInfo:
    """Read a recording's first bytes and header; decode nothing.

    Parameters
    ----------
    source : Path, str or binary file
        A file object is left open, at its start.
    limits : AudioLimits

    Returns
    -------
    AudioInfo

    Raises
    ------
    AudioError
        When the file is empty, too large, no audio, damaged, too short or too long.
    """
    with _opened(source) as file:
        return _probe_open_file(file, limits)


def _probe_open_file(file: BinaryIO, limits: AudioLimits) -> AudioInfo:
    n_bytes = containers.size_of(file)
    if n_bytes == 0:
        raise AudioError("audio:user:empty")
    if n_bytes > limits.max_bytes:
        details: dict[str, Detail] = {"n_bytes": n_bytes, "limit_bytes": limits.max_bytes}
        raise AudioError("audio:user:too-large", details)
    container = containers.sniff(file)
    containers.check_complete(file, container, n_bytes)
    file.seek(0)
    read_header = _read_av_header if container in AV_CONTAINERS else _read_sound_header
    sample_rate, n_channels, duration_s, codec = read_header(file, container)
    if not MIN_SAMPLE_RATE <= sample_rate <= MAX_SAMPLE_RATE:
        # no recorder makes such; a decoder would be asked for blocks of any size
        raise _unreadable(container, f"its header says {sample_rate} samples a second")
    if duration_s is not None:
        _check_duration(duration_s, limits)
    return AudioInfo(container, sample_rate, n_channels, duration_s, n_bytes, codec)


def _check_duration(duration_s: float, limits: AudioLimits) -> None:
    for code, limit_s, wrong in (
        ("audio:user:too-long", limits.max_duration_s, duration_s > limits.max_duration_s),
        ("audio:user:too-short", limits.min_duration_s, duration_s < limits.min_duration_s),
    ):
        if wrong:
            raise AudioError(code, {"duration_s": duration_s, "limit_s": limit_s})


def _unreadable(container: str, reason: str | Exception) -> AudioError:
    # The decoders' own words without the name of the file, which may be an internal path.
    text = getattr(reason, "error_string", None) or getattr(reason, "strerror", None) or str(reason)
    if text.startswith("File does not exist"):  # what libsndfile says of an MP3 without frames
        text = "no audio was found behind its first bytes"
    text = " ".join(text.split()).rstrip(".")
    return AudioError("audio:user:unreadable", {"container": container, "reason": text[:200]})


def _read_sound_header(file: BinaryIO, container: str) -> Header:
    with _sound_file(file, container) as sound:
        duration_s = None
        is_known = container != "mp3" or containers.mp3_tells_length(file)
        if is_known and 0 <= sound.frames < UNKNOWN_FRAMES:
            duration_s = sound.frames / sound.samplerate
        codec = container if container in ("flac", "mp3") else str(sound.subtype).lower()
        return sound.samplerate, sound.channels, duration_s, codec


@contextmanager
def _sound_file(file: BinaryIO, container: str) -> Iterator[Any]:
    """Open with libsndfile; whatever it raises, here or inside the block, is *unreadable*."""
    try:
        with soundfile.SoundFile(file) as sound:
            if sound.samplerate <= 0 or sound.channels <= 0:
                raise _unreadable(container, "it has no sample rate or no channel")
            yield sound
    except (soundfile.SoundFileError, RuntimeError, ValueError, OSError, MemoryError) as error:
        raise _unreadable(container, error) from error


@contextmanager
def _av_stream(file: BinaryIO, container: str) -> Iterator[tuple[Any, Any]]:
    """Open with PyAV as the one container that the magic bytes name, nothing else."""
    import av

    demuxer, codecs = AV_CONTAINERS[container]
    try:
        with av.open(file, format=demuxer, metadata_errors="replace") as opened:
            streams = [s for s in opened.streams.audio if _codec_name(s) in codecs]
            if not streams:
                allowed = " or ".join(sorted(codecs))
                details: dict[str, Detail] = {"container": container, "allowed": allowed}
                raise AudioError("audio:user:no-audio-track", details)
            streams[0].codec_context.thread_count = 1
            yield opened, streams[0]
    except (av.FFmpegError, RuntimeError, ValueError, OSError, MemoryError) as error:
        raise _unreadable(container, error) from error


def _codec_name(stream: Any) -> str:
    """Return what FFmpeg calls the codec; a codec that it doesn't know has no context."""
    return "" if stream.codec_context is None else str(stream.codec_context.name)


def _read_av_header(file: BinaryIO, container: str) -> Header:
    with _av_stream(file, container) as (opened, stream):
        duration_s: float | None = None
        if stream.duration is not None and stream.time_base is not None:
            duration_s = float(stream.duration * stream.time_base)
        elif opened.duration is not None:
            duration_s = opened.duration / 1_000_000  # PyAV counts microseconds
        if not stream.sample_rate or not stream.channels:
            raise _unreadable(container, "it has no sample rate or no channel")
        return int(stream.sample_rate), int(stream.channels), duration_s, _codec_name(stream)


def decode_blocks(
    source: Source, info: AudioInfo, limits: AudioLimits = DEFAULT_LIMITS
) -> Iterator[Waveform]:
    """Decode a probed recording block by block, mixed down to mono, at its own sample rate.

    Parameters
    ----------
    source : Path, str or binary file
    info : AudioInfo
        What `probe` found in it.
    limits : AudioLimits
        Decoding ends with *too-long* as soon as the limit is passed.

    Yields
    ------
    numpy.ndarray, shape (n_samples,), float32
        The mean of the channels.

    Raises
    ------
    AudioError
        When a decoder fails, samples are not finite or there are too few or too many of them.
    """
    n_samples = 0
    with _opened(source) as file:
        read = _read_av_blocks if info.container in AV_CONTAINERS else _read_sound_blocks
        for block in read(file, info):
            mono = _mix_down(block)
            n_samples += len(mono)
            if n_samples > limits.max_duration_s * info.sample_rate:
                _check_duration(n_samples / info.sample_rate, limits)
            yield mono
    _check_decoded(n_samples, info, limits)


def _mix_down(block: npt.NDArray[np.float32]) -> Waveform:
    """Average the channels of a (n_samples, n_channels) block."""
    mono = block[:, 0] if block.shape[1] == 1 else block.mean(axis=1, dtype=np.float32)
    if not np.isfinite(mono).all():
        raise AudioError("audio:user:not-finite")
    return np.ascontiguousarray(mono, dtype=np.float32)


def _check_decoded(n_samples: int, info: AudioInfo, limits: AudioLimits) -> None:
    duration_s = n_samples / info.sample_rate
    if info.duration_s is not None:
        exact = info.container in ("wav", "flac")
        tolerance_s = max(TRUNCATION_TOLERANCE_S, TRUNCATION_TOLERANCE_SHARE * info.duration_s)
        # half a sample, because the header's duration is a float
        tolerance_s = 0.5 / info.sample_rate if exact else tolerance_s
        if duration_s < info.duration_s - tolerance_s:
            details: dict[str, Detail] = {"container": info.container, "unit": "s"}
            details |= {"expected": round(info.duration_s, 3), "found": round(duration_s, 3)}
            raise AudioError("audio:user:truncated", details)
    _check_duration(duration_s, limits)


def _read_sound_blocks(file: BinaryIO, info: AudioInfo) -> Iterator[npt.NDArray[np.float32]]:
    # Blocks are bounded in samples of all channels, so that many channels cost no more memory.
    n_frames = max(1024, int(BLOCK_S * info.sample_rate) // info.n_channels)
    with _sound_file(file, info.container) as sound:
        while True:
            block: npt.NDArray[np.float32] = sound.read(n_frames, dtype="float32", always_2d=True)
            if not len(block):
                return
            yield block


def _read_av_blocks(file: BinaryIO, info: AudioInfo) -> Iterator[npt.NDArray[np.float32]]:
    import av

    with _av_stream(file, info.container) as (opened, stream):
        # planar float at the header's rate: also mends a stream whose frames change their form
        resampler = av.AudioResampler(format="fltp", layout=stream.layout, rate=info.sample_rate)
        for frame in opened.decode(stream):
            frame.pts = None
            for part in resampler.resample(frame):
                yield _to_float(part.to_ndarray())
        for part in resampler.resample(None):
            yield _to_float(part.to_ndarray())


def _to_float(planes: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Turn PyAV's (n_channels, n_samples) into (n_samples, n_channels)."""
    return planes.T.astype(np.float32, copy=False)


def resample(blocks: Iterable[Waveform], *, from_rate: int, to_rate: int) -> Waveform:
    """Join blocks of a waveform at another sample rate, without holding them at the old one.

    Parameters
    ----------
    blocks : iterable of numpy.ndarray, shape (n_samples,)
    from_rate, to_rate : int
        In Hz.

    Returns
    -------
    numpy.ndarray, shape (n_samples,), float32
    """
    if from_rate == to_rate:
        return _join(list(blocks))
    import soxr

    stream = soxr.ResampleStream(from_rate, to_rate, 1, dtype="float32", quality="HQ")
    parts = [stream.resample_chunk(block) for block in blocks]
    parts.append(stream.resample_chunk(np.zeros(0, np.float32), last=True))
    return _join(parts)


def _join(parts: list[Waveform]) -> Waveform:
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def load(
    source: Source, *, sample_rate: int = SAMPLE_RATE, limits: AudioLimits = DEFAULT_LIMITS
) -> Waveform:
    """Decode a recording of any allowed format.

    Parameters
    ----------
    source : Path, str or binary file
    sample_rate : int
        Of the result, in Hz.
    limits : AudioLimits

    Returns
    -------
    numpy.ndarray, shape (n_samples,), float32
        Mono, in [-1, 1] unless the recording itself is louder.

    Raises
    ------
    AudioError
        Whatever is wrong with the file; no decoder's own exception gets out.
    """
    info = probe(source, limits)
    blocks = decode_blocks(source, info, limits)
    return resample(blocks, from_rate=info.sample_rate, to_rate=sample_rate)
