"""A batch as its page and its table show it."""

import csv
import io
from collections import Counter
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse

from recognition.emotions import EMOTION_EMOJI, EMOTION_LABELS
from recognition.messages import sentence
from recognition.models import Batch, Clip
from recognition.presentation.clips import failure_of
from recognition.presentation.exports import BYTE_ORDER_MARK, safe_cell
from recognition.presentation.labels import said_of
from recognition.selectors.batches import clips_of_batch, sums_of
from recognition.services.batches import Refusal

COLUMNS = [
    "file",
    "state",
    "emotion",
    "provenance",
    "predicted_emotion",
    "corrected_emotion",
    "reviewed_emotion",
    "confidence",
    "sure",
    "duration_s",
    "created_at",
    "code",
    "message",
    "clip",
]


@dataclass(frozen=True)
class ShownRefusal:
    file_name: str
    code: str
    sentence: str
    clip_id: UUID | None  # of the clip that is there already


@dataclass(frozen=True)
class EmotionCount:
    emotion: str
    label: str
    emoji: str
    n_clips: int


def shown_refusal(refusal: Refusal) -> ShownRefusal:
    twin = refusal["details"].get("clip_id")
    return ShownRefusal(
        file_name=refusal["file_name"],
        code=refusal["code"],
        sentence=sentence(refusal["code"], refusal["details"]),
        clip_id=UUID(str(twin)) if twin else None,
    )


def batch_context(batch: Batch, clips: list[Clip]) -> dict[str, Any]:
    n_final = sum(clip.is_final for clip in clips)
    return {
        "batch": batch,
        "rows": [row_of(clip) for clip in clips],
        "refusals": [shown_refusal(refusal) for refusal in batch.refusals],
        "counts": counts_of(clips),
        "n_clips": len(clips),
        "n_final": n_final,
        "n_failed": sum(clip.state in Clip.ERROR_STATES for clip in clips),
        "is_final": n_final == len(clips),
        "consent": clips[0].speaker_consent if clips else "",
    }


def row_of(clip: Clip) -> dict[str, Any]:
    return {
        "clip": clip,
        "said": said_of(clip),
        "failure": failure_of(clip),
    }


def counts_of(clips: list[Clip]) -> list[EmotionCount]:
    return counted(Counter(clip.counted_emotion for clip in clips if clip.counted_emotion))


def counted(found: Counter[str]) -> list[EmotionCount]:
    """The most frequent first."""
    return [
        EmotionCount(emotion, EMOTION_LABELS[emotion], EMOTION_EMOJI[emotion], n_clips)
        for emotion, n_clips in found.most_common()
    ]


def list_entries(batches: list[Batch]) -> list[dict[str, Any]]:
    """For a list of batches: their sums."""
    sums = sums_of(batches)
    return [
        {
            "batch": batch,
            "n_refused": len(batch.refusals),
            "sums": sums[batch.pk],
            "is_final": sums[batch.pk].n_final == sums[batch.pk].n_clips,
            "counts": counted(sums[batch.pk].emotions),
        }
        for batch in batches
    ]


def batch_table(batch: Batch) -> HttpResponse:
    """As a file."""
    name = f"batch-{batch.created_at:%Y-%m-%d-%H%M}.csv"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    table = batch_csv(batch, clips_of_batch(batch))
    return HttpResponse(table, content_type="text/csv; charset=utf-8", headers=headers)


def batch_csv(batch: Batch, clips: list[Clip]) -> str:
    """For spreadsheets: UTF-8 with its mark, and no cell that they would take for a formula."""
    buffer = io.StringIO()
    buffer.write(BYTE_ORDER_MARK)
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    writer.writerows([safe_cell(value) for value in cells_of(clip)] for clip in clips)
    for refusal in map(shown_refusal, batch.refusals):
        cells = {"file": refusal.file_name, "state": "refused"}
        cells |= {"code": refusal.code, "message": refusal.sentence}
        writer.writerow([safe_cell(cells.get(name, "")) for name in COLUMNS])
    return buffer.getvalue()


def cells_of(clip: Clip) -> list[object]:
    failure = failure_of(clip)
    return [
        clip.name,
        clip.state,
        clip.counted_emotion,
        str(clip.provenance),
        clip.emotion,
        clip.corrected_emotion,
        clip.reviewed_emotion,
        "" if clip.confidence is None else round(clip.confidence, 4),
        "" if clip.is_sure is None else "yes" if clip.is_sure else "no",
        "" if clip.duration_s is None else round(clip.duration_s, 2),
        clip.created_at.isoformat(timespec="seconds"),
        failure.code if failure else "",
        failure.sentence if failure else "",
        str(clip.pk),
    ]
