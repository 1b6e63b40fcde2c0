"""Rows of the history: each clip with the label that counts."""

from dataclasses import dataclass

from django.urls import reverse

from recognition.messages import STATE_LABELS
from recognition.models import Clip, Tag
from recognition.presentation.labels import Said, said_of


@dataclass(frozen=True)
class HistoryRow:
    clip: Clip
    url: str
    face: str
    state: str
    said: Said
    is_recognized: bool
    tags: list[Tag]


def row_of(clip: Clip) -> HistoryRow:
    said = said_of(clip)
    return HistoryRow(
        clip=clip,
        url=reverse("clip", args=[clip.pk]),
        face=face_of(clip, said),
        state=str(STATE_LABELS[clip.state]),
        said=said,
        is_recognized=clip.state == Clip.State.DONE,
        tags=list(clip.tags.all()),
    )


def face_of(clip: Clip, said: Said) -> str:
    if not clip.is_final:
        return "⏳"
    return "⚠️" if clip.error_code else said.emoji
