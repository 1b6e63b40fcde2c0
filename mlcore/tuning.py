"""Search for hyper-parameters with Optuna, by validation UAR; a study goes on where it stopped.

References
----------
Akiba et al., "Optuna: A next-generation hyperparameter optimization framework", KDD 2019.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from mlcore.dataset import Utterance, data_hash, select
from mlcore.errors import TrainingError
from mlcore.hashing import bytes_sha256
from mlcore.networks import architecture
from mlcore.options import TrainingOptions

LEARNING_RATES = (1e-4, 1e-2)
BATCH_SIZES = (16, 32, 64, 128)
SCALES = (0.5, 1.0, 2.0)  # of every size that is a whole number
DROPOUTS = (0.1, 0.6)
WEIGHT_DECAYS = (1e-5, 1e-1)


def suggest(trial: optuna.Trial, options: TrainingOptions) -> TrainingOptions:
    """Let Optuna choose recipe and sizes within bounds around the architecture's own.

    Parameters
    ----------
    trial : optuna.Trial
    options : TrainingOptions

    Returns
    -------
    TrainingOptions
    """
    recipe = {
        "learning_rate": trial.suggest_float("learning_rate", *LEARNING_RATES, log=True),
        "batch_size": trial.suggest_categorical("batch_size", BATCH_SIZES),
        "weight_decay": trial.suggest_float("weight_decay", *WEIGHT_DECAYS, log=True),
        "mixup": trial.suggest_float("mixup", 0.0, 0.5),
    }
    sizes: dict[str, Any] = {}
    config = architecture(options.architecture).config()
    for field in fields(config):
        value = getattr(config, field.name)
        if field.name.startswith("dropout"):
            sizes[field.name] = trial.suggest_float(field.name, *DROPOUTS)
        elif isinstance(value, int) and value >= 8:
            sizes[field.name] = round(value * trial.suggest_categorical(field.name, SCALES))
    return replace(options, recipe={**recipe, **options.recipe}, sizes={**sizes, **options.sizes})


def study_name(options: TrainingOptions, utterances: Sequence[Utterance]) -> str:
    """Name a search so that trials on other data or with other options are never mixed into it.

    Raises
    ------
    DatasetError
        When the options choose no utterance.
    """
    chosen = select(utterances, corpora=options.corpora, folds=options.folds)
    what = json.dumps([asdict(options), data_hash(chosen)], sort_keys=True)
    return f"{options.architecture}-{bytes_sha256(what.encode())[:12]}"


def tune(
    objective: Callable[[TrainingOptions], float],
    options: TrainingOptions,
    utterances: Sequence[Utterance],
    file: Path,
    *,
    n_trials: int,
) -> optuna.Study:
    """Run trials until there are `n_trials`, those of earlier runs on the same data included.

    A trial whose loss becomes no number counts as a failed one, and the search goes on.

    Parameters
    ----------
    objective : callable
        From options to validation UAR.
    options : TrainingOptions
        What is not searched for.
    utterances : sequence of Utterance
        All that the manifest lists; the options choose among them.
    file : Path
        A journal of studies; every finished trial is in it.
    n_trials : int

    Returns
    -------
    optuna.Study

    Raises
    ------
    DatasetError
        When the options choose no utterance, or as the objective raises it.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    file.parent.mkdir(parents=True, exist_ok=True)
    backend = JournalFileBackend(str(file))
    study = optuna.create_study(
        storage=JournalStorage(backend),
        study_name=study_name(options, utterances),
        direction="maximize",
        load_if_exists=True,
    )
    # another seed than at the start, or the first trials would be drawn again
    study.sampler = optuna.samplers.TPESampler(seed=options.seed + len(study.trials))
    n_done = len([trial for trial in study.trials if trial.state.is_finished()])
    study.optimize(
        lambda trial: objective(suggest(trial, options)),
        n_trials=max(0, n_trials - n_done),
        catch=(TrainingError,),
    )
    return study


def n_failed(study: optuna.Study) -> int:
    """Return how many trials ended without a figure."""
    return sum(trial.state == optuna.trial.TrialState.FAIL for trial in study.trials)


def table(study: optuna.Study) -> list[dict[str, Any]]:
    """Return the finished trials, the best one first."""
    done = [trial for trial in study.trials if trial.value is not None]
    done.sort(key=lambda trial: -(trial.value or 0.0))
    return [{"trial": t.number, "uar": t.value, **t.params} for t in done]
