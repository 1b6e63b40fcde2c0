"""Reads. Whoever shows a clip gets it from here, so that nobody sees another person's."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.utils.dateparse import parse_datetime

from recognition.models import Clip, Explanation, ModelVersion, Prediction, User

PAGE_SIZE = 25


def visible_clips(user: User) -> QuerySet[Clip]:
    """Own clips; for reviewers those of people who consented too; for administrators all."""
    if user.is_superuser:
        return Clip.objects.all()
    seen = Q(owner=user)
    if user.is_reviewer:
        seen |= Q(owner__review_consent_at__isnull=False)
    return Clip.objects.filter(seen)


def clip_for(user: User, clip_id: UUID) -> Clip:
    """The clip with its newest prediction; Clip.DoesNotExist for everybody who may not see it."""
    return (
        visible_clips(user)
        .select_related("owner")
        .prefetch_related(_predictions(with_segments=True))
        .get(pk=clip_id)
    )


def own_clip(user: User, clip_id: UUID) -> Clip:
    return Clip.objects.get(pk=clip_id, owner=user)


def newest_prediction(clip: Clip) -> Prediction | None:
    """From what clip_for or history fetched: no further query."""
    return next(iter(clip.predictions.all()), None)


def explanation_of(clip: Clip) -> Explanation | None:
    """Of the newest prediction, if anybody has asked for it."""
    return Explanation.objects.filter(prediction=newest_prediction(clip)).first()


def _predictions(*, with_segments: bool) -> "Prefetch[str, QuerySet[Prediction], str]":
    predictions = Prediction.objects.select_related("model_version").order_by("-created_at")
    if with_segments:
        predictions = predictions.prefetch_related("segments")
    return Prefetch("predictions", queryset=predictions)


@dataclass(frozen=True)
class HistoryPage:
    clips: list[Clip]
    next_cursor: str  # empty when there is nothing older; fit for an address as it is


def history(user: User, cursor: str = "") -> HistoryPage:
    """Own clips, newest first; the cursor names the last clip seen, so that no page is counted."""
    clips = Clip.objects.filter(owner=user).order_by("-created_at", "-id")
    position = parse_cursor(cursor)
    if position:
        created_at, clip_id = position
        # the first condition alone is what the index is searched by
        clips = clips.filter(created_at__lte=created_at).filter(
            Q(created_at__lt=created_at) | Q(id__lt=clip_id)
        )
    found = list(clips.prefetch_related(_predictions(with_segments=False))[: PAGE_SIZE + 1])
    more = len(found) > PAGE_SIZE
    shown = found[:PAGE_SIZE]
    return HistoryPage(shown, make_cursor(shown[-1]) if more else "")


def make_cursor(clip: Clip) -> str:
    return f"{clip.created_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}_{clip.pk.hex}"


def parse_cursor(cursor: str) -> tuple[datetime, UUID] | None:
    """None for a cursor that we did not make: the history then starts at its newest clip."""
    moment, _, hexadecimal = cursor.partition("_")
    try:
        created_at = parse_datetime(moment)
        clip_id = UUID(hex=hexadecimal)
    except ValueError:
        return None
    return (created_at, clip_id) if created_at and created_at.tzinfo else None


def champion_version() -> ModelVersion | None:
    return ModelVersion.objects.filter(status=ModelVersion.Status.CHAMPION).first()
