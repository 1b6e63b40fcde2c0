"""Models as pages show them: percentages, emoji and sentences instead of numbers and codes."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from mlcore.labels import EMOTIONS
from recognition.emotions import EMOTION_EMOJI, EMOTION_LABELS
from recognition.messages import sentence
from recognition.models import Clip, Prediction
from recognition.presentation.trust import trust_of
from recognition.selectors import newest_prediction

FAST_POLLING = timedelta(seconds=30)


@dataclass(frozen=True)
class EmotionBar:
    emotion: str
    label: str
    emoji: str
    percent: float
    is_top: bool


@dataclass(frozen=True)
class TimelineSegment:
    emotion: str
    label: str
    emoji: str
    percent: float
    start_s: float
    end_s: float
    left_permille: int
    width_permille: int


@dataclass(frozen=True)
class Result:
    """One prediction in words."""

    emotion: str
    emotion_label: str
    emoji: str
    confidence_percent: int
    is_sure: bool
    model_name: str
    model_id: int
    processing_ms: float


@dataclass(frozen=True)
class Failure:
    code: str
    sentence: str


def clip_context(clip: Clip) -> dict[str, Any]:
    """What the clip's page and its polled fragment both need."""
    prediction = newest_prediction(clip)
    bars = bars_of(prediction) if prediction else []
    return {
        "clip": clip,
        "is_final": clip.is_final,
        "poll_url": "" if clip.is_final else reverse("clip-status", args=[clip.pk]),
        "poll_every_s": poll_every_s(clip),
        "failure": failure_of(clip),
        "prediction": result_of(prediction) if prediction else None,
        "trust": trust_of(prediction) if prediction else None,
        "bars": bars,
        "second": bars[1] if bars else None,
        "segments": timeline_of(clip, prediction) if prediction else [],
    }


def poll_every_s(clip: Clip) -> int:
    """Every second while a result is likely, then less often; counted from upload or retry."""
    waiting_since = clip.started_at or clip.announced_at
    return 1 if timezone.now() - max(waiting_since, clip.created_at) < FAST_POLLING else 5


def failure_of(clip: Clip) -> Failure | None:
    if not clip.error_code:
        return None
    return Failure(clip.error_code, sentence(clip.error_code, clip.error_details))


def result_of(prediction: Prediction) -> Result:
    return Result(
        emotion=prediction.emotion,
        emotion_label=EMOTION_LABELS[prediction.emotion],
        emoji=EMOTION_EMOJI[prediction.emotion],
        confidence_percent=round(prediction.confidence * 100),
        is_sure=prediction.is_sure,
        model_name=str(prediction.model_version),
        model_id=prediction.model_version_id,
        processing_ms=prediction.processing_ms,
    )


def bars_of(prediction: Prediction) -> list[EmotionBar]:
    posteriors = prediction.posteriors
    return [
        EmotionBar(
            emotion=emotion,
            label=EMOTION_LABELS[emotion],
            emoji=EMOTION_EMOJI[emotion],
            percent=round(posteriors[emotion] * 100, 1),
            is_top=emotion == prediction.emotion,
        )
        for emotion in sorted(EMOTIONS, key=lambda name: -posteriors[name])
    ]


def timeline_of(clip: Clip, prediction: Prediction) -> list[TimelineSegment]:
    """Overlapping segments end where the next one starts; parts without speech stay empty."""
    segments = list(prediction.segments.all())
    end_s = max([clip.duration_s or 0.0, *(segment.end_s for segment in segments)])
    starts = [segment.start_s for segment in segments] + [end_s]
    return [
        TimelineSegment(
            emotion=segment.emotion,
            label=EMOTION_LABELS[segment.emotion],
            emoji=EMOTION_EMOJI[segment.emotion],
            percent=round(segment.posteriors[segment.emotion] * 100, 1),
            start_s=segment.start_s,
            end_s=segment.end_s,
            left_permille=round(1000 * segment.start_s / end_s),
            width_permille=round(1000 * (min(segment.end_s, next_s) - segment.start_s) / end_s),
        )
        for segment, next_s in zip(segments, starts[1:], strict=True)
    ]
