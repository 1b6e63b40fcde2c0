"""Which model serves: promotion by a good verdict or a written reason, and the way back."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from recognition.errors import PromoteError
from recognition.models import ModelVersion, Promotion, User
from recognition.selectors.bundles import read_bundle
from recognition.selectors.promotions import served_before, thrown_out_at
from recognition.selectors.training import withdrawn_since
from recognition.shipped import is_elsewhere, keep_shipped

CONSOLE = "command line"


@transaction.atomic
def promote_version(
    version_id: int, *, by: User | None = None, forced_reason: str = ""
) -> Promotion:
    """Workers serve it from their next task on. Two at once come one after the other.

    Raises PromoteError or BundleError, and then the champion stays.
    """
    versions = lock_versions()
    champion, version = champion_of(versions), named(versions, version_id)
    check_servable(version)
    reason, verdict = forced_reason.strip(), verdict_of(version)
    if not reason:
        check_verdict(verdict, champion)
        check_not_thrown_out(version)
        check_consents(version)
    return serve(
        Promotion(
            version=version,
            previous=champion,
            kind=Promotion.Kind.PROMOTED,
            forced_reason=reason,
            verdict=verdict,
        ),
        by,
    )


def check_consents(version: ModelVersion) -> None:
    """What was withdrawn after it was learned must not begin to serve."""
    if n_clips := withdrawn_since(version):
        raise PromoteError("promote:user:withdrawn", {"n_clips": n_clips})


@transaction.atomic
def roll_back(*, by: User | None = None) -> Promotion:
    """To what served before the champion was promoted; once more goes one further back.

    Raises PromoteError or BundleError, and then the champion stays.
    """
    champion = champion_of(lock_versions())
    before = last_before(champion)
    check_servable(before)
    return serve(Promotion(version=before, previous=champion, kind=Promotion.Kind.ROLLED_BACK), by)


def last_before(champion: ModelVersion | None) -> ModelVersion:
    """For what an older release of the program shipped, that what it ships now."""
    for version in served_before(champion) if champion else ():
        found = keep_shipped() if is_elsewhere(version) else version
        if found != champion:
            return found
    raise PromoteError("promote:user:nothing-before")


@transaction.atomic
def set_shadow(version_id: int, share: float) -> ModelVersion:
    """On so many of the live clips a challenger is heard, too. Raises PromoteError."""
    version = named(lock_versions(), version_id)
    if not 0 <= share <= 1:
        raise PromoteError("promote:user:share", {"found": share})
    if version.status != ModelVersion.Status.CHALLENGER:
        raise PromoteError("promote:user:no-challenger")
    if version.removed_at is not None:
        raise PromoteError("promote:user:removed")
    version.shadow_share = share
    version.alarm_code, version.alarm_at = "", None  # raised again where it is heard and broken
    version.save(update_fields=["shadow_share", "alarm_code", "alarm_at"])
    return version


def lock_versions() -> list[ModelVersion]:
    """All rows, so that whoever had to wait sees who was promoted meanwhile."""
    return list(ModelVersion.objects.select_for_update().order_by("pk"))


def champion_of(versions: list[ModelVersion]) -> ModelVersion | None:
    champions = (row for row in versions if row.status == ModelVersion.Status.CHAMPION)
    return next(champions, None)


def named(versions: list[ModelVersion], version_id: int) -> ModelVersion:
    for row in versions:
        if row.pk == version_id:
            return row
    raise PromoteError("promote:user:unknown", {"found": version_id})


def check_servable(version: ModelVersion) -> None:
    if version.status == ModelVersion.Status.CHAMPION:
        raise PromoteError("promote:user:serving")
    if version.removed_at is not None:
        raise PromoteError("promote:user:removed")
    read_bundle(version)


def verdict_of(version: ModelVersion) -> dict[str, Any]:
    """Empty where there is none; `judged_against` is the sha256 of whom it was compared with."""
    run = getattr(version, "training_run", None)
    return (run.data or {}).get("verdict", {}) if run is not None else {}


def check_verdict(verdict: dict[str, Any], champion: ModelVersion | None) -> None:
    if not verdict:
        raise PromoteError("promote:user:no-verdict")
    if verdict["outcome"] != "better":
        raise PromoteError("promote:user:verdict", {"outcome": verdict["outcome"]})
    serving = champion.sha256 if champion else ""
    if verdict["judged_against"] != serving:
        details = {"judged_against": verdict["judged_against"][:8], "serving": serving[:8]}
        raise PromoteError("promote:user:outdated", details)


def check_not_thrown_out(version: ModelVersion) -> None:
    """A verdict from before the rollback did not foresee why it was rolled back."""
    thrown_out, judged = thrown_out_at(version), version.training_run.finished_at
    if thrown_out is not None and (judged is None or judged < thrown_out):
        raise PromoteError("promote:user:rolled-back")


def serve(promotion: Promotion, by: User | None) -> Promotion:
    """The old one first: the database allows one champion at a time."""
    now, version = timezone.now(), promotion.version
    if promotion.previous is not None:
        ModelVersion.objects.filter(pk=promotion.previous.pk).update(
            status=ModelVersion.Status.RETIRED
        )
    ModelVersion.objects.filter(pk=version.pk).update(
        status=ModelVersion.Status.CHAMPION,
        promoted_at=now,
        shadow_share=0,
        alarm_code="",
        alarm_at=None,
    )
    promotion.by = by
    promotion.by_name = (by.name or by.get_username()) if by else CONSOLE
    promotion.save(force_insert=True)
    version.refresh_from_db()
    return promotion
