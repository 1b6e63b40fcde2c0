"""What the clip's page says in figures: how far to trust an answer, and the time axis."""

import itertools
from typing import Any

import pytest
from django.utils import translation

from recognition.models import Clip, ModelVersion, Prediction
from recognition.presentation.clip_page import (
    clock,
    legend_of,
    run_marks,
    sound_words,
    ticks_of,
)
from recognition.presentation.clips import TimelineSegment
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
    assert 2 <= len(ticks) <= 8
    gaps = [after - before for before, after in itertools.pairwise(places)]
    assert min(gaps) >= 14  # of 280 px on a phone, 40
    assert gaps[-1] >= 22  # the last label ends at its place, the one before reaches over its own


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
    with translation.override("de"):
        assert clock(3.35) == "3,35 s"


def part(emotion: str, start_s: float, end_s: float, *, length_s: float = 100.0) -> TimelineSegment:
    left, width = round(1000 * start_s / length_s), round(1000 * (end_s - start_s) / length_s)
    return TimelineSegment(emotion, emotion, "", 50.0, start_s, end_s, left, width)


def test_a_shape_stands_over_neighbors_of_one_emotion_where_it_fits() -> None:
    parts = [part("sad", 0, 3), part("sad", 3, 6), part("happy", 6, 9), part("calm", 9, 10)]
    parts += [part("sad", 40, 42), part("sad", 50, 52)]  # with a pause between
    marks = [(mark.emotion, mark.middle_percent, mark.fits) for mark in run_marks(parts)]
    assert marks == [
        ("sad", 3.0, "all"),
        ("happy", 7.5, "middle"),
        ("sad", 41.0, "wide"),
        ("sad", 51.0, "wide"),
    ]


def test_its_legend_has_each_emotion_that_occurs_once() -> None:
    parts = [part("sad", 0, 3), part("happy", 3, 6), part("sad", 6, 9)]
    assert [it.emotion for it in legend_of(parts)] == ["happy", "sad"]


@pytest.mark.parametrize(
    ("codec", "words"),
    [("pcm_16", "PCM 16 bit"), ("opus", "Opus"), ("flac", "FLAC"), ("ima_adpcm", "IMA ADPCM")],
)
def test_it_tells_how_the_sound_is_kept(codec: str, words: str) -> None:
    clip = Clip(sample_rate=44_100, n_channels=2, codec=codec)
    assert sound_words(clip) == f"44.1 kHz, stereo, {words}"
    with translation.override("de"):
        assert sound_words(clip).startswith("44,1 kHz")


def test_it_tells_nothing_of_a_sound_whose_header_was_not_kept() -> None:
    assert sound_words(Clip()) == ""
