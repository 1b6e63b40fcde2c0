"""The population stability index: what it is for equal, known and chance differences."""

import numpy as np
import pytest

from mlcore.drift import LARGE, SMALL, psi, psi_by_chance

SHARES = np.array([0.3, 0.2, 0.2, 0.1, 0.1, 0.1])


def test_it_is_nothing_for_equal_shares() -> None:
    assert psi([1000, 2000, 3000], [100, 200, 300]) == pytest.approx(0, abs=1e-3)


def test_it_has_the_value_of_the_definition() -> None:
    expected, observed = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    by_hand = float(((observed - expected) * np.log(observed / expected)).sum())
    found = psi((expected * 10**7).astype(int).tolist(), (observed * 10**7).astype(int).tolist())
    assert found == pytest.approx(by_hand, abs=1e-4)
    assert found > LARGE


def test_it_does_not_matter_which_came_first() -> None:
    assert psi([10, 20, 30], [300, 200, 10]) == pytest.approx(psi([300, 200, 10], [10, 20, 30]))


def test_bins_that_nobody_uses_change_nothing() -> None:
    assert psi([10, 0, 30], [30, 0, 10]) == psi([10, 30], [30, 10])
    assert psi_by_chance([10, 0, 30], [30, 0, 10]) == psi_by_chance([10, 30], [30, 10])


def test_a_bin_that_was_empty_makes_it_large_and_finite() -> None:
    assert LARGE < psi([500, 500, 0], [100, 100, 800]) < 20


def test_one_draw_in_twenty_goes_beyond_chance() -> None:
    rng = np.random.default_rng(1)
    beyond = []
    for _ in range(2000):
        expected, observed = (rng.multinomial(n, SHARES).tolist() for n in (2000, 200))
        beyond.append(psi(expected, observed) > psi_by_chance(expected, observed))
    assert 0.03 < np.mean(beyond) < 0.07


def test_many_clips_leave_little_to_chance() -> None:
    assert psi_by_chance([20_000] * 8, [2000] * 8) < SMALL
    assert psi_by_chance([20_000] * 8, [20] * 8) < psi_by_chance([20_000] * 8, [10] * 8)


@pytest.mark.parametrize(("expected", "observed"), [([0, 0], [1, 2]), ([1, 2], [0, 0])])
def test_nothing_can_be_said_without_clips(expected: list[int], observed: list[int]) -> None:
    with pytest.raises(ValueError, match="without clips"):
        psi(expected, observed)
