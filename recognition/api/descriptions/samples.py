"""Bodies of answers as they look; a test compares their fields with those of real ones."""

from typing import Any

CLIP_ID = "6f1c9a7e-2f0b-4c53-9d5e-0b7a3d1e8c42"
BATCH_ID = "0d6f5f0e-6a57-4a3c-8a55-6d1f4f3a9b10"
TOKEN_ID = "9b0c4f57-41d5-4d38-8e0e-2c1b6a7d5e33"  # noqa: S105 - not the token itself
SHA256 = "3d5a1f0c9e7b4a6d8c2f1e0b9a8d7c6f5e4b3a2d1c0f9e8d7b6a5c4f3e2d1b0a"
SENT_AT = "2026-11-02T09:30:00Z"
HEARD_AT = "2026-11-02T09:30:01.250000Z"
POSTERIORS = {
    "neutral": 0.12,
    "calm": 0.06,
    "happy": 0.68,
    "sad": 0.02,
    "angry": 0.03,
    "fearful": 0.02,
    "disgust": 0.02,
    "surprised": 0.05,
}
TAGS = [{"id": 7, "name": "interview"}]
NO_SPEECH = {
    "code": "audio:user:no-speech",
    "message": (
        "No speech was found: 0.04 s of the clip sound like speech, at least 0.10 s are needed. "
        "Check the microphone and record again."
    ),
}
PREDICTION: dict[str, Any] = {
    "emotion": "happy",
    "confidence": 0.68,
    "is_sure": True,
    "posteriors": POSTERIORS,
    "model": "three-networks",
    "model_id": 3,
    "model_sha256": SHA256,
    "processing_ms": 41.7,
    "created_at": HEARD_AT,
}
CLIP: dict[str, Any] = {
    "id": CLIP_ID,
    "name": "monday.wav",
    "note": "",
    "tags": TAGS,
    "batch": None,
    "state": "done",
    "is_final": True,
    "container": "wav",
    "size_bytes": 96_044,
    "sample_rate": 16_000,
    "n_channels": 1,
    "codec": "PCM_16",
    "speaker_consent": "own-voice",
    "duration_s": 3.0,
    "created_at": SENT_AT,
    "finished_at": HEARD_AT,
    "prediction": PREDICTION,
    "corrected_emotion": "",
    "reviewed_emotion": "",
    "counted_emotion": "happy",
    "provenance": "model",
    "error": None,
}
NO_RESULT = {"finished_at": None, "prediction": None, "counted_emotion": "", "provenance": ""}
WAITING = CLIP | NO_RESULT | {"tags": [], "state": "queued", "is_final": False}
FAILED = CLIP | NO_RESULT | {"state": "failed", "finished_at": HEARD_AT, "error": NO_SPEECH}
SEGMENT = {"start_s": 0.0, "end_s": 3.0, "emotion": "happy", "posteriors": POSTERIORS}
STEP = {
    "by": "model",
    "who": "Model three-networks",
    "emotion": "happy",
    "what": "happy (68 %)",
    "why": "",
    "at": HEARD_AT,
    "counts": True,
    "is_undone": False,
}
PLACE = {"valence": 0.52, "arousal": 0.31}
TRUST = {"n_right": 76, "n_measured": 412}
CLIP_DETAIL = CLIP | {
    "prediction": PREDICTION | {"segments": [SEGMENT]},
    "file_name": "monday.wav",
    "has_speech": True,
    "place": PLACE,
    "trust": TRUST,
    "steps": [STEP],
}
STATUS: dict[str, Any] = {
    "id": CLIP_ID,
    "state": "done",
    "is_final": True,
    "emotion": "happy",
    "confidence": 0.68,
    "is_sure": True,
    "error": None,
}
WAITING_STATUS = STATUS | {
    "state": "queued",
    "is_final": False,
    "emotion": "",
    "confidence": None,
    "is_sure": None,
}
CORRECTION = {
    "id": 12,
    "clip": CLIP_ID,
    "author_name": "ada",
    "emotion": "surprised",
    "reason": "I had just heard the news.",
    "created_at": "2026-11-02T10:02:11Z",
}
BATCH: dict[str, Any] = {
    "id": BATCH_ID,
    "created_at": SENT_AT,
    "n_clips": 1,
    "n_final": 1,
    "n_failed": 0,
    "is_final": True,
    "counts": [{"emotion": "happy", "n_clips": 1}],
    "clips": [
        {
            "id": CLIP_ID,
            "name": "monday.wav",
            "state": "done",
            "is_final": True,
            "duration_s": 3.0,
            "created_at": SENT_AT,
            "emotion": "happy",
            "confidence": 0.68,
            "is_sure": True,
            "counted_emotion": "happy",
            "provenance": "model",
            "error": None,
        }
    ],
    "refusals": [
        {
            "file_name": "minutes.pdf",
            "code": "upload:user:extension",
            "message": (
                "Files ending in “.pdf” are not accepted. "
                "Send one of WAV, FLAC, MP3, OGG, WebM, M4A."
            ),
            "clip": None,
        }
    ],
}
BATCH_ENTRY = {
    name: value for name, value in BATCH.items() if name not in ("clips", "refusals")
} | {"n_refused": 1}


def page(*results: Any) -> dict[str, Any]:
    """The only one of a list."""
    return {"next": None, "previous": None, "results": list(results)}
