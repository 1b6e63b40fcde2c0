"""Which clips may teach a model, and which ones judge it: never the same person's."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.db.models import Q, QuerySet

from mlcore.dataset import USERS, Utterance
from recognition.models import Clip, ModelVersion, Settlement, TrainingRun, WorkState

TRAININGS = "trainings"  # in the media storage: what trainings need to go on
GOLD_SHARE = 5  # one person in so many judges models and is never learned from

SOFT = (Settlement.How.AGREED, Settlement.How.MAJORITY)


def is_gold_owner(owner_id: int) -> bool:
    """Decided once and for ever by the account's key, so that no later choice can leak."""
    digest = hashlib.sha256(f"gold {owner_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % GOLD_SHARE == 0


def speaker_of(owner_id: int) -> str:
    """A person's clips are the person's voice: the group of every split."""
    return f"user:{owner_id}"


def training_examples() -> tuple[Utterance, ...]:
    """What is settled, of people who consent to training and don't belong to the gold share.

    A recording that a gold person has, too, is left out: it would be learned and judged.
    """
    settled = _settled_clips()
    gold = {
        sha256 for owner, sha256 in settled.values_list("owner", "sha256") if is_gold_owner(owner)
    }
    mine = [clip for clip in settled if not is_gold_owner(clip.owner_id)]
    return _utterances([clip for clip in mine if not clip.sha256 or clip.sha256 not in gold])


def gold_examples() -> tuple[Utterance, ...]:
    """What is settled of the gold share's people; it only ever judges."""
    return _utterances([clip for clip in _settled_clips() if is_gold_owner(clip.owner_id)])


def still_allowed(paths: Iterable[str]) -> set[str]:
    """Of clips that were gathered before: whose owners are there and consent now."""
    clips = Clip.objects.filter(file__in=list(paths))
    allowed = clips.filter(owner__training_consent_at__isnull=False, owner__is_active=True)
    return set(allowed.values_list("file", flat=True))


def withdrawn_since(version: ModelVersion) -> int:
    """Of the clips that its training learned from; what is left of them is in the model."""
    run = getattr(version, "training_run", None)
    learned = set((run.data or {}).get("learned", ())) if run is not None else set()
    return len(learned - still_allowed(learned))


def last_training() -> TrainingRun | None:
    """The newest one that ended well, whether there was something new or not."""
    return TrainingRun.objects.filter(state=WorkState.DONE).first()


def unfinished_training() -> TrainingRun | None:
    return TrainingRun.objects.filter(state__in=[WorkState.QUEUED, WorkState.RUNNING]).first()


def work_folder(run: TrainingRun) -> Path:
    """Features, checkpoints and the bundle until it is registered; gone when the run has ended."""
    return Path(settings.MEDIA_ROOT) / TRAININGS / str(run.pk)


def _settled_clips() -> QuerySet[Clip]:
    """Asked anew each time: whoever withdraws the consent or deletes a clip drops out."""
    return (
        Clip.objects.filter(
            ~Q(reviewed_emotion=""),
            state=Clip.State.DONE,
            review_case__state="settled",
            owner__training_consent_at__isnull=False,
            owner__is_active=True,
        )
        .order_by("created_at", "pk")
        .only("pk", "owner_id", "file", "sha256", "duration_s", "reviewed_emotion")
    )


def _utterances(clips: list[Clip]) -> tuple[Utterance, ...]:
    shares = _newest_shares(clips)
    return tuple(
        Utterance(
            path=str(clip.file.name),
            corpus=USERS,
            speaker=speaker_of(clip.owner_id),
            emotion=clip.reviewed_emotion,
            duration_s=clip.duration_s,
            sha256=clip.sha256,
            shares=shares.get(clip.pk, {}),
        )
        for clip in clips
    )


def _newest_shares(clips: list[Clip]) -> dict[object, dict[str, float]]:
    """The soft label of the settlement that counts, where opinions differed.

    What one person decided (a senior reviewer, the administration, an import) is learned as that.
    """
    newest = (
        Settlement.objects.filter(clip__in=clips)
        .order_by("clip", "-created_at", "-pk")
        .distinct("clip")
    )
    soft = [row for row in newest if row.how in SOFT and len(row.shares) > 1]
    return {row.clip_id: row.shares for row in soft}
