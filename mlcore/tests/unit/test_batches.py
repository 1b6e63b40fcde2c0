"""Batches: nothing is lost, nothing is repeated, augmentation changes what it should."""

from dataclasses import replace

import numpy as np
import pytest

from mlcore.batches import Drawing, Examples, balance, draw_epoch

RNG = np.random.default_rng(0)
PLAIN = Drawing(batch_size=8, n_emotions=4)


def made(lengths: list[int], n_copies: int = 0) -> Examples:
    """Make examples whose values say which one it is."""
    inputs = [(np.full((n, 6), row, np.float32),) for row, n in enumerate(lengths)]
    labels = np.arange(len(lengths)) % 4
    copies = [
        [(array + 1000.0 * (number + 1),) for (array,) in inputs] for number in range(n_copies)
    ]
    weights = np.ones(len(lengths), np.float32)
    groups = np.array(["a", "b"] * (len(lengths) // 2))
    return Examples(inputs, labels, labels % 2, weights, groups, copies)


def test_every_example_comes_once() -> None:
    examples = made([10] * 40)
    found = [x for (x,), _, _ in draw_epoch(examples, PLAIN, np.random.default_rng(1))]
    assert sorted(np.concatenate(found)[:, 0, 0].tolist()) == list(range(40))


def test_targets_belong_to_their_inputs() -> None:
    examples = made([10] * 40)
    for (inputs,), targets, weights in draw_epoch(examples, PLAIN, np.random.default_rng(1)):
        rows = inputs[:, 0, 0].astype(int)
        np.testing.assert_array_equal(targets.argmax(axis=1), examples.labels[rows])
        assert targets.shape == (8, 4)
        assert weights.shape == (8,)


def test_pairs_of_domain_and_emotion_are_targets() -> None:
    examples = made([10] * 40)
    drawing = replace(PLAIN, n_domains=2, label_smoothing=0.2)
    for (inputs,), targets, _ in draw_epoch(examples, drawing, np.random.default_rng(1)):
        rows = inputs[:, 0, 0].astype(int)
        pairs = targets.reshape(8, 2, 4)
        np.testing.assert_array_equal(pairs.sum(axis=2).argmax(axis=1), examples.domains[rows])
        np.testing.assert_allclose(pairs.sum(axis=2).max(axis=1), 1.0, rtol=1e-6)  # none leaks out
        assert pairs.max() == pytest.approx(0.8 + 0.2 / 4)


def test_the_same_seed_gives_the_same_batches() -> None:
    examples = made(RNG.integers(5, 50, 64).tolist(), n_copies=2)
    drawing = replace(PLAIN, mixup=0.3, spec_augment=True, max_frames=30)
    one, other = (list(draw_epoch(examples, drawing, np.random.default_rng(7))) for _ in range(2))
    for (x, y, w), (x2, y2, w2) in zip(one, other, strict=True):
        for a, b in ((x[0], x2[0]), (y, y2), (w, w2)):
            np.testing.assert_array_equal(a, b)


def test_different_lengths_become_one_in_a_batch_and_not_longer_than_allowed() -> None:
    examples = made(RNG.integers(5, 90, 64).tolist())
    for (inputs,), _, _ in draw_epoch(
        examples, replace(PLAIN, max_frames=40), np.random.default_rng(2)
    ):
        assert inputs.shape[1] <= 40
        assert (inputs == inputs[:, :1, :1]).all()  # one clip fills one row


def test_a_second_input_stays_in_step() -> None:
    times = [np.arange(n, dtype=np.float32) for n in RNG.integers(40, 90, 16)]
    inputs = [
        (t[:, None], t[: len(t) // 4 * 4].reshape(-1, 4).mean(axis=1)[:, None]) for t in times
    ]
    examples = Examples(
        inputs, np.zeros(16, int), np.zeros(16, int), np.ones(16, np.float32), np.array(["x"] * 16)
    )
    drawing = replace(PLAIN, max_frames=32)
    for (fine, coarse), _, _ in draw_epoch(examples, drawing, np.random.default_rng(3)):
        assert fine.shape[1] == 4 * coarse.shape[1]
        np.testing.assert_allclose(fine.reshape(8, -1, 4).mean(axis=2), coarse[..., 0], atol=1e-4)


def test_copies_take_turns() -> None:
    examples = made([10] * 400, n_copies=2)
    found = [x for (x,), _, _ in draw_epoch(examples, PLAIN, np.random.default_rng(1))]
    version = (np.concatenate(found)[:, 0, 0] // 1000).astype(int)
    assert all(80 < count < 190 for count in np.bincount(version, minlength=3))


def test_mixing_keeps_sums_of_targets_and_the_larger_share() -> None:
    examples = made([10] * 40)
    for _, targets, _ in draw_epoch(examples, replace(PLAIN, mixup=1.0), np.random.default_rng(1)):
        np.testing.assert_allclose(targets.sum(axis=1), 1.0, rtol=1e-5)
        assert targets.max(axis=1).min() >= 0.5 - 1e-6
        assert (np.count_nonzero(targets, axis=1) <= 2).all()


def test_hidden_stripes_leave_most_of_a_clip() -> None:
    mel = RNG.normal(-40.0, 10.0, (100, 40)).astype(np.float32)
    labels = np.zeros(8, int)
    examples = Examples([(mel,)] * 8, labels, labels, np.ones(8, np.float32), np.array(["x"] * 8))
    drawing = replace(PLAIN, spec_augment=True)
    ((found,), _, _) = next(draw_epoch(examples, drawing, np.random.default_rng(1)))
    for clip in found:
        flat_frames = np.isclose(clip, clip.mean(axis=0), atol=1e-3).all(axis=1).sum()
        assert flat_frames <= 60
    assert not np.allclose(found, mel)


def test_rare_pairs_weigh_more_but_not_as_much_as_they_are_rare() -> None:
    groups = np.array(["big"] * 90 + ["small"] * 10)
    labels = np.zeros(100, int)
    weights = balance(groups, labels)
    assert weights.mean() == pytest.approx(1.0)
    assert weights[-1] / weights[0] == pytest.approx(3.0)
