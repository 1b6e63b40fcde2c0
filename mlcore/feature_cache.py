"""Features of many utterances, kept on disk, so that a second training reads no audio.

The way from file to features is the one that serving takes: `audio.load`, `segments.cut`,
`features.extract`. The result depends only on the files and the configuration, so it is kept
under a hash of both, one file for each speaker of a corpus.
"""

import json
import multiprocessing
import os
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mlcore import audio
from mlcore.audio import Waveform
from mlcore.augment import AUGMENT_VERSION, augment, usual_copy
from mlcore.dataset import Utterance
from mlcore.errors import AudioError, DatasetError
from mlcore.features import FeatureConfig, Features, extract
from mlcore.hashing import bytes_sha256
from mlcore.segments import SegmentConfig, cut

# Raise it when the same configuration gives other features.
FEATURES_VERSION = 1
# What numpy raises for a file that was cut off, overwritten or never finished.
DAMAGES = (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile)

OnClip = Callable[[int], None]
Group = Sequence[Utterance]


@dataclass(frozen=True)
class FeatureSource:
    """Everything that features depend on besides the utterances.

    Parameters
    ----------
    features : FeatureConfig
    segments : SegmentConfig
    folder : Path
        Where the utterances' paths begin.
    cache : Path
        Folder for results.
    copy : int
        0 for the recordings as they are, other numbers for augmented copies.
    usual_copies : bool
        Whether copies are those of the usual projects, see `augment.usual_copy`.
    transform : callable or None
        What is made of the features before they are kept: a frozen network's view of them.
    transform_key : str
        Identifies the transform.
    """

    features: FeatureConfig
    segments: SegmentConfig
    folder: Path
    cache: Path
    copy: int = 0
    usual_copies: bool = False
    transform: Callable[[list[Features]], list[Features]] | None = None
    transform_key: str = ""


@dataclass(frozen=True)
class FeatureTable:
    """Features of segments and whose they are.

    Parameters
    ----------
    arrays : list of numpy.ndarray, float32
        What `extract` made of each segment; of many lengths unless the configuration fixes it.
    owners : numpy.ndarray, shape (n_segments,), int
        Index of the utterance of each segment.
    """

    arrays: list[Features]
    owners: npt.NDArray[np.int64]


def segment_features(
    waveform: Waveform, features: FeatureConfig, segments: SegmentConfig
) -> list[Features]:
    """Turn a waveform into what a network hears, segment by segment.

    Parameters
    ----------
    waveform : numpy.ndarray, shape (n_samples,)
        At `features.sample_rate`.
    features : FeatureConfig
    segments : SegmentConfig

    Returns
    -------
    list of numpy.ndarray, float32
    """
    parts = cut(len(waveform), segments, sample_rate=features.sample_rate)
    return [extract(waveform[part], features) for part in parts]


def load_features(
    source: FeatureSource,
    utterances: Sequence[Utterance],
    on_clip: OnClip = lambda _: None,
    *,
    n_processes: int = 1,
) -> FeatureTable:
    """Compute the features of utterances, reading what is cached.

    Parameters
    ----------
    source : FeatureSource
    utterances : sequence of Utterance
    on_clip : callable, optional
        Called with a number of utterances whenever so many more are done.
    n_processes : int
        More than one start afresh (spawn): the main module must be guarded against being imported.

    Returns
    -------
    FeatureTable
        Segments in the order of their utterances.

    Raises
    ------
    DatasetError
        When a recording is missing or can't be used. The speakers done before it are kept.
    """
    groups = _group(utterances)
    members = [[utterances[row] for row in rows] for rows in groups]
    paths = [source.cache / f"{_cache_key(source, group)}.npz" for group in members]
    tables = [_read(path) for path in paths]
    missing = [i for i, table in enumerate(tables) if table is None]
    on_clip(len(utterances) - sum(len(members[i]) for i in missing))
    jobs = [(members[i], paths[i]) for i in missing]
    for i, table in zip(missing, _compute(source, jobs, on_clip, n_processes), strict=True):
        tables[i] = table
    return _join([table for table in tables if table is not None], groups)


