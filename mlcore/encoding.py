"""What the frozen part of a network makes of every utterance, kept on disk between trainings.

The way from file to features is the one that serving takes: `audio.load`, `segments.cut`,
`features.power_mel`. The result depends only on the files, the configuration and the encoder,
so it is kept under a hash of all three, one file for each speaker of a corpus.
"""

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mlcore import audio
from mlcore.audio import Waveform
from mlcore.augment import AUGMENT_VERSION, augment
from mlcore.dataset import Utterance, data_hash
from mlcore.features import FeatureConfig, Features, power_mel
from mlcore.hashing import bytes_sha256
from mlcore.networks.voice_transfer import ENCODER_SHA256
from mlcore.segments import SegmentConfig, cut

# Raise it when the statistics of an unchanged encoder change.
ENCODING_VERSION = 1
# Utterances whose features are held at once, to be encoded together where they are equally long.
POOL_SIZE = 2048
BATCH_SIZE = 32

OnClip = Callable[[int], None]


@dataclass(frozen=True)
class Encoded:
    """Statistics of segments and whose they are.

    Parameters
    ----------
    statistics : numpy.ndarray, shape (n_segments, n_statistics), float32
    owners : numpy.ndarray, shape (n_segments,), int
        Index of the utterance of each segment.
    """

    statistics: Features
    owners: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Encoder:
    """The frozen network with everything that its result depends on.

    Parameters
    ----------
    network : keras.Model
    features : FeatureConfig
    segments : SegmentConfig
    folder : Path
        Where the utterances' paths begin.
    cache : Path
        Folder for results.
    copy : int
        0 for the recordings as they are, other numbers for augmented copies.
    """

    network: Any
    features: FeatureConfig
    segments: SegmentConfig
    folder: Path
    cache: Path
    copy: int = 0


def network_inputs(
    waveform: Waveform, features: FeatureConfig, segments: SegmentConfig
) -> list[Features]:
    """Turn a waveform into what the network hears, segment by segment."""
    parts = cut(len(waveform), segments, sample_rate=features.sample_rate)
    return [power_mel(waveform[part], features) for part in parts]


def encode(
    encoder: Encoder, utterances: Sequence[Utterance], on_clip: OnClip = lambda _: None
) -> Encoded:
    """Encode utterances, reading what is cached.

    Parameters
    ----------
    encoder : Encoder
    utterances : sequence of Utterance
    on_clip : callable, optional
        Called with a number of utterances whenever so many more are done.

    Returns
    -------
    Encoded
        Segments in the order of their utterances within each speaker of a corpus.
    """
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, utterance in enumerate(utterances):
        groups[utterance.corpus, utterance.speaker].append(index)
    members = [[utterances[row] for row in rows] for rows in groups.values()]
    paths = [encoder.cache / f"{_cache_key(encoder, group)}.npz" for group in members]
    missing = [i for i, path in enumerate(paths) if not path.exists()]
    on_clip(len(utterances) - sum(len(members[i]) for i in missing))
    for pool in _pools(missing, [len(group) for group in members]):
        found = _compute(encoder, [members[i] for i in pool], on_clip)
        for i, encoded in zip(pool, found, strict=True):
            _save(paths[i], encoded)
    parts = [_read(path) for path in paths]
    owners = [np.asarray(rows)[p.owners] for rows, p in zip(groups.values(), parts, strict=True)]
    return join([Encoded(p.statistics, o) for p, o in zip(parts, owners, strict=True)])


def join(parts: Sequence[Encoded]) -> Encoded:
    """Put encoded segments of the same utterances one after the other."""
    return Encoded(
        np.concatenate([part.statistics for part in parts]),
        np.concatenate([part.owners for part in parts]),
    )


def _pools(missing: Sequence[int], sizes: Sequence[int]) -> Iterator[list[int]]:
    """Take groups together until they hold enough utterances to find equally long ones."""
    pool: list[int] = []
    for index in missing:
        pool.append(index)
        if sum(sizes[i] for i in pool) >= POOL_SIZE:
            yield pool
            pool = []
    if pool:
        yield pool


def _cache_key(encoder: Encoder, group: Sequence[Utterance]) -> str:
    configuration = {
        "version": ENCODING_VERSION,
        "encoder": ENCODER_SHA256,
        "features": encoder.features.to_dict(),
        "segments": vars(encoder.segments),
        "augment": [AUGMENT_VERSION, encoder.copy] if encoder.copy else None,
        "data": data_hash(group),
        "order": [utterance.path for utterance in group],
        # a manifest without hashes: the files' sizes and times stand in for them
        "files": [_fingerprint(encoder.folder / u.path) for u in group if not u.sha256],
    }
    return bytes_sha256(json.dumps(configuration, sort_keys=True).encode())[:32]


def _fingerprint(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _save(path: Path, encoded: Encoded) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.stem}-{os.getpid()}.npz")
    np.savez(scratch, statistics=encoded.statistics, owners=encoded.owners)
    scratch.rename(path)


def _read(path: Path) -> Encoded:
    with np.load(path, allow_pickle=False) as arrays:
        return Encoded(arrays["statistics"], arrays["owners"])


def _compute(
    encoder: Encoder, groups: Sequence[Sequence[Utterance]], on_clip: OnClip
) -> list[Encoded]:
    inputs: list[Features] = []
    owners: list[tuple[int, int]] = []
    for number, group in enumerate(groups):
        for index, utterance in enumerate(group):
            waveform = _load(encoder, utterance)
            mels = network_inputs(waveform, encoder.features, encoder.segments)
            inputs += mels
            owners += [(number, index)] * len(mels)
            on_clip(1)
    statistics, keys = np.stack(_run_pool(encoder, inputs)), np.asarray(owners)
    return [
        Encoded(statistics[keys[:, 0] == number], keys[keys[:, 0] == number, 1])
        for number in range(len(groups))
    ]


def _load(encoder: Encoder, utterance: Utterance) -> Waveform:
    rate = encoder.features.sample_rate
    waveform = audio.load(encoder.folder / utterance.path, sample_rate=rate)
    if encoder.copy == 0:
        return waveform
    seed = int(bytes_sha256(f"{encoder.copy} {utterance.path}".encode())[:16], 16)
    return augment(waveform, seed)


def _run_pool(encoder: Encoder, inputs: list[Features]) -> list[Features]:
    """Encode inputs of many lengths: equal ones together, so that nothing has to be padded."""
    results: list[Features] = [np.zeros(0, np.float32)] * len(inputs)
    for rows in _equally_long(inputs):
        batch = np.stack([inputs[row] for row in rows])
        for row, result in zip(rows, encoder.network.predict_on_batch(batch), strict=True):
            results[row] = result
    return results


def _equally_long(inputs: list[Features]) -> Iterator[list[int]]:
    by_length: dict[int, list[int]] = defaultdict(list)
    for row, mel in enumerate(inputs):
        by_length[len(mel)].append(row)
    for rows in by_length.values():
        for start in range(0, len(rows), BATCH_SIZE):
            yield rows[start : start + BATCH_SIZE]
