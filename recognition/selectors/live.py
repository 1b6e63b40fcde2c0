"""What live updates look at again and again: one short query of what can change."""

from dataclasses import dataclass
from uuid import UUID

from recognition.models import Clip, User
from recognition.selectors.clips import visible_clips


@dataclass(frozen=True)
class ClipMoment:
    id: UUID
    state: str
    attempts: int
    emotion: str
    confidence: float | None
    is_sure: bool | None
    error_code: str

    @property
    def is_final(self) -> bool:
        return self.state in Clip.FINAL_STATES

    @property
    def version(self) -> str:
        """Another one whenever there is something to tell."""
        return f"{self.state}-{self.attempts}"


FIELDS = tuple(ClipMoment.__dataclass_fields__)


def clip_moment(user: User, clip_id: UUID) -> ClipMoment | None:
    """None for everybody who may not see it (any more)."""
    row = visible_clips(user).filter(pk=clip_id).values(*FIELDS).first()
    return ClipMoment(**row) if row else None


def batch_moments(batch_id: UUID) -> list[ClipMoment]:
    rows = Clip.objects.filter(batch=batch_id).order_by("created_at", "id").values(*FIELDS)
    return [ClipMoment(**row) for row in rows]
