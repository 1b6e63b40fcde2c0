"""What the clip's page says in figures: how far to trust an answer, and the time axis."""

import itertools
from typing import Any

import pytest

from recognition.models import ModelVersion, Prediction
from recognition.presentation.clip_page import clock, ticks_of
from recognition.presentation.trust import trust_of

BINS = [
    {"confidence": 0.25, "accuracy": 1.0, "n_clips": 3},  # too few to mean anything
    {"confidence": 0.45, "accuracy": 0.40, "n_clips": 300},
    {"confidence": 0.85, "accuracy": 0.82, "n_clips": 500},
]


def prediction(confidence: float, bins: list[dict[str, Any]]) -> Prediction:
    scores = {"cross_validation": {"reliability": bins}} if bins else {}
    return Prediction(
        confidence=confidence,
        model_version=ModelVersion(scores=scores, not_sure_below=0.5),
    )


@pytest.mark.parametrize(
    ("confidence", "n_right", "n_measured"),
    [(0.88, 82, 500), (0.60, 40, 300), (0.20, 40, 300), (0.99, 82, 500)],
)
def test_it_tells_how_often_answers_of_this_confidence_were_right(
    confidence: float, n_right: int, n_measured: int
) -> None:
    trust = trust_of(prediction(confidence, BINS))
    assert (trust.n_right, trust.n_measured) == (n_right, n_measured)


@pytest.mark.parametrize("bins", [[], BINS[:1]])
def test_it_takes_the_confidence_itself_where_nothing_was_measured(
    bins: list[dict[str, Any]],
) -> None:
    trust = trust_of(prediction(0.71, bins))
    assert (trust.n_right, trust.n_measured) == (71, 0)


def test_its_words_grow_with_the_confidence() -> None:
    words = [trust_of(prediction(share, BINS)).words for share in (0.4, 0.6, 0.8, 0.95)]
    assert words[0] == ""
    assert len(set(words)) == 4


@pytest.mark.parametrize("length_s", [0.3, 2.5, 3.35, 9.0, 12.0, 59.0, 61.0, 600.0])
def test_its_axis_begins_and_ends_with_the_clip_and_is_not_crowded(length_s: float) -> None:
    ticks = ticks_of(length_s)
    places = [tick.percent for tick in ticks]
    assert (places[0], places[-1]) == (0, 100)
    assert 2 <= len(ticks) <= 9
    gaps = [after - before for before, after in itertools.pairwise(places)]
    assert min(gaps) >= 6


def test_its_axis_is_empty_while_the_length_is_unknown() -> None:
    assert ticks_of(0.0) == []


def test_it_tells_the_time_as_people_do() -> None:
    assert [clock(moment) for moment in (0, 0.5, 3.35, 59, 60, 605)] == [
        "0 s",
        "0.5 s",
        "3.35 s",
        "59 s",
        "1:00",
        "10:05",
    ]
