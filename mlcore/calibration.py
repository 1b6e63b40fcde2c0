"""From logits to posteriors that mean what they say.

References
----------
Guo et al., "On calibration of modern neural networks", ICML 2017 (temperature scaling).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Labels = npt.NDArray[np.integer]

TEMPERATURE_RANGE = (0.05, 20.0)
N_STEPS = 80


@dataclass(frozen=True)
class Calibration:
    """What makes posteriors mean what they say.

    Parameters
    ----------
    temperature : float
        By which logits are divided.
    not_sure_below : float
        Confidence below which an answer should be shown as "not sure".
    """

    temperature: float
    not_sure_below: float


def calibrate(logits: Floats, labels: Labels) -> Calibration:
    """Find temperature and threshold on clips of speakers that were not trained on.

    Parameters
    ----------
    logits : numpy.ndarray, shape (n_clips, n_classes)
    labels : numpy.ndarray, shape (n_clips,)
    """
    temperature = fit_temperature(logits, labels)
    posteriors = posteriors_of(logits, temperature=temperature)
    return Calibration(temperature, not_sure_below(posteriors, labels))


def posteriors_of(logits: Floats, *, temperature: float) -> Floats:
    """Divide logits by the temperature and normalize them.

    Parameters
    ----------
    logits : numpy.ndarray, shape (..., n_classes)
    temperature : float
        Above 1 makes the model less certain of itself.

    Returns
    -------
    numpy.ndarray, shape (..., n_classes)
        Positive, summing to 1 over the last axis.
    """
    scaled = logits / temperature
    shifted = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def negative_log_likelihood(logits: Floats, labels: Labels, *, temperature: float) -> float:
    """Return the mean of -log of the true emotion's posterior."""
    posteriors = posteriors_of(logits.astype(np.float64), temperature=temperature)
    true = posteriors[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(true, 1e-12)).mean())


def fit_temperature(logits: Floats, labels: Labels) -> float:
    """Find the temperature under which the labels are most likely.

    Parameters
    ----------
    logits : numpy.ndarray, shape (n_clips, n_classes)
        On clips that were not trained on.
    labels : numpy.ndarray, shape (n_clips,)

    Returns
    -------
    float
        Within `TEMPERATURE_RANGE`. The likelihood has one maximum, so a golden-section search on
        the logarithm finds it.
    """
    low, high = np.log(TEMPERATURE_RANGE[0]), np.log(TEMPERATURE_RANGE[1])
    ratio = (np.sqrt(5.0) - 1.0) / 2.0
    for _ in range(N_STEPS):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        loss_left = negative_log_likelihood(logits, labels, temperature=float(np.exp(left)))
        loss_right = negative_log_likelihood(logits, labels, temperature=float(np.exp(right)))
        low, high = (low, right) if loss_left < loss_right else (left, high)
    return float(np.exp((low + high) / 2.0))


def not_sure_below(posteriors: Floats, labels: Labels) -> float:
    """Choose the confidence below which an answer is shown as "not sure".

    Parameters
    ----------
    posteriors : numpy.ndarray, shape (n_clips, n_classes)
        Calibrated, on clips that were not trained on.
    labels : numpy.ndarray, shape (n_clips,)

    Returns
    -------
    float
        In steps of 0.01, where answers begin to be right more often than wrong: the threshold
        below which wrong answers outnumber right ones by most. 0 when none does.
    """
    confidence = posteriors.max(axis=1)
    is_right = posteriors.argmax(axis=1) == labels
    thresholds = np.arange(100) / 100.0
    surplus = [np.sum(np.where(is_right, -1, 1)[confidence < t]) for t in thresholds]
    return float(thresholds[int(np.argmax(surplus))])
