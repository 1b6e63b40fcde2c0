"""Bundles that nobody needs any more are removed; their rows, figures and verdicts stay."""

import logging
import shutil
from datetime import timedelta
from pathlib import Path
from time import time

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from recognition.models import ModelVersion, TrainingRun, WorkState
from recognition.selectors.bundles import MODELS, SHIPPED, bundle_folder
from recognition.selectors.training import TRAININGS, work_folder

logger = logging.getLogger(__name__)

N_RETIRED_KEPT = 3  # so far back a rollback can go
CHALLENGER_KEPT_FOR = timedelta(days=30)
LEFTOVER_KEPT_FOR = timedelta(days=1)


def collect_models() -> list[str]:
    """Names of the versions whose bundles were removed.

    Kept are the champion, the three that served last, challengers of the last 30 days and those
    that listen in the shadow, and what came with the program. Folders that belong to no version
    and work of trainings that ended go after a day.
    """
    removed = [str(version) for version in old_versions() if remove_bundle(version)]
    remove_leftovers()
    return removed


def old_versions() -> list[ModelVersion]:
    """By rule; who serves or is promoted meanwhile is looked at again under the lock."""
    present = ModelVersion.objects.filter(removed_at=None).exclude(folder=SHIPPED)
    retired = present.filter(status=ModelVersion.Status.RETIRED).order_by("-promoted_at")
    challengers = present.filter(
        status=ModelVersion.Status.CHALLENGER,
        shadow_share=0,
        created_at__lt=timezone.now() - CHALLENGER_KEPT_FOR,
    )
    return [*retired[N_RETIRED_KEPT:], *challengers]


def remove_bundle(version: ModelVersion) -> bool:
    """The row first: whoever wants to promote it waits for the row and then finds it gone."""
    with transaction.atomic():
        held = ModelVersion.objects.select_for_update().get(pk=version.pk)
        if (held.status, held.promoted_at) != (version.status, version.promoted_at):
            return False  # promoted meanwhile
        held.removed_at = timezone.now()
        held.alarm_code, held.alarm_at = "", None  # nobody misses its files
        held.save(update_fields=["removed_at", "alarm_code", "alarm_at"])
    shutil.rmtree(bundle_folder(version), ignore_errors=True)
    logger.info("The bundle of %s was removed", version)
    return True


def remove_leftovers() -> None:
    """Of a training that was killed between its files and its row, or whose row is final."""
    media = Path(settings.MEDIA_ROOT)
    kept = ModelVersion.objects.filter(removed_at=None).values_list("folder", flat=True)
    known = {media / folder for folder in kept}
    goes_on = TrainingRun.objects.filter(state__in=[WorkState.QUEUED, WorkState.RUNNING])
    known |= {work_folder(run) for run in goes_on}
    for folder in [*(media / MODELS).glob("*"), *(media / TRAININGS).glob("*")]:
        if folder not in known and is_old(folder):
            shutil.rmtree(folder, ignore_errors=True)
            logger.info("%s belonged to nothing and was removed", folder.name)


def is_old(folder: Path) -> bool:
    try:
        return folder.stat().st_mtime < time() - LEFTOVER_KEPT_FOR.total_seconds()
    except OSError:
        return False
