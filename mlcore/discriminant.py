"""Linear discriminant analysis as a layer: computed at once from means and one covariance.

A network fitted step by step and a discriminant err differently, so that together they are better
than each (docs/experiments.md).

References
----------
Hastie, Tibshirani and Friedman, "The elements of statistical learning", 2nd ed., 4.3.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from mlcore.batches import Examples, Inputs, judge_all
from mlcore.features import Features
from mlcore.networks.parts import JOINT

SHRINKAGE = 0.02  # of the covariance, towards that of features which don't depend on each other
# It takes features for normal and is far too sure; found on folds, with the shrinkage.
TEMPERATURE = 4.0
NEVER = -100.0  # logit of an emotion that no clip of the domain has


def fit_discriminant(network: Any, examples: Examples, *, n_emotions: int) -> None:
    """Compute the weights of a network whose only layer with weights of its own is linear.

    The classes are the emotions, or all pairs of domain and emotion where the network names both;
    they count as the root of their number of clips. Augmented copies count as clips.

    Parameters
    ----------
    network : keras.Model
        From inputs through `parts.normalized` to `parts.emotion_logits`.
    examples : Examples
    n_emotions : int
    """
    joint = network.get_layer(JOINT)
    judge = keras.Model(network.inputs, joint.input)
    versions: list[Sequence[Inputs]] = [examples.inputs, *examples.copies]
    rows: Features = np.concatenate([judge_all(judge, version) for version in versions])
    n_classes = joint.units
    pairs = (
        examples.labels
        if n_classes == n_emotions
        else (examples.domains * n_emotions + examples.labels)
    )
    weights = np.zeros((rows.shape[1], n_classes), np.float32)
    bias = np.full(n_classes, NEVER, np.float32)
    present, counts = np.unique(pairs, return_counts=True)
    if len(present) == 1:
        bias[present] = 0.0
    else:
        priors = np.sqrt(counts) / np.sqrt(counts).sum()
        found = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=SHRINKAGE, priors=priors)
        found.fit(rows, np.tile(pairs, len(versions)))
        weights[:, present], bias[present] = _scores_of(found)
    joint.set_weights([weights / TEMPERATURE, bias / TEMPERATURE])


def _scores_of(found: LinearDiscriminantAnalysis) -> tuple[Features, Features]:
    """Return weights and bias for each class; of two scikit-learn gives the difference."""
    weights, bias = found.coef_.T, found.intercept_
    if len(found.classes_) == 2:
        return np.hstack([0 * weights, weights]), np.hstack([0 * bias, bias])
    return weights, bias
