"""What a web process that was killed had taken in is a person's recording: it does not stay."""

import logging
import time
from pathlib import Path

from django.conf import settings

logger = logging.getLogger(__name__)

# Longer than anything that still comes, or is still read, can have been left alone.
KEPT_FOR_S = 3600


def upload_folder() -> Path:
    """Large files lie here while they come: for nobody else to read, and for workers to sweep."""
    folder = Path(settings.MEDIA_ROOT) / "uploads"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def remove_old_uploads() -> int:
    """One that can't be removed is tried again, and holds up no other."""
    n_removed, oldest = 0, time.time() - KEPT_FOR_S
    for path in upload_folder().iterdir():
        try:
            if path.stat().st_mtime < oldest:
                path.unlink()
                n_removed += 1
        except FileNotFoundError:  # kept as a clip, or given up, in this moment
            continue
        except OSError as error:
            logger.error("The upload %s can't be removed: %s", path.name, error)
    return n_removed
