"""How multipart requests are read: before any form or view sees a file."""

from pathlib import PurePath
from tempfile import NamedTemporaryFile
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from recognition.jobs.uploads import upload_folder

# Stands for a slash of the sent file name, which Django would cut off silently with all before it.
PATH_MARK = "∕"
VISITORS_MOST_BYTES = 100_000
LONGEST_NAME = 255
LONGEST_ENDING = 10


def shortened_name(name: str) -> str:
    """As the database can hold it: it can be seen that it was cut, and its ending stays."""
    if len(name) <= LONGEST_NAME:
        return name
    ending = PurePath(name).suffix
    ending = ending if len(ending) <= LONGEST_ENDING else ""
    return f"{name[: LONGEST_NAME - len(ending) - 1]}…{ending}"


class PathKeepingParser(MultiPartParser):
    """Marks folders in a file name instead of dropping them, so that the form can refuse it.

    Browsers write a quotation mark and the ends of lines as the standard says, and only these.
    """

    def sanitize_file_name(self, file_name: str) -> str | None:
        file_name = file_name.replace("%22", '"').replace("%0D", " ").replace("%0A", " ")
        marked = file_name.replace("/", PATH_MARK).replace("\\", PATH_MARK)
        found = super().sanitize_file_name(marked)
        return shortened_name(found) if found else found


class CountedReads:
    """How much of a request has come."""

    def __init__(self, stream: Any) -> None:
        self._read, self.n_bytes = stream.read, 0

    def read(self, size: int = -1) -> bytes:
        piece: bytes = self._read(size)
        self.n_bytes += len(piece)
        return piece


class UploadGuard(FileUploadHandler):
    """Bounds the whole request and reads it with our parser; the next handlers store the files."""

    _parses = False

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> Any:
        if content_length > self.most_bytes():
            raise RequestDataTooBig
        if self._parses or self.request is None:
            return None
        self._parses = True  # the inner parser asks every handler again
        counted, handlers = CountedReads(input_data), self.request.upload_handlers
        found = PathKeepingParser(META, cast(Any, counted), handlers, encoding).parse()
        if counted.n_bytes < content_length:  # of several files the first ones may be whole
            raise MultiPartParserError("The connection was closed in the middle.")
        return found

    def most_bytes(self) -> int:
        """Forms of visitors hold no files: nobody without an account fills the disk."""
        user = getattr(self.request, "user", None)
        signed_in = user is not None and user.is_authenticated
        return int(settings.UPLOAD_MAX_REQUEST_BYTES) if signed_in else VISITORS_MOST_BYTES

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


class UploadOnDisk(TemporaryUploadedFile):
    """Django would write it among the files of everybody, where nobody sweeps."""

    def __init__(self, given: FileUploadHandler) -> None:
        ending = PurePath(given.file_name or "").suffix
        file = NamedTemporaryFile(suffix=f".upload{ending}", dir=upload_folder())  # noqa: SIM115
        about = (given.file_name, given.content_type, 0, given.charset, given.content_type_extra)
        UploadedFile.__init__(self, file, *about)


class DiskHandler(TemporaryFileUploadHandler):
    def new_file(self, *args: Any, **kwargs: Any) -> None:
        FileUploadHandler.new_file(self, *args, **kwargs)
        self.file = UploadOnDisk(self)
