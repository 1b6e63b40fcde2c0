"""A clip's recording as an answer: whole, or the range of bytes that a player asks for."""

import re
from typing import IO

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from recognition.models import Clip

# Found by content at upload, so a browser never gets a type that the user's file name chose.
CONTENT_TYPES = {
    "wav": "audio/wav",
    "flac": "audio/flac",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "webm": "audio/webm",
    "m4a": "audio/mp4",
}
RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def etag_of(clip: Clip) -> str:
    """A clip's recording never becomes another one, so its id says as much as the content."""
    return f'"{clip.sha256 or clip.pk.hex}"'


def audio_response(request: HttpRequest, clip: Clip, name: str = "") -> HttpResponse | FileResponse:
    """304 where it is there already; `name` is for whoever may not read the clip's own."""
    etag = etag_of(clip)
    marks = {"ETag": etag, "Cache-Control": "private, no-cache"}
    marked = HttpResponse(headers=marks)
    known = get_conditional_response(request, etag=etag, response=marked)
    if known is not None and known is not marked:  # whatever range is asked for
        return known
    response = recording_response(clip, range_wanted(request, etag))
    response["Content-Disposition"] = (
        content_disposition_header(True, name or clip.name) or "attachment"
    )
    for header, value in marks.items():
        response[header] = value
    return response


def recording_response(clip: Clip, wanted: str) -> HttpResponse | FileResponse:
    """Of a type that no browser takes for a page."""
    try:
        file = clip.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = ranged_response(file, wanted)
    response["Content-Type"] = CONTENT_TYPES[clip.container]
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Accept-Ranges"] = "bytes"
    return response


def range_wanted(request: HttpRequest, etag: str) -> str:
    """Empty for all of it: a part is only of use beside parts of the same recording."""
    is_same = request.headers.get("If-Range", etag) == etag
    return request.headers.get("Range", "") if request.method == "GET" and is_same else ""


def ranged_response(file: IO[bytes], wanted: str) -> HttpResponse | FileResponse:
    """Players seek by asking for one range of bytes (RFC 9110); Django itself answers none."""
    size = file.seek(0, 2)
    file.seek(0)
    match = RANGE.fullmatch(wanted)
    if not match or match.group() == "bytes=-":
        response = FileResponse(file)
        response["Content-Length"] = str(size)
        return response
    first, last = byte_range(match.group(1), match.group(2), size)
    if first > last:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    file.seek(first)
    partial = FileResponse(Slice(file, last - first + 1), status=206)
    partial["Content-Range"] = f"bytes {first}-{last}/{size}"
    partial["Content-Length"] = str(last - first + 1)
    return partial


def byte_range(first: str, last: str, size: int) -> tuple[int, int]:
    """First and last byte; first > last means that there are none."""
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


class Slice:
    """The next n_bytes of a file, read in pieces by FileResponse."""

    def __init__(self, file: IO[bytes], n_bytes: int) -> None:
        self.file = file
        self.left = n_bytes

    def read(self, size: int = -1) -> bytes:
        piece = self.file.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(piece)
        return piece

    def close(self) -> None:
        self.file.close()
