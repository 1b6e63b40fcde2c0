"""Cached features: what serving computes, without audio the second time, and never stale."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlcore import audio, feature_cache
from mlcore.augment import augment
from mlcore.dataset import Utterance
from mlcore.errors import DatasetError
from mlcore.feature_cache import FeatureSource, FeatureTable, load_features
from mlcore.features import USUAL, FeatureConfig, extract
from mlcore.hashing import bytes_sha256
from mlcore.segments import SegmentConfig, cut
from mlcore.tests import synth

SEGMENTS = SegmentConfig(0.8, 0.4)
# two speakers, one after the other in turn; the third clip gives more than one segment
DURATIONS_S = (0.4, 0.7, 1.3, 0.5)


@pytest.fixture
def utterances(tmp_path: Path) -> list[Utterance]:
    return [_record(tmp_path, n, duration_s) for n, duration_s in enumerate(DURATIONS_S)]


def _record(folder: Path, number: int, duration_s: float) -> Utterance:
    path = synth.write(folder / f"{number}.wav", synth.voice(duration_s, seed=number))
    sha256 = bytes_sha256(path.read_bytes())
    return Utterance(path.name, "corpus", f"speaker {number % 2}", "sad", sha256=sha256)


@pytest.fixture
def source(tmp_path: Path) -> FeatureSource:
    return FeatureSource(FeatureConfig(), SEGMENTS, tmp_path, tmp_path / "cache")


def assert_equal(found: FeatureTable, expected: FeatureTable) -> None:
    np.testing.assert_array_equal(found.owners, expected.owners)
    assert len(found.arrays) == len(expected.arrays)
    for one, other in zip(found.arrays, expected.arrays, strict=True):
        assert one.dtype == np.float32
        np.testing.assert_array_equal(one, other)


def loads(monkeypatch: pytest.MonkeyPatch, call: Callable[[], Any]) -> list[str]:
    """Return the names of the files that were decoded meanwhile."""
    decoded: list[str] = []
    load = audio.load

    def spied(path: Path, **options: Any) -> Any:
        decoded.append(path.name)
        return load(path, **options)

    with monkeypatch.context() as patch:
        patch.setattr(audio, "load", spied)
        call()
    return decoded


@pytest.mark.parametrize(
    "config",
    [
        FeatureConfig(),
        replace(USUAL, n_frames=20),
        replace(USUAL, name="mfcc_log_mel"),
        replace(USUAL, name="vector_162"),
    ],
    ids=lambda config: config.name,
)
def test_features_are_those_of_serving(
    source: FeatureSource, utterances: list[Utterance], config: FeatureConfig
) -> None:
    arrays, owners = [], []
    for index, utterance in enumerate(utterances):
        waveform = audio.load(source.folder / utterance.path, sample_rate=config.sample_rate)
        parts = cut(len(waveform), SEGMENTS)
        arrays += [extract(waveform[part], config) for part in parts]
        owners += [index] * len(parts)
    assert owners == [0, 1, 2, 2, 2, 3]
    expected = FeatureTable(arrays, np.asarray(owners))
    for _ in ("computed", "read"):
        assert_equal(load_features(replace(source, features=config), utterances), expected)


def test_a_second_run_reads_no_audio(source: FeatureSource, utterances: list[Utterance]) -> None:
    first = load_features(source, utterances)
    for utterance in utterances:
        (source.folder / utterance.path).unlink()
    assert_equal(load_features(source, utterances), first)


def test_every_utterance_is_reported_once(
    source: FeatureSource, utterances: list[Utterance]
) -> None:
    for _ in ("computed", "read"):
        steps: list[int] = []
        load_features(source, utterances, steps.append)
        assert sum(steps) == len(utterances)


@pytest.mark.parametrize(
    "changes",
    [
        {"features": replace(FeatureConfig(), level_dbfs=-20.0)},
        {"features": replace(FeatureConfig(), trim_db=30.0)},
        {"segments": SegmentConfig(0.8, 0.2)},
        {"copy": 1},
    ],
    ids=str,
)
def test_another_configuration_misses_the_cache(
    source: FeatureSource,
    utterances: list[Utterance],
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
) -> None:
    load_features(source, utterances)
    changed = replace(source, **changes)
    assert len(loads(monkeypatch, lambda: load_features(changed, utterances))) == len(utterances)
    assert loads(monkeypatch, lambda: load_features(changed, utterances)) == []
    assert loads(monkeypatch, lambda: load_features(source, utterances)) == []


@pytest.mark.parametrize("hashed", [True, False], ids=["with hashes", "without"])
def test_another_recording_misses_the_cache_of_its_speaker(
    source: FeatureSource,
    utterances: list[Utterance],
    monkeypatch: pytest.MonkeyPatch,
    hashed: bool,
) -> None:
    def known(found: list[Utterance]) -> list[Utterance]:
        return found if hashed else [replace(utterance, sha256="") for utterance in found]

    load_features(source, known(utterances))
    assert loads(monkeypatch, lambda: load_features(source, known(utterances))) == []
    utterances[0] = _record(source.folder, 0, 0.6)
    decoded = loads(monkeypatch, lambda: load_features(source, known(utterances)))
    assert decoded == ["0.wav", "2.wav"]


def test_the_order_of_a_speaker_s_utterances_is_kept(
    source: FeatureSource, utterances: list[Utterance]
) -> None:
    forward, backward = (load_features(source, us) for us in (utterances, utterances[::-1]))
    np.testing.assert_array_equal(forward.arrays[0], backward.arrays[-1])
    assert list(backward.owners) == [0, 1, 1, 1, 2, 3]


def test_copies_are_augmented_and_repeatable(
    source: FeatureSource, utterances: list[Utterance], tmp_path: Path
) -> None:
    tables = [load_features(replace(source, copy=copy), utterances) for copy in (0, 1, 2)]
    assert len({table.arrays[0].tobytes() for table in tables}) == 3
    again = replace(source, copy=1, cache=tmp_path / "other")
    assert_equal(load_features(again, utterances), tables[1])
    seed = int(bytes_sha256(b"1 0.wav")[:16], 16)
    waveform = augment(audio.load(tmp_path / "0.wav"), seed)
    np.testing.assert_array_equal(extract(waveform, source.features), tables[1].arrays[0])


def test_copies_of_another_kind_are_kept_apart(
    source: FeatureSource, utterances: list[Utterance], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = [replace(source, copy=copy, usual_copies=True) for copy in (0, 1, 2)]
    originals, random = (load_features(replace(source, copy=c), utterances) for c in (0, 1))
    assert loads(monkeypatch, lambda: load_features(usual[0], utterances)) == []
    assert_equal(load_features(usual[0], utterances), originals)
    noisy, stretched = (load_features(one, utterances) for one in usual[1:])
    tables = (originals, random, noisy, stretched)
    assert len({table.arrays[0].tobytes() for table in tables}) == 4
    assert_equal(load_features(replace(source, copy=1), utterances), random)


def test_two_processes_give_the_same(
    source: FeatureSource, utterances: list[Utterance], tmp_path: Path
) -> None:
    expected = load_features(source, utterances)
    steps: list[int] = []
    two = replace(source, cache=tmp_path / "two")
    assert_equal(load_features(two, utterances, steps.append, n_processes=2), expected)
    assert sum(steps) == len(utterances)
    names = [sorted(it.name for it in folder.iterdir()) for folder in (source.cache, two.cache)]
    assert names[0] == names[1]


def _cut_off(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _flip(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize("damage", [_cut_off, _flip, lambda _: b"", lambda _: b"no archive"])
def test_a_damaged_file_is_computed_anew(
    source: FeatureSource,
    utterances: list[Utterance],
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[bytes], bytes],
) -> None:
    expected = load_features(source, utterances)
    path = sorted(source.cache.iterdir())[0]
    path.write_bytes(damage(path.read_bytes()))
    assert_equal(load_features(source, utterances), expected)
    assert loads(monkeypatch, lambda: load_features(source, utterances)) == []


def test_any_flipped_byte_is_noticed_or_harmless(
    source: FeatureSource, utterances: list[Utterance]
) -> None:
    small = replace(source, features=replace(USUAL, name="vector_162"))
    expected = load_features(small, utterances[:1])
    (path,) = source.cache.iterdir()
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x41]) + whole[place + 1 :])
        found = feature_cache._read(path)
        if found is not None:
            np.testing.assert_array_equal(found.arrays[0], expected.arrays[0])
            np.testing.assert_array_equal(found.owners, expected.owners)


def test_an_interrupted_run_leaves_no_file_under_its_final_name(
    source: FeatureSource, utterances: list[Utterance]
) -> None:
    (source.folder / "3.wav").write_bytes(b"no sound")
    with pytest.raises(DatasetError, match=r"3\.wav") as caught:
        load_features(source, utterances)
    assert caught.value.code == "dataset:user:recording"
    kept = [it.name for it in source.cache.iterdir()]
    assert len(kept) == 1  # the first speaker's
    assert not kept[0].startswith(".")


@pytest.mark.parametrize("sha256", ["", "abc"])
def test_a_missing_recording_is_named(
    source: FeatureSource, utterances: list[Utterance], sha256: str
) -> None:
    (source.folder / "1.wav").unlink()
    with pytest.raises(DatasetError, match=r"1\.wav"):
        load_features(source, [replace(u, sha256=sha256) for u in utterances])


def test_no_utterances_have_no_features(source: FeatureSource) -> None:
    table = load_features(source, [])
    assert (table.arrays, len(table.owners)) == ([], 0)
