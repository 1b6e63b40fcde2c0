"""Metrics and calibration: perfect is 1, chance is 1/n, certainty that is right costs nothing."""

import numpy as np
import pytest

from mlcore.calibration import fit_temperature, not_sure_below, posteriors_of
from mlcore.intervals import Interval
from mlcore.labels import EMOTIONS
from mlcore.metrics import coverage_curve, ece, reliability, score, uar

N = len(EMOTIONS)
LABELS = np.repeat(np.arange(N), 10)


def test_perfect_predictions_score_one() -> None:
    scores = score(LABELS, np.eye(N)[LABELS])
    assert (scores.uar, scores.accuracy, scores.macro_f1, scores.weighted_f1) == (1, 1, 1, 1)
    assert scores.ece == 0
    assert all(e.precision == e.recall == e.f1 == 1 for e in scores.emotions.values())
    assert np.trace(np.array(scores.confusion)[:, :N]) == len(LABELS)


def test_a_constant_answer_scores_chance() -> None:
    always = np.tile(np.eye(N)[2], (len(LABELS), 1))
    assert score(LABELS, always).uar == pytest.approx(1 / N)


def test_uar_does_not_care_how_many_clips_an_emotion_has() -> None:
    labels = np.array([0] * 90 + [1] * 10)
    assert uar(labels, np.zeros(100, int)) == 0.5


def test_an_absent_emotion_is_no_class_but_a_wrong_answer() -> None:
    labels = np.array([0, 0, 1, 1])
    assert score(labels, np.eye(N)[labels]).uar == 1
    assert score(labels, np.eye(N)[[0, 7, 1, 1]]).uar == 0.75
    assert set(score(labels, np.eye(N)[labels]).emotions) == {"neutral", "calm"}


def test_refused_clips_are_wrong_but_not_part_of_the_calibration_error() -> None:
    posteriors = np.eye(N)[LABELS]
    posteriors[0] = np.nan
    scores = score(LABELS, posteriors)
    assert scores.n_refused == 1
    assert scores.accuracy == pytest.approx(1 - 1 / len(LABELS))
    assert scores.ece == 0
    assert scores.confusion[0][-1] == 1


@pytest.mark.parametrize("shape", [(0, N), (80, N - 1), (79, N)])
def test_it_refuses_shapes_that_do_not_match(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="don't match"):
        score(LABELS[: 0 if shape[0] == 0 else None], np.ones(shape))


def _draw(temperature: float, n_clips: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Draw labels from the posteriors that logits stand for at a temperature."""
    rng = np.random.default_rng(0)
    logits = 3 * rng.standard_normal((n_clips, N))
    posteriors = posteriors_of(logits, temperature=temperature)
    labels = (posteriors.cumsum(axis=1) > rng.random((n_clips, 1))).argmax(axis=1)
    return logits, labels


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_is_found_and_calibrates(temperature: float) -> None:
    logits, labels = _draw(temperature)
    found = fit_temperature(logits, labels)
    assert found == pytest.approx(temperature, rel=0.05)
    assert ece(labels, posteriors_of(logits, temperature=found)) < 0.02
    assert ece(labels, posteriors_of(logits, temperature=found / 4)) > 0.1


def test_calibration_error_of_a_confident_liar_is_one() -> None:
    assert ece(np.zeros(50, int), np.eye(N)[np.ones(50, int)]) == 1


def test_temperature_never_changes_the_winner() -> None:
    logits, _ = _draw(1.0, 100)
    for temperature in (0.1, 1.0, 10.0):
        posteriors = posteriors_of(logits, temperature=temperature)
        np.testing.assert_allclose(posteriors.sum(axis=1), 1)
        np.testing.assert_array_equal(posteriors.argmax(axis=1), logits.argmax(axis=1))


def test_below_the_not_sure_threshold_fewer_than_half_are_right() -> None:
    logits, labels = _draw(1.0)
    posteriors = posteriors_of(logits, temperature=1.0)
    threshold = not_sure_below(posteriors, labels)
    below = posteriors.max(axis=1) < threshold
    right = posteriors.argmax(axis=1) == labels
    assert 0 < threshold < 1
    assert right[below].mean() < 0.5 < right[~below].mean()


def test_a_model_that_is_always_right_is_always_sure() -> None:
    assert not_sure_below(np.eye(N)[LABELS], LABELS) == 0


def _confident(confidence: float, share_right: float, n_clips: int = 1000) -> np.ndarray:
    """Return posteriors for label 0: as confident as told, right as often as told."""
    posteriors = np.full((n_clips, N), (1 - confidence) / (N - 1))
    winners = np.where(np.arange(n_clips) < share_right * n_clips, 0, 1)
    posteriors[np.arange(n_clips), winners] = confidence
    return posteriors


def test_the_calibration_error_of_an_overconfident_model_is_its_gap() -> None:
    assert ece(np.zeros(1000, int), _confident(0.9, 0.6)) == pytest.approx(0.3)
    assert ece(np.zeros(1000, int), _confident(0.6, 0.6)) == pytest.approx(0.0, abs=1e-9)


def test_reliability_follows_the_diagonal_where_posteriors_are_true() -> None:
    logits, labels = _draw(1.0)
    bins = reliability(labels, posteriors_of(logits, temperature=1.0))
    assert sum(part.n_clips for part in bins) == len(labels)
    assert all(abs(part.confidence - part.accuracy) < 0.06 for part in bins if part.n_clips > 300)
    sharpened = reliability(labels, posteriors_of(logits, temperature=0.3))
    assert all(part.accuracy < part.confidence for part in sharpened if part.n_clips > 300)


def test_reliability_leaves_out_what_was_refused() -> None:
    posteriors = _confident(0.9, 0.6)
    posteriors[:100] = np.nan
    assert [part.n_clips for part in reliability(np.zeros(1000, int), posteriors)] == [900]


def test_the_coverage_curve_ends_at_plain_accuracy() -> None:
    logits, labels = _draw(1.0, 5000)
    posteriors = posteriors_of(logits, temperature=1.0)
    posteriors[:50] = np.nan
    curve, plain = coverage_curve(labels, posteriors), score(labels, posteriors)
    assert curve[-1].coverage == 1
    assert curve[-1].accuracy == pytest.approx(plain.accuracy)
    assert curve[-1].uar == pytest.approx(plain.uar)
    assert curve[-1].confidence is None  # the refused clips come last
    assert curve[0].accuracy > plain.accuracy + 0.2
    thresholds = [point.confidence for point in curve if point.confidence is not None]
    assert thresholds == sorted(thresholds, reverse=True)


def test_scores_know_their_intervals_only_with_speakers() -> None:
    posteriors = np.eye(N)[LABELS]
    assert score(LABELS, posteriors).uar_interval is None
    speakers = [f"s{n % 5}" for n in range(len(LABELS))]
    found = score(LABELS, posteriors, speakers)
    assert found.n_speakers == 5
    assert found.uar_interval == Interval(1.0, 1.0)
