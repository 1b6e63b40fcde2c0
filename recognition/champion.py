"""The one door to inference: this process's recognizer of the serving model."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from mlcore.errors import BundleError
from mlcore.inference import Engine, Recognizer
from recognition.models import ModelVersion, Promotion
from recognition.selectors import champion_version
from recognition.selectors.bundles import SHIPPED, bundle_folder, read_bundle
from recognition.selectors.promotions import served_before
from recognition.shipped import crown_shipped, is_elsewhere, keep_shipped, shipped_sha256

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Champion:
    version: ModelVersion
    recognizer: Recognizer


def current_champion() -> Champion:
    """Asks the database each time, so that a promotion holds from the next clip on.

    Where its bundle can't be opened, the last one that can serves; raises BundleError if none.
    """
    version = champion_version()
    if version is None or is_outdated(version):
        version = register_shipped()
    if is_elsewhere(version):
        version = keep_shipped()  # each release serves what it has
    try:
        return Champion(version, open_version(version))
    except BundleError as error:
        return last_good(version, error)


def last_good(champion: ModelVersion, error: BundleError) -> Champion:
    """What served before comes first, then what came with the program."""
    for version in stand_ins(champion):
        try:
            return Champion(version, open_version(version))
        except BundleError:
            continue
    raise error


def stand_ins(champion: ModelVersion) -> Iterator[ModelVersion]:
    """Never one that was rolled back from; of what other releases shipped only rows are left."""
    for version in served_before(champion):
        if version.removed_at is None and version.folder != SHIPPED:
            yield version
    if champion.sha256 != shipped_sha256(settings.SHIPPED_MODEL):
        yield keep_shipped()


def open_version(version: ModelVersion) -> Recognizer:
    """Raises BundleError, and then the version carries an alarm until it can be opened again.

    With an alarm its files count, not what this process has in memory: all do the same.
    """
    load = load_recognizer.__wrapped__ if version.alarm_code else load_recognizer
    try:
        recognizer = load(version.pk, version.sha256, version.folder)
    except BundleError as error:
        raise_alarm(version, error)
        raise
    if version.alarm_code:
        ModelVersion.objects.filter(pk=version.pk).update(alarm_code="", alarm_at=None)
    return recognizer


def raise_alarm(version: ModelVersion, error: BundleError) -> None:
    """Once: the moment when it began is what counts."""
    silent = ModelVersion.objects.filter(pk=version.pk).exclude(alarm_code=error.code)
    if silent.update(alarm_code=error.code, alarm_at=timezone.now()):
        logger.error("The model %s can't be opened: %s [%s]", version, error, error.code)


def warm_up_recognizer() -> None:
    """Pay for imports, tables and the first pass through the network before work comes."""
    current_champion().recognizer.warm_up()


@lru_cache(maxsize=8)  # the champion or who stands in, and challengers in the shadow
def load_recognizer(version_id: int, sha256: str, folder: str) -> Recognizer:
    version = ModelVersion(pk=version_id, sha256=sha256, folder=folder)
    read_bundle(version)
    engine = cast(Engine, settings.RECOGNIZER_ENGINE)
    try:
        return Recognizer.load(bundle_folder(version), engine=engine)
    except (OSError, RuntimeError, ValueError) as error:  # files of another program's version
        raise BundleError("bundle:app:unreadable", {"reason": type(error).__name__}) from error


def is_outdated(version: ModelVersion) -> bool:
    """A newer release ships a bundle that never served.

    One that did is of an older release: two that run at once would else take turns for ever.
    """
    if not is_elsewhere(version):
        return False
    sha256 = shipped_sha256(settings.SHIPPED_MODEL)
    return not Promotion.objects.filter(version__sha256=sha256).exists()


def register_shipped() -> ModelVersion:
    """Under the lock of all rows: what an administrator let serve meanwhile stays."""
    try:
        with transaction.atomic():
            list(ModelVersion.objects.select_for_update().order_by("pk"))
            previous = champion_version()
            if previous is not None and not is_outdated(previous):
                return previous
            ModelVersion.objects.filter(status=ModelVersion.Status.CHAMPION).update(
                status=ModelVersion.Status.RETIRED
            )
            version = crown_shipped()
            Promotion.objects.create(
                version=version, previous=previous, kind=Promotion.Kind.SHIPPED
            )
            return version
    except IntegrityError:
        # another worker that started together with this one was first
        return ModelVersion.objects.get(status=ModelVersion.Status.CHAMPION)
