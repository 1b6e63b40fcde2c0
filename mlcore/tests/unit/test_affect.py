"""Valence and arousal: a mean of published places, never outside of them."""

import math

import numpy as np
import pytest

from mlcore.affect import RATINGS, affect_of
from mlcore.labels import EMOTIONS


def certain(emotion: str) -> dict[str, float]:
    """Return posteriors that leave no doubt."""
    return {name: float(name == emotion) for name in EMOTIONS}


def test_it_knows_a_place_for_every_emotion() -> None:
    assert tuple(RATINGS) == EMOTIONS


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_it_stays_between_minus_one_and_one(emotion: str) -> None:
    found = affect_of(certain(emotion))
    assert -1 <= found.valence <= 1
    assert -1 <= found.arousal <= 1


@pytest.mark.parametrize(
    ("emotion", "valence", "arousal"),
    [
        ("angry", -1, 1),
        ("fearful", -1, 1),
        ("sad", -1, -1),
        ("calm", 1, -1),
        ("happy", 1, 1),
        ("surprised", 1, 1),
    ],
)
def test_it_puts_known_emotions_into_their_quarter(
    emotion: str, valence: int, arousal: int
) -> None:
    found = affect_of(certain(emotion))
    assert math.copysign(1, found.valence) == valence
    assert math.copysign(1, found.arousal) == arousal


def test_neutral_is_the_emotion_nearest_to_the_middle() -> None:
    places = {name: affect_of(certain(name)) for name in EMOTIONS}
    distances = {name: math.hypot(p.valence, p.arousal) for name, p in places.items()}
    assert min(distances, key=lambda name: distances[name]) == "neutral"
    assert abs(places["neutral"].valence) < 0.15


def test_calm_is_the_least_and_anger_the_most_excited() -> None:
    arousal = {name: affect_of(certain(name)).arousal for name in EMOTIONS}
    assert min(arousal, key=lambda name: arousal[name]) == "calm"
    assert max(arousal, key=lambda name: arousal[name]) == "angry"


def test_a_mixture_of_answers_lies_between_them() -> None:
    rng = np.random.default_rng(0)
    one, other = (dict(zip(EMOTIONS, rng.dirichlet(np.ones(8)), strict=True)) for _ in range(2))
    mixed = affect_of({name: 0.3 * one[name] + 0.7 * other[name] for name in EMOTIONS})
    ends = affect_of(one), affect_of(other)
    assert mixed.valence == pytest.approx(0.3 * ends[0].valence + 0.7 * ends[1].valence)
    assert mixed.arousal == pytest.approx(0.3 * ends[0].arousal + 0.7 * ends[1].arousal)
