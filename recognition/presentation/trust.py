"""How far a confidence can be believed: what it was worth on voices that the model never heard."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from recognition.models import ModelVersion, Prediction

# Fewer clips than this say little of how often such an answer is right.
FEWEST_CLIPS = 50


@dataclass(frozen=True)
class Trust:
    """In 100 clips like this one; n_measured is 0 where only the confidence itself says so."""

    words: str
    n_right: int
    n_measured: int


def trust_of(prediction: Prediction) -> Trust:
    found = measured(prediction.model_version, prediction.confidence)
    share, n_clips = found or (prediction.confidence, 0)
    return Trust(words_of(prediction), round(100 * share), n_clips)


def words_of(prediction: Prediction) -> str:
    if not prediction.is_sure:
        return ""  # the verdict itself says so
    if prediction.confidence >= 0.9:
        return _("It is very sure.")
    return _("It is quite sure.") if prediction.confidence >= 0.7 else _("It is fairly sure.")


def measured(version: ModelVersion, confidence: float) -> tuple[float, int] | None:
    """How often answers of about this confidence were right, and of how many; None if unknown."""
    bins: list[dict[str, Any]] = version.scores.get("cross_validation", {}).get("reliability", [])
    full = [found for found in bins if found["n_clips"] >= FEWEST_CLIPS]
    if not full:
        return None
    near = min(full, key=lambda found: abs(float(found["confidence"]) - confidence))
    return float(near["accuracy"]), int(near["n_clips"])
