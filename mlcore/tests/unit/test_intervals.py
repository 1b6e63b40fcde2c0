"""Bootstrap over speakers: intervals hold the figure, shrink with more people, and see clusters."""

import time

import numpy as np
import pytest

from mlcore.intervals import MIN_SPEAKERS, N_RESAMPLES, Interval, bootstrap
from mlcore.metrics import uar

Answers = tuple[np.ndarray, np.ndarray, list[str]]
N_CLIPS = 40  # of each speaker


def answers(n_speakers: int, *, spread: float, seed: int = 0) -> Answers:
    """Draw labels and answers; how often somebody is understood varies between people."""
    rng = np.random.default_rng(seed)
    speakers = np.repeat([f"s{n}" for n in range(n_speakers)], N_CLIPS)
    labels = np.tile(np.arange(N_CLIPS) % 8, n_speakers)
    chances = np.repeat(np.clip(rng.normal(0.6, spread, n_speakers), 0, 1), N_CLIPS)
    is_right = rng.random(len(labels)) < chances
    return labels, np.where(is_right, labels, (labels + 1) % 8), speakers.tolist()


def width(interval: Interval | None) -> float:
    assert interval is not None
    return interval.high - interval.low


@pytest.mark.parametrize("n_speakers", [5, 20, 100])
def test_it_holds_the_figure(n_speakers: int) -> None:
    labels, predictions, speakers = answers(n_speakers, spread=0.1)
    found = bootstrap(labels, predictions, speakers)
    assert found.uar is not None
    assert found.accuracy is not None
    assert found.uar.low < uar(labels, predictions) < found.uar.high
    assert found.accuracy.low < np.mean(labels == predictions) < found.accuracy.high


def test_it_shrinks_with_more_speakers() -> None:
    few, some, many = (
        np.mean([width(bootstrap(*answers(n, spread=0.15, seed=s)).uar) for s in range(5)])
        for n in (10, 40, 160)
    )
    assert few / some == pytest.approx(2, rel=0.35)  # as the root of their number
    assert some / many == pytest.approx(2, rel=0.35)


def test_it_says_nothing_below_five_speakers() -> None:
    few = bootstrap(*answers(MIN_SPEAKERS - 1, spread=0.1))
    assert few.uar is None
    assert few.accuracy is None
    assert bootstrap(*answers(MIN_SPEAKERS, spread=0.1)).uar is not None


def test_it_is_wider_than_clip_by_clip_when_people_differ() -> None:
    labels, predictions, speakers = answers(20, spread=0.25)
    by_speaker = bootstrap(labels, predictions, speakers)
    by_clip = bootstrap(labels, predictions, [str(n) for n in range(len(labels))])
    assert width(by_speaker.uar) > 2 * width(by_clip.uar)
    assert width(by_speaker.accuracy) > 2 * width(by_clip.accuracy)


def test_it_covers_the_truth_about_as_often_as_it_says() -> None:
    """Other people drawn from the same population: the true 0.6 is inside in most of the runs."""
    runs = [bootstrap(*answers(40, spread=0.1, seed=seed), n_resamples=300) for seed in range(60)]
    inside = [r.accuracy is not None and r.accuracy.low < 0.6 < r.accuracy.high for r in runs]
    assert np.mean(inside) >= 0.85


def test_the_interval_of_a_mean_over_parts_holds_the_mean() -> None:
    labels, predictions, speakers = answers(25, spread=0.1)
    parts = [str(int(name[1:]) % 5) for name in speakers]
    found = bootstrap(labels, predictions, speakers, parts)
    by_part = [
        uar(labels[mask], predictions[mask])
        for mask in (np.array(parts) == part for part in sorted(set(parts)))
    ]
    assert found.uar is not None
    assert found.uar.low < np.mean(by_part) < found.uar.high


def test_one_part_is_no_part() -> None:
    labels, predictions, speakers = answers(10, spread=0.1)
    assert bootstrap(labels, predictions, speakers, ["a"] * len(labels)) == bootstrap(
        labels, predictions, speakers
    )


def test_a_thousand_resamples_of_fifteen_thousand_clips_take_no_time() -> None:
    labels, predictions, speakers = answers(15_000 // N_CLIPS, spread=0.1)
    start = time.perf_counter()
    bootstrap(labels, predictions, speakers, n_resamples=N_RESAMPLES)
    assert time.perf_counter() - start < 3.0
