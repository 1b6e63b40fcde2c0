"""The search for hyper-parameters: it survives a bad trial and never mixes two searches."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlcore.dataset import Utterance
from mlcore.errors import DatasetError, TrainingError
from mlcore.options import TrainingOptions
from mlcore.tuning import n_failed, study_name, table, tune

UTTERANCES = tuple(
    Utterance(f"{n}.wav", corpus, f"s{n}", "happy", fold=n % 4)
    for n, corpus in enumerate(("one", "two") * 4)
)
OPTIONS = TrainingOptions(architecture="lstm")


def by_learning_rate(options: TrainingOptions) -> float:
    return float(options.recipe["learning_rate"])


def test_a_loss_that_is_no_number_fails_its_trial_only(tmp_path: Path) -> None:
    n_calls = 0

    def objective(options: TrainingOptions) -> float:
        nonlocal n_calls
        n_calls += 1
        if n_calls == 2:
            raise TrainingError("training:app:not-finite", {"loss": "nan", "epoch": 1})
        return by_learning_rate(options)

    for _ in range(2):  # the second time there is nothing left to do
        study = tune(objective, OPTIONS, UTTERANCES, tmp_path / "study.log", n_trials=4)
        assert n_calls == 4
        assert n_failed(study) == 1
        assert {row["trial"] for row in table(study)} == {0, 2, 3}


def test_other_errors_end_the_search(tmp_path: Path) -> None:
    def objective(_: TrainingOptions) -> float:
        raise DatasetError("dataset:user:no-rows", {"what": "training"})

    with pytest.raises(DatasetError):
        tune(objective, OPTIONS, UTTERANCES, tmp_path / "study.log", n_trials=2)


@pytest.mark.parametrize(
    "change",
    [
        lambda options, utterances: (options, utterances[1:]),
        lambda options, utterances: (
            options,
            (replace(utterances[0], emotion="sad"), *utterances[1:]),
        ),
        lambda options, utterances: (replace(options, folds=(0, 1)), utterances),
        lambda options, utterances: (replace(options, corpora=("one",)), utterances),
        lambda options, utterances: (replace(options, n_parts=4), utterances),
        lambda options, utterances: (replace(options, seed=2), utterances),
        lambda options, utterances: (replace(options, recipe={"epochs": 3}), utterances),
        lambda options, utterances: (replace(options, sizes={"dense": 8}), utterances),
    ],
)
def test_other_data_or_options_are_another_search(
    tmp_path: Path, change: Callable[[Any, Any], tuple[TrainingOptions, tuple[Utterance, ...]]]
) -> None:
    file = tmp_path / "study.log"
    tune(by_learning_rate, OPTIONS, UTTERANCES, file, n_trials=1)
    options, utterances = change(OPTIONS, UTTERANCES)
    assert study_name(options, utterances) != study_name(OPTIONS, UTTERANCES)
    assert len(tune(by_learning_rate, options, utterances, file, n_trials=2).trials) == 2
    first = tune(by_learning_rate, OPTIONS, UTTERANCES[::-1], file, n_trials=1)
    assert len(first.trials) == 1


def test_what_is_not_chosen_does_not_matter() -> None:
    options = replace(OPTIONS, corpora=("one",))
    only_one = [u for u in UTTERANCES if u.corpus == "one"]
    assert study_name(options, only_one) == study_name(options, UTTERANCES)
    with pytest.raises(DatasetError):
        study_name(replace(OPTIONS, corpora=("three",)), UTTERANCES)


def test_a_search_that_goes_on_does_not_draw_its_first_trials_again(tmp_path: Path) -> None:
    for n_trials in (2, 4):
        study = tune(by_learning_rate, OPTIONS, UTTERANCES, tmp_path / "s", n_trials=n_trials)
    assert len({trial.params["learning_rate"] for trial in study.trials}) == 4
