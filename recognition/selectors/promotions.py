"""What served before, as the promotions tell it; what was rolled back from does not count."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q

from recognition.models import ModelVersion, Promotion

ROLLED_BACK = Promotion.Kind.ROLLED_BACK


def served_before(champion: ModelVersion) -> Iterator[ModelVersion]:
    """The newest first: each version's predecessor is what served when it was promoted."""
    seen, version = {champion.pk}, predecessor_of(champion)
    while version is not None and version.pk not in seen:
        if not was_thrown_out(version):
            yield version
        seen.add(version.pk)
        version = predecessor_of(version)


def predecessor_of(version: ModelVersion) -> ModelVersion | None:
    came = Promotion.objects.filter(version=version).exclude(kind=ROLLED_BACK)
    newest = came.select_related("previous").first()
    return newest.previous if newest else None


def was_thrown_out(version: ModelVersion) -> bool:
    """The last that happened to it was a rollback to another one."""
    lost = Q(previous=version, kind=ROLLED_BACK)
    last = Promotion.objects.filter(lost | Q(version=version)).first()
    return last is not None and last.previous_id == version.pk


def thrown_out_at(version: ModelVersion) -> datetime | None:
    """When it was last rolled back from, whatever became of it since."""
    last = Promotion.objects.filter(previous=version, kind=ROLLED_BACK).first()
    return last.created_at if last else None
