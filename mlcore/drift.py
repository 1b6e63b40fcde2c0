"""How far what a model meets has moved away from what it was measured on."""

from collections.abc import Sequence
from math import sqrt

import numpy as np

SMALL, LARGE = 0.1, 0.25  # below the first nothing moved, from the second on much did
_Z = 1.645  # of the normal distribution, for one chance in twenty
_PRIOR = 0.5  # clip in a bin, so that an empty one makes nothing infinite


def psi(expected: Sequence[int], observed: Sequence[int]) -> float:
    """Population stability index of two distributions over the same bins.

    Parameters
    ----------
    expected, observed : sequence of int, length n_bins
        Clips in each bin. Bins that both leave empty don't count.

    Returns
    -------
    float
        The symmetric Kullback-Leibler divergence in nats, 0 for equal shares. Below `SMALL` the
        distributions pass for the same, from `LARGE` on for different.

    Raises
    ------
    ValueError
        When they have different numbers of bins, or no clips at all.

    References
    ----------
    Siddiqi, "Credit risk scorecards", Wiley 2006, for the index and its two limits.
    """
    counts = np.array([expected, observed], dtype=np.float64)
    counts = counts[:, counts.sum(axis=0) > 0]
    if not (counts.sum(axis=1) > 0).all():
        raise ValueError("a distribution without clips")
    shares = (counts + _PRIOR) / (counts + _PRIOR).sum(axis=1, keepdims=True)
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def psi_by_chance(expected: Sequence[int], observed: Sequence[int]) -> float:
    """Largest index that two draws from one distribution have in 19 of 20 cases.

    Parameters
    ----------
    expected, observed : sequence of int, length n_bins
        As `psi` takes them.

    Returns
    -------
    float
        The 95 % quantile of chi-square with one degree less than there are bins in use (by
        Wilson and Hilferty's approximation), times the sum of both reciprocal numbers of clips.

    References
    ----------
    Yurdakul and Naranjo, "Statistical properties of the population stability index", Journal of
    Risk Model Validation 14(4), 2020.
    """
    n_bins = sum(1 for pair in zip(expected, observed, strict=True) if any(pair))
    degrees = max(1, n_bins - 1)
    ninth = 2 / (9 * degrees)
    quantile: float = degrees * (1 - ninth + _Z * sqrt(ninth)) ** 3
    return quantile * (1 / sum(expected) + 1 / sum(observed))
