"""Every model version with where it came from, and what challengers say beside the champion."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Avg, Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from recognition.models import ModelVersion, Prediction, Promotion, ShadowPrediction
from recognition.models.clips import said_by_people
from recognition.selectors.dashboard import Rows, grouped
from recognition.selectors.models import model_versions
from recognition.selectors.monitoring import Percentile

SERVED = "clip__predictions"  # filtered first, so that it is the answer of one version


@dataclass(frozen=True)
class Pairing:
    """One challenger and the version that served while it listened, on the same clips."""

    challenger: ModelVersion
    served: ModelVersion
    sums: dict[str, Any]
    heard: Rows  # served, emotion (of the challenger) and n


def registry() -> QuerySet[ModelVersion]:
    """As the selector of models gives them, with where they came from."""
    return model_versions().select_related("parent", "training_run")


def registered(version_id: int) -> ModelVersion:
    """With its long scores. Raises ModelVersion.DoesNotExist."""
    return registry().defer(None).get(pk=version_id)


def promotions_of(version: ModelVersion) -> QuerySet[Promotion]:
    """Where it came and where it went, the newest first."""
    mine = Promotion.objects.filter(Q(version=version) | Q(previous=version))
    return mine.select_related("version", "previous")


def ancestors(version: ModelVersion) -> list[ModelVersion]:
    """What it was fine-tuned from, and that from, back to one that was trained from scratch."""
    found: list[ModelVersion] = []
    parent = version.parent
    while parent is not None and parent not in found:
        found.append(parent)
        parent = parent.parent
    return found


def children_of(version: ModelVersion) -> QuerySet[ModelVersion]:
    """What was fine-tuned from it, the oldest first."""
    return version.children.defer("scores").order_by("created_at", "pk")


def listeners() -> QuerySet[ModelVersion]:
    """All versions, with n_heard: how many clips they heard in the shadow."""
    return ModelVersion.objects.annotate(n_heard=Count("shadow_predictions")).defer("scores")


def shadows() -> QuerySet[ModelVersion]:
    """Those that listen in the shadow or once did; listening ones first."""
    is_one = Q(shadow_share__gt=0) | Q(status=ModelVersion.Status.CHALLENGER)
    found = listeners().filter(Q(n_heard__gt=0) | is_one)
    return found.order_by("-shadow_share", "-created_at", "-pk")


def pairing(challenger: ModelVersion) -> Pairing | None:
    """With the version that answered most of its clips; None before the first of them."""
    answered = Prediction.objects.filter(
        clip__shadow_predictions__model_version=challenger, clip__deleted_at__isnull=True
    ).exclude(model_version=challenger)
    most = answered.values("model_version").annotate(n=Count("pk")).order_by("-n").first()
    if most is None:
        return None
    served = ModelVersion.objects.get(pk=most["model_version"])
    pairs = ShadowPrediction.objects.filter(
        model_version=challenger,
        clip__deleted_at__isnull=True,
        **{f"{SERVED}__model_version": served},
    ).annotate(served=F(f"{SERVED}__emotion"))
    heard = grouped(pairs, by=("served", "emotion"), n=Count("pk"))
    return Pairing(challenger, served, _sums(pairs, challenger, served), heard)


def _sums(
    pairs: QuerySet[ShadowPrediction], challenger: ModelVersion, served: ModelVersion
) -> dict[str, Any]:
    """What a review, else the owner, said of a clip is the truth here."""
    truth = Coalesce(*said_by_people("clip__"))
    old, new = Q(truth=F("served")), Q(truth=F("emotion"))
    confidence, took = F(f"{SERVED}__confidence"), F(f"{SERVED}__processing_ms")
    return pairs.annotate(truth=truth, old_confidence=confidence, old_ms=took).aggregate(
        n_clips=Count("pk"),
        n_same=Count("pk", filter=Q(emotion=F("served"))),
        old_confidence_mean=Avg("old_confidence"),
        new_confidence_mean=Avg("confidence"),
        n_old_not_sure=Count("pk", filter=Q(old_confidence__lt=served.not_sure_below)),
        n_new_not_sure=Count("pk", filter=Q(confidence__lt=challenger.not_sure_below)),
        old_ms_median=Percentile("old_ms", share=0.5),
        new_ms_median=Percentile("processing_ms", share=0.5),
        n_judged=Count("pk", filter=Q(truth__isnull=False)),
        n_old_right=Count("pk", filter=old),
        n_new_right=Count("pk", filter=new),
        n_only_old_right=Count("pk", filter=old & ~new),
        n_only_new_right=Count("pk", filter=new & ~old),
    )
