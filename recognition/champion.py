"""The one door to inference: this process's recognizer of the serving model."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from mlcore.bundles import BundleInfo, read_info, shipped_bundle
from mlcore.inference import Engine, Recognizer
from recognition.models import ModelVersion
from recognition.selectors import champion_version

# Where a version's bundle lies when it came with the program: its path changes with the checkout.
SHIPPED = "shipped"


@dataclass(frozen=True)
class Champion:
    version: ModelVersion
    recognizer: Recognizer


def current_champion() -> Champion:
    """Asks the database each time, so that a promotion holds from the next clip on."""
    version = champion_version()
    if version is None or is_outdated(version):
        version = register_shipped()
    return Champion(version, load_recognizer(version.sha256, version.folder))


def warm_up_recognizer() -> None:
    """Pay for imports, tables and the first pass through the network before work comes."""
    current_champion().recognizer.warm_up()


@lru_cache(maxsize=1)
def load_recognizer(sha256: str, folder: str) -> Recognizer:
    path = shipped_bundle(settings.SHIPPED_MODEL) if folder == SHIPPED else Path(folder)
    return Recognizer.load(path, engine=cast(Engine, settings.RECOGNIZER_ENGINE))


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
    }


def register_shipped() -> ModelVersion:
    info = read_info(shipped_bundle(settings.SHIPPED_MODEL))
    try:
        with transaction.atomic():
            champions = ModelVersion.objects.filter(status=ModelVersion.Status.CHAMPION)
            champions.update(status=ModelVersion.Status.RETIRED)
            return ModelVersion.objects.update_or_create(
                sha256=info.sha256,
                defaults={
                    "name": info.name,
                    "folder": SHIPPED,
                    "status": ModelVersion.Status.CHAMPION,
                    "not_sure_below": info.not_sure_below,
                    "scores": dict(info.scores),
                    "about": about(info),
                    "promoted_at": timezone.now(),
                },
            )[0]
    except IntegrityError:
        # another worker that started together with this one was first
        return ModelVersion.objects.get(status=ModelVersion.Status.CHAMPION)
