"""From features and utterances to the examples that a network is fitted to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from mlcore.batches import Examples, Inputs, balance
from mlcore.dataset import Utterance
from mlcore.feature_cache import FeatureTable
from mlcore.metrics import Floats
from mlcore.networks.parts import NORMALIZE


def domains_of(utterances: Iterable[Utterance]) -> dict[str, int]:
    """Number the corpora; those that share a speaker were recorded in one place and way."""
    speakers: dict[str, set[str]] = {}
    for utterance in utterances:
        speakers.setdefault(utterance.corpus, set()).add(utterance.speaker)
    domains: dict[str, int] = {}
    for corpus in sorted(speakers):
        related = [d for c, d in domains.items() if speakers[c] & speakers[corpus]]
        domains[corpus] = related[0] if related else len(set(domains.values()))
    return domains


def labelled(
    tables: Sequence[FeatureTable],
    utterances: Sequence[Utterance],
    emotions: tuple[str, ...],
    domains: Mapping[str, int],
) -> Examples:
    """Put labels, domains and weights beside features.

    Parameters
    ----------
    tables : sequence of FeatureTable
        Of the utterances as they are, then of their augmented copies.
    utterances : sequence of Utterance
    emotions : tuple of str
        That the network knows.
    domains : mapping
        See `domains_of`.
    """
    labels = np.array([label_of(utterance.emotion, emotions) for utterance in utterances])
    places = np.array([domains.get(utterance.corpus, 0) for utterance in utterances])
    groups = np.array([utterance.corpus for utterance in utterances])
    first, *others = tables
    copies = [_one_each(table, first) for table in others]
    return Examples(
        inputs=[(array,) for array in first.arrays],
        labels=labels[first.owners],
        domains=places[first.owners],
        weights=balance(groups[first.owners], labels[first.owners]),
        groups=groups[first.owners],
        copies=copies,
        shares=_shares(utterances, emotions)[first.owners],
    )


def joined(parts: Sequence[Examples]) -> Examples:
    """Put examples that have no copies behind one another."""

    def rows(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts])

    return Examples(
        inputs=[inputs for part in parts for inputs in part.inputs],
        labels=rows("labels"),
        domains=rows("domains"),
        weights=rows("weights"),
        groups=rows("groups"),
        shares=rows("shares"),
    )


def _shares(utterances: Sequence[Utterance], emotions: tuple[str, ...]) -> Floats:
    """Return what is to be learned of each utterance (n_utterances, n_emotions).

    A validating utterance whose emotion the network never learns has a row of zeros.
    """
    rows = [[(u.shares or {u.emotion: 1.0}).get(e, 0.0) for e in emotions] for u in utterances]
    shares = np.array(rows, dtype=np.float64).reshape(len(rows), len(emotions))
    total = shares.sum(axis=1, keepdims=True)
    np.divide(shares, total, out=shares, where=total > 0)
    return shares


def label_of(emotion: str, emotions: tuple[str, ...]) -> int:
    """Return the network's output for an emotion; one that it never learns is always wrong."""
    return emotions.index(emotion) if emotion in emotions else len(emotions)


def _one_each(table: FeatureTable, original: FeatureTable) -> list[Inputs]:
    """Give each segment of the original one of its copy; speed may have changed the number."""
    of_owner: dict[int, list[int]] = {}
    for row, owner in enumerate(table.owners):
        of_owner.setdefault(int(owner), []).append(row)
    used: dict[int, int] = {}
    found: list[Inputs] = []
    for owner in original.owners.tolist():
        rows = of_owner[owner]
        found.append((table.arrays[rows[used.get(owner, 0) % len(rows)]],))
        used[owner] = used.get(owner, 0) + 1
    return found


def moments(network: Any, examples: Examples) -> tuple[Any, Any]:
    """Return mean and variance of what a network's normalization layer hears in training.

    Parameters
    ----------
    network : keras.Model
    examples : Examples

    Returns
    -------
    mean, variance : numpy.ndarray, shape (n_features,)
    """
    size = network.get_layer(NORMALIZE).weights[0].shape[0]
    rows = [inputs[0].reshape(-1, size) for inputs in examples.inputs]
    count = sum(len(row) for row in rows)
    mean = sum(row.sum(axis=0, dtype=np.float64) for row in rows) / count
    square = sum(np.square(row - mean).sum(axis=0, dtype=np.float64) for row in rows)
    return mean, square / count
