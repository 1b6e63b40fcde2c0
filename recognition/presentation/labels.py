"""Whose word on a clip counts: reviewers', its owner's or the model's, told apart everywhere."""

from dataclasses import dataclass

from recognition.emotions import EMOTION_EMOJI, EMOTION_LABELS
from recognition.models import Clip


@dataclass(frozen=True)
class Said:
    """The label that counts, and what others said where that differs."""

    emotion: str  # empty without a result, like all that follow
    label: str
    emoji: str
    provenance: str  # its mark in provenance.css has this name
    provenance_words: str
    reviewed_label: str
    corrected_label: str
    owner_label: str  # what was corrected, where it doesn't count
    model_label: str  # what the model heard, where that doesn't count
    is_heard: bool  # by a model
    is_sure: bool
    percent: int  # of the model's confidence


def said_of(clip: Clip) -> Said:
    emotion = clip.counted_emotion
    return Said(
        emotion=emotion,
        label=label_of(emotion),
        emoji=EMOTION_EMOJI.get(emotion, ""),
        provenance=str(clip.provenance),
        provenance_words=words_of(clip.provenance),
        reviewed_label=label_of(clip.reviewed_emotion),
        corrected_label=label_of(clip.corrected_emotion),
        owner_label=label_of(clip.corrected_emotion, unless=emotion),
        model_label=label_of(clip.emotion, unless=emotion),
        is_heard=bool(clip.emotion),
        is_sure=bool(clip.is_sure),
        percent=round(100 * (clip.confidence or 0)),
    )


def label_of(emotion: str, *, unless: str = "") -> str:
    return str(EMOTION_LABELS[emotion]) if emotion and emotion != unless else ""


def words_of(provenance: str) -> str:
    return str(Clip.Provenance(provenance).label) if provenance else ""
