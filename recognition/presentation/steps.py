"""The history of one clip: who said what when and why, models and people alike."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from recognition.emotions import EMOTION_EMOJI, EMOTION_LABELS
from recognition.models import Clip, Correction, Prediction, Review, Settlement, User
from recognition.presentation.clip_page import knows_owner
from recognition.presentation.review import opinion_words, reason_words
from recognition.presentation.scores import fixed
from recognition.selectors.reviews import MORE_ASKED, TAKEN_BACK, may_say

HOW_WORDS = {
    Settlement.How.AGREED: lambda: _("all who were asked agree"),
    Settlement.How.MAJORITY: lambda: _("most who were asked agree"),
    Settlement.How.SENIOR: lambda: _("a senior reviewer decided"),
    Settlement.How.ADMIN: lambda: _("set in the administration"),
    Settlement.How.IMPORTED: lambda: _("imported"),
    Settlement.How.REOPENED: lambda: _("not settled any more"),
}
WHY_OPENED = {
    TAKEN_BACK: lambda: _("an opinion was taken back"),
    MORE_ASKED: lambda: _("further opinions are wanted"),
}


@dataclass(frozen=True)
class Step:
    """One thing that was said; `mark` is its shape and says whose word it is."""

    mark: str  # model, corrected or reviewed
    who: str
    what: str
    emoji: str
    why: str
    at: datetime
    is_undone: bool = False
    counts: bool = False
    emotion: str = ""  # empty where none was named


def steps_of(clip: Clip, reader: User) -> list[Step]:
    """The newest first; of each kind the newest counts.

    Who can still review the clip is not swayed: what others said comes when they have said theirs.
    """
    predictions = clip.predictions.select_related("model_version").order_by("-created_at", "-pk")
    corrections = clip.corrections.order_by("-created_at", "-pk")
    settlements = clip.settlements.order_by("-created_at", "-pk")
    steps = [predicted(it, counts=i == 0) for i, it in enumerate(predictions)]
    steps += [corrected(it, reader, counts=i == 0) for i, it in enumerate(corrections)]
    if knows_owner(reader, clip) or not may_say(reader, clip):
        steps += [reviewed(it, reader) for it in clip.reviews.order_by("-created_at", "-pk")]
        steps += [settled(it, reader, counts=i == 0) for i, it in enumerate(settlements)]
    return sorted(steps, key=lambda step: step.at, reverse=True)


def predicted(prediction: Prediction, *, counts: bool) -> Step:
    share = f"{fixed(100 * prediction.confidence, 0)} %"
    label = EMOTION_LABELS[prediction.emotion]
    return Step(
        mark="model",
        who=_("Model %(name)s") % {"name": prediction.model_version.name},
        what=f"{label} ({share})",
        emoji=EMOTION_EMOJI[prediction.emotion],
        why="",
        at=prediction.created_at,
        counts=counts,
        emotion=prediction.emotion,
    )


def corrected(correction: Correction, reader: User, *, counts: bool) -> Step:
    is_reader = correction.author_id == reader.pk
    is_open = knows_owner(reader, correction.clip)
    name = correction.author_name if is_open else _("The owner")
    return Step(
        mark="corrected",
        who=_("You") if is_reader else name,
        what=str(EMOTION_LABELS[correction.emotion]),
        emoji=EMOTION_EMOJI[correction.emotion],
        why=correction.reason if is_open else "",
        at=correction.created_at,
        counts=counts,
        emotion=correction.emotion,
    )


def reviewed(review: Review, reader: User) -> Step:
    is_reader = review.reviewer_id == reader.pk
    name = _("You") if is_reader else review.reviewer_name
    is_named = is_reader or knows_owner(reader, review.clip)
    is_skip = review.kind == Review.Kind.SKIPPED
    return Step(
        mark="reviewed",
        who=_("%(name)s, reviewer") % {"name": name} if is_named else _("A reviewer"),
        what=opinion_words(review) if not is_skip else _("skipped it"),
        emoji=EMOTION_EMOJI.get(review.emotion, ""),
        why=reason_words(review.reason),
        at=review.created_at,
        is_undone=review.undone_at is not None,
        emotion=review.emotion,
    )


def settled(settlement: Settlement, reader: User, *, counts: bool) -> Step:
    how = HOW_WORDS[Settlement.How(settlement.how)]()
    label = EMOTION_LABELS.get(settlement.emotion, "")
    is_open = knows_owner(reader, settlement.clip)
    by = settlement.by_name if is_open else ""
    if settlement.by_id == reader.pk:
        by = _("You")
    is_told = is_open or settlement.by_id != settlement.clip.owner_id
    opened = WHY_OPENED.get(settlement.reason)
    return Step(
        mark="reviewed",
        who=_("Review, by %(name)s") % {"name": by} if by else _("Review"),
        what=_("%(emotion)s, %(how)s") % {"emotion": label, "how": how} if label else how,
        emoji=EMOTION_EMOJI.get(settlement.emotion, ""),
        why=opened() if opened else settlement.reason if is_told else "",
        at=settlement.created_at,
        counts=counts and bool(label),
        emotion=settlement.emotion,
    )
