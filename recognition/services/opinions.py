"""What several opinions come to. No database: the same reviews always come to the same."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from recognition.models import Review, ReviewCase, Settlement

BAD = Review.Kind.BAD_AUDIO.value


@dataclass(frozen=True)
class Outcome:
    """Settled where `how` is given; `shares` are of those who heard an emotion."""

    state: ReviewCase.State
    emotion: str = ""
    how: Settlement.How | None = None
    shares: dict[str, float] = field(default_factory=dict)


OPEN = Outcome(ReviewCase.State.OPEN)
CONFLICT = Outcome(ReviewCase.State.CONFLICT)
UNUSABLE = Outcome(ReviewCase.State.UNUSABLE)


def outcome_of(reviews: Sequence[Review], *, n_wanted: int) -> Outcome:
    """Of the standing reviews without skips, the oldest first.

    With fewer than n_wanted it stays open. If all say the same, that counts; else what the newest
    senior reviewer says, else what more than half say, else they are in conflict until somebody
    else decides. Bad audio is something to say like the eight emotions.
    """
    votes = [review.emotion or BAD for review in reviews]
    if len(votes) < n_wanted:
        return OPEN
    if len(set(votes)) == 1:
        return settled(votes[0], Settlement.How.AGREED, votes)
    if seniors := [vote for vote, review in zip(votes, reviews, strict=True) if review.was_senior]:
        return settled(seniors[-1], Settlement.How.SENIOR, votes)
    best, n_best = Counter(votes).most_common(1)[0]
    if 2 * n_best > len(votes):
        return settled(best, Settlement.How.MAJORITY, votes)
    return CONFLICT


def settled(winner: str, how: Settlement.How, votes: Sequence[str]) -> Outcome:
    if winner == BAD:
        return UNUSABLE
    return Outcome(ReviewCase.State.SETTLED, winner, how, shares_of(votes))


def shares_of(votes: Sequence[str]) -> dict[str, float]:
    """The soft label: how the opinions are spread over the emotions."""
    counts = Counter(vote for vote in votes if vote != BAD)
    total = sum(counts.values())
    return {emotion: round(n / total, 6) for emotion, n in sorted(counts.items())}