def _group(utterances: Sequence[Utterance]) -> list[list[int]]:
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, utterance in enumerate(utterances):
        groups[utterance.corpus, utterance.speaker].append(index)
    return list(groups.values())


def _join(tables: list[FeatureTable], groups: list[list[int]]) -> FeatureTable:
    """Put the groups' segments into the order of the utterances."""
    arrays = list(chain.from_iterable(table.arrays for table in tables))
    parts = [np.asarray(rows)[table.owners] for rows, table in zip(groups, tables, strict=True)]
    owners = np.concatenate([np.zeros(0, np.int64), *parts])
    order = np.argsort(owners, kind="stable")
    return FeatureTable([arrays[row] for row in order], owners[order])


def _cache_key(source: FeatureSource, group: Group) -> str:
    kind = ["usual"] if source.usual_copies else []
    configuration = {
        "version": FEATURES_VERSION,
        "features": source.features.to_dict(),
        "segments": vars(source.segments),
        "augment": [AUGMENT_VERSION, source.copy, *kind] if source.copy else None,
        "transform": source.transform_key,
        # a copy's changes depend on its path, and the order decides which row is whose
        "files": [(u.path, u.sha256 or _fingerprint(source.folder / u.path)) for u in group],
    }
    return bytes_sha256(json.dumps(configuration, sort_keys=True).encode())[:32]


def _fingerprint(path: Path) -> tuple[int, int]:
    """Size and time stand in for a hash that the manifest does not have."""
    try:
        status = path.stat()
    except OSError as error:
        details = {"path": str(path), "reason": f"{error.strerror}."}
        raise DatasetError("dataset:user:recording", details) from error
    return status.st_size, status.st_mtime_ns


def _compute(
    source: FeatureSource, jobs: Sequence[tuple[Group, Path]], on_clip: OnClip, n_processes: int
) -> Iterator[FeatureTable]:
    if n_processes == 1 or len(jobs) < 2:
        for group, path in jobs:
            yield _make(source, group, path, on_clip)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(n_processes, mp_context=context) as pool:
        made = pool.map(partial(_make, source), *zip(*jobs, strict=True))
        for (group, _), table in zip(jobs, made, strict=True):
            on_clip(len(group))
            yield table


def _make(
    source: FeatureSource, group: Group, path: Path, on_clip: OnClip = lambda _: None
) -> FeatureTable:
    """Compute the features of one speaker's utterances and keep them."""
    arrays: list[Features] = []
    owners: list[int] = []
    for index, utterance in enumerate(group):
        found = segment_features(_load(source, utterance), source.features, source.segments)
        arrays += found
        owners += [index] * len(found)
        on_clip(1)
    if source.transform is not None:
        arrays = source.transform(arrays)
    table = FeatureTable(arrays, np.asarray(owners, dtype=np.int64))
    _save(path, table)
    return table


def _load(source: FeatureSource, utterance: Utterance) -> Waveform:
    path = source.folder / utterance.path
    try:
        waveform = audio.load(path, sample_rate=source.features.sample_rate)
    except AudioError as error:
        details = {"path": str(path), "reason": str(error)}
        raise DatasetError("dataset:user:recording", details) from error
    if source.copy == 0:
        return waveform
    seed = int(bytes_sha256(f"{source.copy} {utterance.path}".encode())[:16], 16)
    if source.usual_copies:
        return usual_copy(waveform, seed, number=source.copy)
    return augment(waveform, seed)


def _save(path: Path, table: FeatureTable) -> None:
    """Write to a scratch name first: a file under its own name is always whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.stem}-{os.getpid()}.npz")
    lengths = [len(array) for array in table.arrays]
    np.savez(scratch, rows=np.concatenate(table.arrays), lengths=lengths, owners=table.owners)
    scratch.replace(path)


def _read(path: Path) -> FeatureTable | None:
    """Return what was kept, or None if there is nothing or it is damaged."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            rows, lengths, owners = kept["rows"], kept["lengths"], kept["owners"]
    except DAMAGES:
        return None
    if len(lengths) != len(owners) or lengths.sum() != len(rows):
        return None
    return FeatureTable(np.split(rows, np.cumsum(lengths)[:-1]), owners)
