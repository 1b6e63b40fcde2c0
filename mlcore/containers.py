"""Which container a file is, and whether it is whole, from its bytes alone.

Decoders forgive a file that ends early: they return what is there. A clip that was cut off while
it was sent must not pass for a whole one, so the few length fields that say it are read here.
"""

import io
from typing import BinaryIO

from mlcore.errors import AudioError, Detail

HEAD_BYTES = 4096
# An Ogg page has at most 27 + 255 + 255 * 255 bytes; the last one starts within these.
MAX_OGG_PAGE = 65_307
# ftyp brands differ by program; what may be inside is decided when the file is opened.
PART_LIMIT = 10_000  # chunks or boxes; ten minutes in fragments of a second are 1200


def size_of(file: BinaryIO) -> int:
    """Return the number of bytes of a seekable file."""
    n_bytes = file.seek(0, io.SEEK_END)
    file.seek(0)
    return n_bytes


def sniff(file: BinaryIO) -> str:
    """Name the container by its magic bytes.

    Returns
    -------
    str
        wav, flac, mp3, ogg, webm or m4a.

    Raises
    ------
    AudioError
        ``audio:user:not-audio`` with the first bytes as text.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"fLaC":
        return "flac"
    if head[:4] == b"OggS":
        return "ogg"
    if head[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in head[:64]:
        return "webm"
    if head[4:8] == b"ftyp":
        return "m4a"
    if head[:3] == b"ID3" or _is_mp3_frame(head):
        return "mp3"
    raise AudioError("audio:user:not-audio", {"found": repr(head[:12])[1:]})


def _is_mp3_frame(head: bytes) -> bool:
    """Tell an MPEG layer III frame header from text that starts with a byte-order mark."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return False
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bitrate, sample_rate = head[2] >> 4, head[2] >> 2 & 3
    return version != 1 and layer == 1 and bitrate not in (0, 15) and sample_rate != 3


def mp3_tells_length(file: BinaryIO) -> bool:
    """Tell whether the first frame counts the frames; without it a length is only estimated.

    The estimate takes the first frame's bit rate for that of all, so it is wrong by any factor
    where the bit rate varies. Leaves the file where it was.
    """
    before = file.tell()
    file.seek(0)
    head = file.read(10)
    tag = 0
    if head[:3] == b"ID3":  # four bytes of seven bits each
        tag = 10 + sum(
            (byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=False)
        )
    file.seek(tag)
    frame = file.read(HEAD_BYTES)
    file.seek(before)
    return any(name in frame for name in (b"Xing", b"Info", b"VBRI"))


def check_complete(file: BinaryIO, container: str, n_bytes: int) -> None:
    """Refuse a file whose own length fields promise more bytes than there are.

    Raises
    ------
    AudioError
        ``audio:user:truncated`` with both numbers of bytes.
    """
    check = {"wav": _end_of_wav, "ogg": _end_of_ogg, "m4a": _end_of_mp4}.get(container)
    expected = check(file, n_bytes) if check else 0
    if expected > n_bytes:
        details: dict[str, Detail] = {"container": container, "unit": "bytes"}
        raise AudioError("audio:user:truncated", details | {"expected": expected, "found": n_bytes})


def _end_of_wav(file: BinaryIO, n_bytes: int) -> int:
    """Return where the data chunk says that it ends (or the chunk that hides it)."""
    position = 12
    for _ in range(PART_LIMIT):
        if position + 8 > n_bytes:
            return 0
        file.seek(position)
        header = file.read(8)
        end = position + 8 + int.from_bytes(header[4:], "little")
        if header[:4] == b"data" or end > n_bytes:
            return end
        position = end + end % 2  # chunks start at even positions
    raise _too_many_parts("wav")


def _end_of_ogg(file: BinaryIO, n_bytes: int) -> int:
    """Return where the last page says that it ends."""
    start = max(0, n_bytes - MAX_OGG_PAGE)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"OggS")
    if at < 0:
        return 0
    n_segments = tail[at + 26] if len(tail) > at + 26 else 255
    table = tail[at + 27 : at + 27 + n_segments]
    return start + at + 27 + n_segments + sum(table)


def _end_of_mp4(file: BinaryIO, n_bytes: int) -> int:
    """Return the largest end that a top-level box promises."""
    position = 0
    for _ in range(PART_LIMIT):
        file.seek(position)
        header = file.read(16)
        if len(header) < 8:
            return position
        size = int.from_bytes(header[:4], "big")
        if size == 1:  # the size stands in the next eight bytes
            size = int.from_bytes(header[8:16], "big")
        if size < 8:  # 0: up to the end of the file; less: damaged, the demuxer will say so
            return position
        position += size
        if position > n_bytes:
            return position
    raise _too_many_parts("m4a")


def _too_many_parts(container: str) -> AudioError:
    """Refuse what would keep a decoder busy with headers that hold nothing."""
    reason = f"it consists of more than {PART_LIMIT} parts"
    return AudioError("audio:user:unreadable", {"container": container, "reason": reason})
