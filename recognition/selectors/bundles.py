"""Where the files of a model version lie, and whether they are what was registered."""

from pathlib import Path

from django.conf import settings

from mlcore.bundles import BundleInfo, read_info, shipped_bundle
from mlcore.errors import BundleError
from recognition.models import ModelVersion

# Where a version's bundle lies when it came with the program: its path changes with the checkout.
SHIPPED = "shipped"
MODELS = "models"


def bundle_folder(version: ModelVersion) -> Path:
    if version.folder == SHIPPED:
        return shipped_bundle(settings.SHIPPED_MODEL)
    return Path(settings.MEDIA_ROOT) / version.folder


def folder_name(sha256: str) -> str:
    """In the media storage; the same bundle always lies in the same place."""
    return f"{MODELS}/{sha256}"


def read_bundle(version: ModelVersion) -> BundleInfo:
    """Checks every hash before anybody opens it. Raises BundleError."""
    try:
        info = read_info(bundle_folder(version))
    except OSError as error:
        raise BundleError("bundle:app:unreadable", {"reason": str(error.strerror)}) from error
    if info.sha256 != version.sha256:
        details = {"found": info.sha256[:12], "expected": version.sha256[:12]}
        raise BundleError("bundle:app:other", details)
    return info
