"""What is new of a clip or a batch since somebody was told last."""

import hashlib
from dataclasses import dataclass, field
from uuid import UUID

from recognition.api.streams import Event
from recognition.models import Clip, User
from recognition.selectors.live import ClipMoment, batch_moments, clip_moment


@dataclass
class ClipWatch:
    user: User
    clip_id: UUID
    seen: str = ""
    is_over: bool = False

    def news(self) -> list[Event]:
        now = clip_moment(self.user, self.clip_id)
        self.is_over = now is None or now.is_final
        if now is None:
            return [gone(self.clip_id)]
        if now.version == self.seen:
            return []
        self.seen = now.version
        return [Event("state", told_of(now), now.version)]


@dataclass
class BatchWatch:
    batch_id: UUID
    seen: str = ""
    is_over: bool = False
    told: dict[UUID, str] = field(default_factory=dict)

    def news(self) -> list[Event]:
        """The sums last, and only they have an id: whoever has that one has all before it."""
        clips = batch_moments(self.batch_id)
        self.is_over = all(clip.is_final for clip in clips)
        before, self.told = self.told, {clip.id: clip.version for clip in clips}
        version = version_of(self.told)
        if version == self.seen:
            return []
        self.seen = version
        changed = [clip for clip in clips if before.get(clip.id) != clip.version]
        return [
            *(Event("state", told_of(clip)) for clip in changed),
            *(gone(clip_id) for clip_id in before if clip_id not in self.told),
            Event("sums", sums_of(clips), version),
        ]


def told_of(clip: ClipMoment) -> dict[str, object]:
    return {
        "id": str(clip.id),
        "state": clip.state,
        "is_final": clip.is_final,
        "emotion": clip.emotion,
        "confidence": clip.confidence,
        "is_sure": clip.is_sure,
        "error_code": clip.error_code,
    }


def sums_of(clips: list[ClipMoment]) -> dict[str, object]:
    n_final = sum(clip.is_final for clip in clips)
    return {
        "n_clips": len(clips),
        "n_final": n_final,
        "n_failed": sum(clip.state in Clip.ERROR_STATES for clip in clips),
        "is_final": n_final == len(clips),
    }


def gone(clip_id: UUID) -> Event:
    """Deleted, or no longer for these eyes."""
    return Event("gone", {"id": str(clip_id), "is_final": True})


def version_of(told: dict[UUID, str]) -> str:
    words = ",".join(f"{clip_id}:{version}" for clip_id, version in sorted(told.items()))
    return hashlib.sha256(words.encode()).hexdigest()[:16]
