"""The one door to inference: this process's recognizer of the serving model."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from mlcore.bundles import BundleInfo, read_info, shipped_bundle
from mlcore.errors import BundleError
from mlcore.inference import Engine, Recognizer
from recognition.models import ModelVersion, Promotion
from recognition.selectors import champion_version
from recognition.selectors.bundles import SHIPPED, bundle_folder, read_bundle

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
    try:
        return Champion(version, open_version(version))
    except BundleError as error:
        return last_good(version, error)


def last_good(champion: ModelVersion, error: BundleError) -> Champion:
    """What served before comes first, then what came with the program."""
    for version in served_before(champion):
        try:
            return Champion(version, open_version(version))
        except BundleError:
            continue
    raise error


def served_before(champion: ModelVersion) -> Iterator[ModelVersion]:
    """The newest first; of what other releases shipped only the rows are left."""
    retired = ModelVersion.objects.filter(
        status=ModelVersion.Status.RETIRED, removed_at=None, promoted_at__isnull=False
    )
    yield from retired.exclude(folder=SHIPPED).order_by("-promoted_at")
    if champion.folder != SHIPPED:
        yield keep_shipped(ModelVersion.Status.RETIRED)


def open_version(version: ModelVersion) -> Recognizer:
    """Raises BundleError, and then the version carries an alarm until it can be opened again."""
    try:
        recognizer = load_recognizer(version.pk, version.sha256, version.folder)
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


@lru_cache(maxsize=2)  # the champion, and a challenger in its shadow
def load_recognizer(version_id: int, sha256: str, folder: str) -> Recognizer:
    version = ModelVersion(pk=version_id, sha256=sha256, folder=folder)
    read_bundle(version)
    engine = cast(Engine, settings.RECOGNIZER_ENGINE)
    try:
        return Recognizer.load(bundle_folder(version), engine=engine)
    except (OSError, RuntimeError, ValueError) as error:  # files of another program's version
        raise BundleError("bundle:app:unreadable", {"reason": type(error).__name__}) from error


@lru_cache(maxsize=2)
def shipped_sha256(name: str) -> str:
    return read_info(shipped_bundle(name)).sha256


def is_outdated(version: ModelVersion) -> bool:
    """A newer release ships another bundle than the one it registered, or the setting changed."""
    return version.folder == SHIPPED and version.sha256 != shipped_sha256(settings.SHIPPED_MODEL)


def about(info: BundleInfo) -> dict[str, object]:
    """What the model's page tells; the web process never opens a bundle."""
    return {
        "architecture": info.architecture,
        "sizes": info.sizes,
        "features": info.features.name,
        "emotions": list(info.labels),
        "temperature": info.temperature,
        "n_speakers": len(info.training_speakers),
        **{key: info.training[key] for key in ("licenses", "n_clips", "data_hash")},
        "code_version": info.training.get("code_version", ""),
        "seed": info.training.get("options", {}).get("seed"),
    }


def register_shipped() -> ModelVersion:
    try:
        with transaction.atomic():
            champions = ModelVersion.objects.filter(status=ModelVersion.Status.CHAMPION)
            previous = champions.first()
            champions.update(status=ModelVersion.Status.RETIRED)
            version = keep_shipped(ModelVersion.Status.CHAMPION)
            Promotion.objects.create(
                version=version, previous=previous, kind=Promotion.Kind.SHIPPED
            )
            return version
    except IntegrityError:
        # another worker that started together with this one was first
        return ModelVersion.objects.get(status=ModelVersion.Status.CHAMPION)


def keep_shipped(status: ModelVersion.Status) -> ModelVersion:
    """Raises BundleError when the program's own bundle is damaged."""
    info = read_info(shipped_bundle(settings.SHIPPED_MODEL))
    return ModelVersion.objects.update_or_create(
        sha256=info.sha256,
        defaults={
            "name": info.name,
            "folder": SHIPPED,
            "status": status,
            "not_sure_below": info.not_sure_below,
            "scores": dict(info.scores),
            "about": about(info),
            "promoted_at": timezone.now(),
        },
    )[0]
