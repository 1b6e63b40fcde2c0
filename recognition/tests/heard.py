"""Clips with a result, made at chosen moments, as recognition and correction leave them."""

from datetime import datetime, timedelta
from random import Random

from django.utils import timezone

from mlcore.labels import EMOTIONS
from recognition.models import Clip, ModelVersion, Prediction, User
from recognition.tests import factories


def heard_clip(
    owner: User,
    emotion: str = "happy",
    *,
    version: ModelVersion,
    confidence: float = 0.65,
    corrected: str = "",
    at: datetime | None = None,
    duration_s: float = 2.5,
) -> Clip:
    clip = factories.clip(
        owner,
        state=Clip.State.DONE,
        emotion=emotion,
        confidence=confidence,
        is_sure=confidence >= version.not_sure_below,
        corrected_emotion=corrected,
        duration_s=duration_s,
    )
    predict(clip, emotion, version=version, confidence=confidence)
    if at:
        Clip.with_deleted.filter(pk=clip.pk).update(created_at=at)
    return clip


def predict(clip: Clip, emotion: str, *, version: ModelVersion, confidence: float) -> Prediction:
    Clip.with_deleted.filter(pk=clip.pk).update(model_version=version, confidence=confidence)
    return Prediction.objects.create(
        clip=clip,
        model_version=version,
        emotion=emotion,
        confidence=confidence,
        posteriors=factories.posteriors(emotion, confidence),
        processing_ms=10,
    )


def months_of_clips(owner: User, versions: list[ModelVersion], n_clips: int = 240) -> None:
    """Of a person who records most days, in bulk: for looking at, and for figures of speed."""
    random, now = Random(3), timezone.now()
    weights = [26, 9, 18, 12, 14, 7, 5, 9]
    clips, predictions = [], []
    for _ in range(n_clips):
        emotion = random.choices(EMOTIONS, weights)[0]
        age_days = 85 * random.random() ** 1.4
        raw = {name: random.random() ** 3 / 3 for name in EMOTIONS} | {emotion: 0.4}
        raw[emotion] += random.random() * 1.5
        posteriors = {name: value / sum(raw.values()) for name, value in raw.items()}
        confidence = max(posteriors.values())
        version = versions[int(age_days > 40) % len(versions)]
        said = random.choice(["", "", emotion, random.choices(EMOTIONS, weights)[0]])
        clips.append(
            Clip(
                owner=owner,
                name="clip.wav",
                file_name="clip.wav",
                file="clips/none",
                container="wav",
                size_bytes=1,
                duration_s=random.uniform(1, 14),
                state=Clip.State.DONE,
                announced_at=now,
                finished_at=now,
                emotion=max(posteriors, key=lambda name: posteriors[name]),
                confidence=confidence,
                is_sure=confidence >= version.not_sure_below,
                model_version=version,
                corrected_emotion=said,
            )
        )
        clips[-1].age_days = age_days  # type: ignore[attr-defined]
        predictions.append(
            Prediction(
                clip=clips[-1],
                model_version=version,
                emotion=clips[-1].emotion,
                confidence=confidence,
                posteriors=posteriors,
                processing_ms=10,
            )
        )
    Clip.objects.bulk_create(clips, batch_size=1000)
    for clip in clips:
        clip.created_at = now - timedelta(days=clip.age_days)  # type: ignore[attr-defined]
    Clip.objects.bulk_update(clips, ["created_at"], batch_size=1000)
    Prediction.objects.bulk_create(predictions, batch_size=1000)
