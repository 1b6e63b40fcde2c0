"""Whether a challenger may serve."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mlcore.intervals import paired_bootstrap
from mlcore.labels import EMOTIONS
from mlcore.promotion import Judged, Limits, beats

N_SPEAKERS, N_EACH = 10, 6  # 60 clips of each emotion


def gold(
    share_right: float, *, seed: int = 0, confidence: float | None = None, **changes: Any
) -> Judged:
    """Answers of a model that is right so often, and by default about as sure as it should be."""
    labels = np.tile(np.repeat(np.arange(8), N_EACH), N_SPEAKERS)
    speakers = np.repeat([f"s{n}" for n in range(N_SPEAKERS)], 8 * N_EACH).tolist()
    rng = np.random.default_rng(seed)
    is_right = rng.random(len(labels)) < share_right
    found = np.where(is_right, labels, (labels + rng.integers(1, 8, len(labels))) % 8)
    sure = share_right if confidence is None else confidence
    posteriors = np.full((len(labels), 8), (1 - sure) / 7)
    posteriors[np.arange(len(labels)), found] = sure
    sexes = ["female" if int(speaker[1:]) % 2 else "male" for speaker in speakers]
    return replace(Judged(posteriors, labels, speakers, {"sex": sexes}, 20.0), **changes)


def failed(verdict: Any) -> list[str]:
    return [reason.code for reason in verdict.reasons if not reason.is_good]


def test_a_clearly_better_one_is_better() -> None:
    verdict = beats(gold(0.6), gold(0.8))
    assert verdict.outcome == "better"
    assert verdict.is_good
    assert failed(verdict) == []
    assert verdict.figures["challenger"]["uar"] == pytest.approx(0.8, abs=0.06)
    assert verdict.figures["n_speakers"] == N_SPEAKERS


def test_the_same_answers_are_not_better() -> None:
    verdict = beats(gold(0.6), gold(0.6))
    assert verdict.outcome == "not-better"
    assert failed(verdict) == ["uar"]


def test_a_worse_one_is_not_better() -> None:
    verdict = beats(gold(0.8), gold(0.6))
    assert not verdict.is_good
    assert "uar" in failed(verdict)


def test_a_difference_that_one_speaker_makes_is_chance() -> None:
    champion = gold(0.6)
    posteriors = champion.posteriors.copy()
    first = np.array(champion.speakers) == "s0"
    posteriors[first] = 0.5 * np.eye(8)[champion.labels[first]] + 0.0625
    verdict = beats(champion, replace(champion, posteriors=posteriors))
    reason = next(reason for reason in verdict.reasons if reason.code == "uar")
    assert reason.details["after"] > reason.details["before"]
    assert not reason.is_good


def test_an_emotion_must_not_be_given_up_for_the_others() -> None:
    champion, challenger = gold(0.6), gold(0.9)
    posteriors = challenger.posteriors.copy()
    is_calm = champion.labels == EMOTIONS.index("calm")
    posteriors[is_calm] = 0.9 * np.eye(8)[EMOTIONS.index("neutral")] + 0.0125
    verdict = beats(champion, replace(challenger, posteriors=posteriors))
    assert verdict.outcome == "not-better"
    lost = [r.details["emotion"] for r in verdict.reasons if r.code == "recall" and not r.is_good]
    assert lost == ["calm"]


def test_a_group_must_not_be_given_up_for_another() -> None:
    champion = gold(0.7)
    better, worse = gold(0.98, confidence=0.7), gold(0.5, seed=1, confidence=0.7)
    is_male = np.array(champion.groups["sex"]) == "male"
    posteriors = np.where(is_male[:, np.newaxis], worse.posteriors, better.posteriors)
    verdict = beats(champion, replace(champion, posteriors=posteriors), Limits(max_recall_loss=1))
    lost = [r.details["group"] for r in verdict.reasons if r.code == "group" and not r.is_good]
    assert lost == ["male"]
    assert not verdict.is_good


def test_small_groups_are_not_looked_at() -> None:
    sexes = ["female"] * 20 + ["male"] * (N_SPEAKERS * 8 * N_EACH - 20)
    champion, challenger = (gold(share, groups={"sex": sexes}) for share in (0.6, 0.8))
    verdict = beats(champion, challenger)
    assert [r.details["group"] for r in verdict.reasons if r.code == "group"] == ["male"]


def test_confidence_must_keep_its_meaning() -> None:
    verdict = beats(gold(0.6), gold(0.8, confidence=0.99))
    assert failed(verdict) == ["calibration"]


def test_it_must_not_become_slow() -> None:
    assert failed(beats(gold(0.6), gold(0.8, latency_ms=31.0))) == ["latency"]
    assert beats(gold(0.6), gold(0.8, latency_ms=29.0)).is_good


def test_too_few_speakers_tell_nothing() -> None:
    four = [f"s{n % 4}" for n in range(N_SPEAKERS * 8 * N_EACH)]
    verdict = beats(gold(0.1, speakers=four), gold(1.0, speakers=four))
    assert verdict.outcome == "cannot-tell"
    assert failed(verdict) == ["too-few-speakers"]


def test_too_few_clips_of_one_emotion_tell_nothing() -> None:
    champion, challenger = gold(0.6), gold(0.9)
    of_sad = np.flatnonzero(champion.labels == EMOTIONS.index("sad"))
    rows = np.setdiff1d(np.arange(len(champion.labels)), of_sad[:31])
    both = [
        replace(
            one,
            posteriors=one.posteriors[rows],
            labels=one.labels[rows],
            speakers=[one.speakers[row] for row in rows],
            groups={},
        )
        for one in (champion, challenger)
    ]
    verdict = beats(both[0], both[1])
    assert verdict.outcome == "cannot-tell"
    assert verdict.reasons[0].details == {"emotion": "sad", "found": 29, "limit": 30}


def test_emotions_that_no_model_knows_need_no_clips() -> None:
    champion, challenger = gold(0.6), gold(0.9)
    rows = champion.labels != EMOTIONS.index("calm")
    both = []
    for one in (champion, challenger):
        posteriors = one.posteriors[rows].copy()
        posteriors[:, EMOTIONS.index("calm")] = 0.0
        speakers = np.array(one.speakers)[rows].tolist()
        both.append(Judged(posteriors, one.labels[rows], speakers, {}, 20.0))
    assert beats(both[0], both[1]).outcome in ("better", "not-better")


def test_refused_clips_count_as_wrong() -> None:
    challenger = gold(0.8)
    posteriors = challenger.posteriors.copy()
    posteriors[::2] = np.nan
    assert "uar" in failed(beats(gold(0.6), replace(challenger, posteriors=posteriors)))


def test_different_clips_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="different clips"):
        beats(gold(0.6), gold(0.8, speakers=["a"] * N_SPEAKERS * 8 * N_EACH))


def test_its_verdict_is_plain_data() -> None:
    found = beats(gold(0.6), gold(0.8)).to_dict()
    assert found["outcome"] == "better"
    assert {"code", "is_good", "details"} == set(found["reasons"][0])


def test_the_paired_interval_is_narrower_than_two_single_ones() -> None:
    """What is hard for both models says nothing about their difference."""
    champion = gold(0.6)
    before = champion.posteriors.argmax(axis=1)
    after = before.copy()
    wrong = np.flatnonzero(before != champion.labels)[::10]
    after[wrong] = champion.labels[wrong]
    interval = paired_bootstrap(champion.labels, before, after, champion.speakers)
    assert interval is not None
    assert 0.0 < interval.low < interval.high < 0.1
    assert paired_bootstrap(champion.labels, before, before, champion.speakers) is not None
    assert paired_bootstrap(champion.labels, before, after, ["one"] * len(before)) is None
