"""Model versions, as everybody may see them."""

from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.fields.json import KT, KeyTransform
from django.db.models.functions import Coalesce

from recognition.models import ModelVersion

# Whose figures stand for a version; the first that it has.
MAIN_SETS = ("test", "gold", "cross_validation", "validation")


def model_versions() -> QuerySet[ModelVersion]:
    """The serving one first, then the newest; without the long scores, of which the main stand in
    `main` and what they were measured on in `measured_on`."""
    overall = (KeyTransform("overall", KeyTransform(name, "scores")) for name in MAIN_SETS)
    measured_on = (KT(f"scores__{name}__data_hash") for name in MAIN_SETS)
    is_serving = When(status=ModelVersion.Status.CHAMPION, then=Value(0))
    return (
        ModelVersion.objects.defer("scores")
        .annotate(main=Coalesce(*overall), measured_on=Coalesce(*measured_on))
        .order_by(Case(is_serving, default=Value(1)), "-created_at", "-pk")
    )


def version_before(version: ModelVersion) -> ModelVersion | None:
    """The one that was there last when this one came."""
    earlier = Q(created_at__lt=version.created_at)
    same_moment = Q(created_at=version.created_at, pk__lt=version.pk)
    return model_versions().filter(earlier | same_moment).order_by("-created_at", "-pk").first()
