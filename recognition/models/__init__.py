"""What the database keeps. Invariants live here as constraints, not in the code that writes."""

from recognition.models.clips import Batch, Clip, Correction, Share, Tag, clip_path
from recognition.models.keys import IdempotencyKey
from recognition.models.people import ClipAccess, User
from recognition.models.results import ModelVersion, Prediction, Scores, Segment
from recognition.models.reviews import Agreement, Review, ReviewCase, Settlement
from recognition.models.tokens import ApiToken
from recognition.models.training import Promotion, ShadowPrediction, TrainingRun
from recognition.models.work import Explanation, Portrait, Work, WorkState

__all__ = [
    "Agreement",
    "ApiToken",
    "Batch",
    "Clip",
    "ClipAccess",
    "Correction",
    "Explanation",
    "IdempotencyKey",
    "ModelVersion",
    "Portrait",
    "Prediction",
    "Promotion",
    "Review",
    "ReviewCase",
    "Scores",
    "Segment",
    "Settlement",
    "ShadowPrediction",
    "Share",
    "Tag",
    "TrainingRun",
    "User",
    "Work",
    "WorkState",
    "clip_path",
]
