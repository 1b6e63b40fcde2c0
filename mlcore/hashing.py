"""Hashes of files, and the refusal of a file that is not the one that was hashed."""

import hashlib
from pathlib import Path

from mlcore.errors import BundleError


def bytes_sha256(content: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


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
