"""From a queued clip to its result: safe to run twice, late, or beside itself."""

import logging
import time
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from mlcore.errors import AudioError
from mlcore.inference import Recognition
from recognition.champion import Champion, current_champion
from recognition.limits import audio_limits
from recognition.models import Clip, Prediction, Segment

logger = logging.getLogger(__name__)


def recognize_clip(clip_id: UUID) -> None:
    clip = claim_clip(clip_id)
    if clip is None:
        return  # deleted, finished, or another worker has it
    champion = current_champion()
    started = time.perf_counter()
    try:
        recognition = champion.recognizer.recognize(clip.file.path, limits=audio_limits())
    except AudioError as error:
        fail_clip(clip, error)
        return
    keep_result(clip, champion, recognition, processing_ms=(time.perf_counter() - started) * 1000)


def claim_clip(clip_id: UUID) -> Clip | None:
    """One worker gets it: the row count of a conditional UPDATE decides."""
    n_claimed = Clip.objects.filter(pk=clip_id, state=Clip.State.QUEUED).update(
        state=Clip.State.RUNNING, attempts=F("attempts") + 1, started_at=timezone.now()
    )
    return Clip.objects.filter(pk=clip_id).first() if n_claimed else None


def finish_clip(clip: Clip, state: Clip.State, **changes: object) -> bool:
    """False if the claim was lost meanwhile: reaped, or the clip was deleted."""
    held = Clip.objects.filter(
        pk=clip.pk, state=Clip.State.RUNNING, attempts=clip.attempts, started_at=clip.started_at
    )
    return bool(held.update(state=state, finished_at=timezone.now(), **changes))


def fail_clip(clip: Clip, error: AudioError) -> None:
    logger.info("Clip %s: %s", clip.pk, error.code)
    finish_clip(clip, Clip.State.FAILED, error_code=error.code, error_details=error.details)


@transaction.atomic
def keep_result(
    clip: Clip, champion: Champion, recognition: Recognition, *, processing_ms: float
) -> None:
    changes = {
        "duration_s": recognition.duration_s,
        "emotion": recognition.emotion,
        "confidence": recognition.confidence,
        "is_sure": recognition.confidence >= champion.version.not_sure_below,
        "model_version": champion.version,
    }
    if not finish_clip(clip, Clip.State.DONE, **changes):
        logger.warning("Clip %s: the claim was lost, the result is dropped", clip.pk)
        return
    prediction = Prediction.objects.create(
        clip=clip,
        model_version=champion.version,
        emotion=recognition.emotion,
        confidence=recognition.confidence,
        posteriors=recognition.posteriors,
        processing_ms=processing_ms,
    )
    Segment.objects.bulk_create(
        Segment(
            prediction=prediction,
            position=position,
            start_s=segment.start_s,
            end_s=segment.end_s,
            emotion=segment.emotion,
            posteriors=segment.posteriors,
        )
        for position, segment in enumerate(recognition.segments)
    )
