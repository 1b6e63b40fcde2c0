"""What is in a ZIP: each member unpacked within limits, whatever its headers promise."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from struct import error as StructError
from tempfile import TemporaryFile
from typing import IO, BinaryIO, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.conf import settings
from django.core.files import File

from recognition.errors import UploadError
from recognition.uploads import shortened_name

ARCHIVE_EXTENSION = ".zip"
NESTED = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst")
# What systems put into archives by themselves.
JUNK_NAMES = {".ds_store", "thumbs.db", "desktop.ini"}
PIECE = 65_536
# The list of members is read at once: this bounds it to about 20,000 names.
MOST_AT_ONCE = 1_000_000
ENCRYPTED, UTF_8 = 0x1, 0x800
DAMAGED = (
    BadZipFile,
    StructError,
    NotImplementedError,  # a kind of compression that zipfile does not know
    RuntimeError,
    ValueError,  # also a name that is no UTF-8
    EOFError,
    zlib.error,
    OSError,
)


@dataclass(frozen=True)
class Member:
    """A file of an archive, or why it was not taken."""

    name: str
    content: "File[bytes] | None" = None
    refusal: UploadError | None = None


class BoundedReads:
    """A file that never gives more than a megabyte at once: zipfile believes the header."""

    def __init__(self, file: BinaryIO) -> None:
        self.seek, self.tell, self._read = file.seek, file.tell, file.read

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self._read(MOST_AT_ONCE + 1 if size < 0 else min(size, MOST_AT_ONCE + 1))
        if len(piece) > MOST_AT_ONCE:
            raise BadZipFile("reads too much at once")
        return piece


class Budget:
    """How many bytes the whole archive may still unpack to, counted as they come."""

    def __init__(self) -> None:
        self.left = settings.ZIP_MAX_UNPACKED_BYTES

    def spend(self, n_bytes: int) -> None:
        self.left -= n_bytes
        if self.left < 0:
            limits = {"limit_bytes": settings.ZIP_MAX_UNPACKED_BYTES}
            raise ArchiveExhausted("upload:user:zip-unpacks-too-large", limits)


class ArchiveExhausted(UploadError):
    """The rest of the archive is not looked at."""


def is_archive(name: str) -> bool:
    return name.lower().endswith(ARCHIVE_EXTENSION)


def unpack(upload: "File[bytes]", *, most_files: int) -> Iterator[Member]:
    """One member at a time; a last one without content tells of junk that was skipped.

    Raises UploadError when the archive itself can't be taken, before anything is unpacked.
    """
    archive = open_archive(upload)
    files = [info for info in archive.infolist() if not info.is_dir()]
    wanted = [info for info in files if not is_junk(info)]
    if len(wanted) > most_files:
        numbers = {"n_files": len(wanted), "limit_files": most_files}
        raise UploadError("upload:user:too-many-members", numbers)
    if not wanted:
        raise UploadError("upload:user:zip-empty")
    return members(archive, wanted, n_junk=len(files) - len(wanted))


def open_archive(upload: "File[bytes]") -> ZipFile:
    if upload.size > settings.ZIP_MAX_BYTES:
        sizes = {"n_bytes": upload.size, "limit_bytes": settings.ZIP_MAX_BYTES}
        raise UploadError("upload:user:zip-too-large", sizes)
    try:
        return ZipFile(cast(IO[bytes], BoundedReads(cast(BinaryIO, upload.file))))
    except DAMAGED as error:
        raise UploadError("upload:user:zip-damaged") from error


def members(archive: ZipFile, wanted: list[ZipInfo], *, n_junk: int) -> Iterator[Member]:
    budget = Budget()
    for info in wanted:
        name = shown_name(info)
        try:
            check_member(info)
            content = unpack_member(archive, info, budget)
        except ArchiveExhausted as error:
            yield Member(name, refusal=error)
            return
        except UploadError as error:
            yield Member(name, refusal=error)
            continue
        with content:
            yield Member(name, content=File(content, name=name))
    if n_junk:
        yield Member("", refusal=UploadError("upload:user:junk-skipped", {"n_files": n_junk}))


def check_member(info: ZipInfo) -> None:
    parts = parts_of(info)
    if ".." in parts or parts[0] == "" or parts[0].endswith(":"):
        raise UploadError("upload:user:member-path")
    if parts[-1].lower().endswith(NESTED):
        raise UploadError("upload:user:nested-archive")
    if info.flag_bits & ENCRYPTED:
        raise UploadError("upload:user:encrypted")
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):  # others may ask for gigabytes
        raise UploadError("upload:user:member-compression")


def unpack_member(archive: ZipFile, info: ZipInfo, budget: Budget) -> IO[bytes]:
    target = TemporaryFile()  # noqa: SIM115 - closed by who asked for the next member
    try:
        with archive.open(info) as source:
            while piece := source.read(PIECE):
                budget.spend(len(piece))
                if target.tell() + len(piece) > settings.UPLOAD_MAX_BYTES:
                    limits = {"limit_bytes": settings.UPLOAD_MAX_BYTES}
                    raise UploadError("upload:user:member-too-large", limits)
                target.write(piece)
    except UploadError:
        target.close()
        raise
    except DAMAGED as error:
        target.close()
        raise UploadError("upload:user:member-damaged") from error
    target.seek(0)
    return target


def is_junk(info: ZipInfo) -> bool:
    parts = parts_of(info)
    last = parts[-1]
    return parts[0] == "__MACOSX" or last.startswith("._") or last.lower() in JUNK_NAMES


def parts_of(info: ZipInfo) -> list[str]:
    return readable(info).replace("\\", "/").split("/")


def shown_name(info: ZipInfo) -> str:
    """Without folders and what can't be shown, and never too long for the database."""
    name = "".join(letter if letter.isprintable() else "�" for letter in parts_of(info)[-1])
    return shortened_name(name)


def readable(info: ZipInfo) -> str:
    """Many programs write UTF-8 and don't say so; zipfile then takes it for an old code page."""
    if info.flag_bits & UTF_8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename
