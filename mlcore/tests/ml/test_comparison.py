"""Cells that are really run, under the protocols that divide clips in other ways than by fold."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlcore.comparison import (
    N_COPIES,
    TEST_SHARE,
    Cell,
    is_done,
    parts_of,
    read_cell,
    read_posteriors,
    run_cell,
)
from mlcore.dataset import Utterance, read_manifest
from mlcore.options import Places, TrainingOptions
from mlcore.protocols import SHARED_EMOTIONS
from mlcore.series import full_report, read_series

OPTIONS = TrainingOptions(
    name="baseline", architecture="baseline", n_parts=0, recipe={"epochs": 2, "n_copies": 0}
)


@pytest.fixture
def everybody(data: Path) -> list[Utterance]:
    """Return the tiny data as two corpora."""
    return [
        replace(u, corpus="made" if u.fold in (0, 1) else "other", sha256="")
        for u in read_manifest(data)
    ]


@pytest.fixture
def places(data: Path, tmp_path: Path) -> Places:
    return Places(data=data, output=tmp_path / "results", cache=tmp_path / "cache")


def test_a_corpus_is_left_out_with_the_emotions_that_all_have(
    everybody: list[Utterance], places: Places
) -> None:
    for part in parts_of("leave_one_corpus_out", everybody):
        cell = Cell(OPTIONS, "leave_one_corpus_out", part)
        content = run_cell(cell, everybody, places)
        tested, posteriors = read_posteriors(places.output / f"{cell.name}.npz", everybody)
        assert {u.corpus for u in tested} == {part}
        assert {u.emotion for u in tested} == set(SHARED_EMOTIONS)
        assert content["n_training_clips"] == len(tested)  # of the other half
        assert np.isfinite(posteriors).all()
        assert is_done(cell, everybody, places.output)
    (series,) = read_series(places.output)
    found = full_report(series, everybody)
    assert found.folds is not None
    assert set(found.folds.parts) == {"made", "other"}


def test_copies_are_clips_where_they_are_split(everybody: list[Utterance], places: Places) -> None:
    some = everybody[::4]
    cell = Cell(OPTIONS, "augmented_before_split", "")
    content = run_cell(cell, some, places)
    n_copies = (1 + N_COPIES) * len(some)
    assert content["n_test_clips"] + content["n_training_clips"] == n_copies
    assert content["n_test_clips"] == pytest.approx(TEST_SHARE * n_copies, abs=2)
    tested, _ = read_posteriors(places.output / f"{cell.name}.npz", everybody)
    assert {u.path for u in tested} <= {u.path for u in some}
    assert is_done(cell, some, places.output)
    assert not is_done(cell, some[1:], places.output)


def test_another_recipe_or_size_is_another_cell(everybody: list[Utterance], places: Places) -> None:
    cell = Cell(OPTIONS, "random_split", "")
    run_cell(cell, everybody, places)
    assert is_done(cell, everybody, places.output)
    for change in ({"recipe": {"epochs": 3, "n_copies": 0}}, {"n_parts": 4}):
        other = replace(cell, options=replace(OPTIONS, **change))
        assert not is_done(other, everybody, places.output)
    trained_with = read_cell(places.output / f"{cell.name}.json")["trained_with"]
    assert trained_with["recipe"]["epochs"] == 2
    assert trained_with["n_parts"] == 0
