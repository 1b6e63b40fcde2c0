"""Hashes of files, and the refusal of a file that is not the one that was hashed."""

import hashlib
from functools import cache
from pathlib import Path

from mlcore.errors import BundleError


def bytes_sha256(content: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


@cache
def code_version() -> str:
    """Return a hash over mlcore's own source, which says with what code a figure was made."""
    root = Path(__file__).parent
    paths = sorted(p for p in root.rglob("*.py") if "tests" not in p.parts)
    content = b"".join(p.relative_to(root).as_posix().encode() + p.read_bytes() for p in paths)
    return bytes_sha256(content)[:12]


def read_checked(path: Path, sha256: str) -> bytes:
    """Read a model file whole and refuse it unless it has the expected hash.

    The bytes that were hashed are the bytes that get used: nobody can swap the file in between.

    Raises
    ------
    BundleError
        ``bundle:app:missing`` or ``bundle:app:corrupt``.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BundleError("bundle:app:missing", {"path": path.name}) from error
    found = bytes_sha256(content)
    if found != sha256:
        reason = f"its sha256 is {found[:12]}..., not {sha256[:12]}..."
        raise BundleError("bundle:app:corrupt", {"path": path.name, "reason": reason})
    return content
