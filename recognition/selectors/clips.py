"""Reads. Whoever shows a clip gets it from here, so that nobody sees another person's."""

from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from recognition.models import Clip, Explanation, ModelVersion, Prediction, User


def visible_clips(user: User) -> QuerySet[Clip]:
    """Own clips; for reviewers those of people who consented too; for administrators all."""
    if user.is_superuser:
        return Clip.objects.all()
    seen = Q(owner=user)
    if user.is_reviewer:
        seen |= Q(owner__review_consent_at__isnull=False, owner__is_active=True)
    return Clip.objects.filter(seen)


def clip_for(user: User, clip_id: UUID) -> Clip:
    """The clip with its newest prediction; Clip.DoesNotExist for everybody who may not see it."""
    return (
        visible_clips(user)
        .select_related("owner")
        .prefetch_related(predictions_of(with_segments=True))
        .get(pk=clip_id)
    )


def own_clip(user: User, clip_id: UUID) -> Clip:
    return Clip.objects.get(pk=clip_id, owner=user)


def clip_alone(user: User, clip_id: UUID) -> Clip:
    """Its own row, which knows emotion and state; Clip.DoesNotExist as clip_for."""
    return visible_clips(user).select_related("owner").defer("words", "note").get(pk=clip_id)


def is_unfinished(clip_id: UUID) -> bool:
    """It waits or is listened to; False for one that is gone, too."""
    clips = Clip.objects.filter(pk=clip_id).exclude(state__in=Clip.FINAL_STATES)
    return clips.exists()


def newest_prediction(clip: Clip) -> Prediction | None:
    """From what clip_for or history fetched: no further query.

    None for a clip that was read a moment before its result came: all of it is as it was then.
    """
    if clip.state != Clip.State.DONE:
        return None
    return next(iter(clip.predictions.all()), None)


def explanation_of(clip: Clip) -> Explanation | None:
    """Of the newest prediction, if anybody has asked for it."""
    return Explanation.objects.filter(prediction=newest_prediction(clip)).first()


def predictions_of(*, with_segments: bool) -> "Prefetch[str, QuerySet[Prediction], str]":
    """Of very many clips without what their model's page tells: it would come with each of them."""
    predictions = Prediction.objects.select_related("model_version").order_by("-created_at")
    if with_segments:
        predictions = predictions.prefetch_related("segments")
    else:
        predictions = predictions.defer("model_version__scores", "model_version__about")
    return Prefetch("predictions", queryset=predictions)


def champion_version() -> ModelVersion | None:
    return ModelVersion.objects.filter(status=ModelVersion.Status.CHAMPION).first()
