"""Rows of the history: what its owner or the model says, and what reviewers settled."""

from dataclasses import dataclass

from django.urls import reverse

from recognition.emotions import EMOTION_EMOJI, EMOTION_LABELS
from recognition.messages import STATE_LABELS
from recognition.models import Clip, Tag


@dataclass(frozen=True)
class HistoryRow:
    clip: Clip
    url: str
    face: str
    state: str
    emotion: str  # the correction, else the prediction; empty without a result
    label: str
    heard_label: str
    percent: int
    is_recognized: bool
    is_corrected: bool
    reviewed_label: str  # what reviewers settled; empty where they did not
    tags: list[Tag]


def row_of(clip: Clip) -> HistoryRow:
    emotion = clip.corrected_emotion or clip.emotion
    return HistoryRow(
        clip=clip,
        url=reverse("clip", args=[clip.pk]),
        face=face_of(clip, emotion),
        state=str(STATE_LABELS[clip.state]),
        emotion=emotion,
        label=str(EMOTION_LABELS.get(emotion, "")),
        heard_label=str(EMOTION_LABELS.get(clip.emotion, "")),
        percent=round(100 * (clip.confidence or 0)),
        is_recognized=clip.state == Clip.State.DONE,
        is_corrected=bool(clip.corrected_emotion),
        reviewed_label=str(EMOTION_LABELS.get(clip.reviewed_emotion, "")),
        tags=list(clip.tags.all()),
    )


def face_of(clip: Clip, emotion: str) -> str:
    if not clip.is_final:
        return "⏳"
    return "⚠️" if clip.error_code else EMOTION_EMOJI.get(emotion, "")
