"""The bundle that came with the program, as a model version."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils import timezone

from mlcore.bundles import BundleInfo, read_info, shipped_bundle
from recognition.models import ModelVersion
from recognition.selectors.bundles import SHIPPED


@lru_cache(maxsize=2)
def shipped_sha256(name: str) -> str:
    return read_info(shipped_bundle(name)).sha256


def is_elsewhere(version: ModelVersion) -> bool:
    """It came with another release or setting of the program: its files are not here."""
    return version.folder == SHIPPED and version.sha256 != shipped_sha256(settings.SHIPPED_MODEL)


def keep_shipped() -> ModelVersion:
    """Its row, as it is; where there is none, one that does not serve. Raises BundleError."""
    found = ModelVersion.objects.filter(sha256=shipped_sha256(settings.SHIPPED_MODEL)).first()
    return found or ModelVersion.objects.get_or_create(**row(ModelVersion.Status.RETIRED))[0]


def crown_shipped() -> ModelVersion:
    """Nothing else may serve meanwhile. Raises BundleError."""
    return ModelVersion.objects.update_or_create(**row(ModelVersion.Status.CHAMPION))[0]


def row(status: ModelVersion.Status) -> dict[str, Any]:
    """Raises BundleError when the program's own bundle is damaged."""
    info = read_info(shipped_bundle(settings.SHIPPED_MODEL))
    defaults = {
        "name": info.name,
        "folder": SHIPPED,
        "status": status,
        "not_sure_below": info.not_sure_below,
        "scores": dict(info.scores),
        "about": about(info),
        "promoted_at": timezone.now(),
    }
    return {"sha256": info.sha256, "defaults": defaults}


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
