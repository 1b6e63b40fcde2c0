"""A challenger hears some of the live clips, too; what it says is kept and shown to nobody."""

import logging
import time
from datetime import timedelta
from itertools import islice

from django.utils import timezone

from mlcore.errors import AudioError, BundleError
from mlcore.inference import Recognizer
from recognition.champion import open_version
from recognition.limits import audio_limits
from recognition.models import Clip, ModelVersion, ShadowPrediction

logger = logging.getLogger(__name__)

# Live means: handed in this recently. What a busy worker doesn't get to is left out.
WINDOW = timedelta(hours=1)
MOST_A_TURN = 20


def shadow_clips() -> int:
    """How many were heard. Run twice or beside itself, each clip has one answer a version."""
    listening = ModelVersion.objects.filter(
        status=ModelVersion.Status.CHALLENGER, shadow_share__gt=0, removed_at=None
    )
    return sum(listen(version) for version in listening)


def listen(version: ModelVersion) -> int:
    clips = list(islice(due(version), MOST_A_TURN))
    if not clips:
        return 0
    try:
        recognizer = open_version(version)
    except BundleError:
        return 0  # the version carries an alarm now
    return sum(hear(clip, version, recognizer) for clip in clips)


def due(version: ModelVersion) -> "filter[Clip]":
    """The newest first; the share is drawn by the clip's random key, so that it stays the same."""
    recent = (
        Clip.objects.filter(
            state=Clip.State.DONE,
            created_at__gt=max(timezone.now() - WINDOW, version.created_at),
        )
        .exclude(shadow_predictions__model_version=version)
        .order_by("-created_at")
    )
    return filter(lambda clip: is_in_share(clip, version.shadow_share), recent.iterator())


def is_in_share(clip: Clip, share: float) -> bool:
    return clip.pk.int % 10_000 < share * 10_000


def hear(clip: Clip, version: ModelVersion, recognizer: Recognizer) -> int:
    started = time.perf_counter()
    try:
        heard = recognizer.recognize(clip.file.path, limits=audio_limits())
    except AudioError as error:
        logger.info("Clip %s in the shadow: %s", clip.pk, error.code)
        return 0
    prediction = ShadowPrediction(
        clip=clip,
        model_version=version,
        emotion=heard.emotion,
        confidence=heard.confidence,
        posteriors=heard.posteriors,
        processing_ms=(time.perf_counter() - started) * 1000,
    )
    ShadowPrediction.objects.bulk_create([prediction], ignore_conflicts=True)
    return 1
