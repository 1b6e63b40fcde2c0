"""The limits of a recording as this site sets them, the same at upload and in the worker."""

from django.conf import settings

from mlcore.audio import AudioLimits


def audio_limits() -> AudioLimits:
    return AudioLimits(
        max_bytes=settings.UPLOAD_MAX_BYTES,
        min_duration_s=settings.CLIP_MIN_DURATION_S,
        max_duration_s=settings.CLIP_MAX_DURATION_S,
    )
