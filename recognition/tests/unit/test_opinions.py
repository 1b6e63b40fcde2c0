"""What several opinions come to."""

import pytest

from recognition.models import Review, ReviewCase, Settlement
from recognition.services.opinions import outcome_of


def reviews(text: str) -> list[Review]:
    """Words like sad; "!" marks a senior, "bad" bad audio."""
    return [
        Review(
            kind="bad-audio" if word.strip("!") == "bad" else "heard",
            emotion="" if word.strip("!") == "bad" else word.strip("!"),
            was_senior=word.endswith("!"),
        )
        for word in text.split()
    ]


@pytest.mark.parametrize(
    ("said", "n_wanted", "emotion", "how"),
    [
        ("sad", 1, "sad", "agreed"),
        ("sad sad", 2, "sad", "agreed"),
        ("sad calm sad", 3, "sad", "majority"),
        ("sad calm sad", 2, "sad", "majority"),
        ("sad calm happy!", 2, "happy", "senior"),
        ("sad sad calm!", 3, "calm", "senior"),
        ("sad! calm!", 2, "calm", "senior"),
        ("sad! sad", 2, "sad", "agreed"),
        ("bad sad sad", 3, "sad", "majority"),
    ],
)
def test_it_settles(said: str, n_wanted: int, emotion: str, how: str) -> None:
    outcome = outcome_of(reviews(said), n_wanted=n_wanted)
    assert (outcome.state, outcome.emotion, outcome.how) == ("settled", emotion, how)


@pytest.mark.parametrize(
    ("said", "n_wanted", "state"),
    [
        ("", 1, "open"),
        ("sad", 2, "open"),
        ("sad!", 2, "open"),
        ("sad calm", 2, "conflict"),
        ("sad sad calm calm", 3, "conflict"),
        ("sad bad", 2, "conflict"),
        ("bad", 1, "unusable"),
        ("bad bad sad", 3, "unusable"),
        ("sad sad bad!", 3, "unusable"),
    ],
)
def test_it_does_not_settle(said: str, n_wanted: int, state: ReviewCase.State) -> None:
    outcome = outcome_of(reviews(said), n_wanted=n_wanted)
    assert (outcome.state, outcome.emotion, outcome.how) == (state, "", None)


def test_it_makes_a_soft_label_of_the_emotions_alone() -> None:
    outcome = outcome_of(reviews("sad calm sad bad sad"), n_wanted=3)
    assert outcome.how == Settlement.How.MAJORITY
    assert outcome.shares == {"calm": 0.25, "sad": 0.75}
