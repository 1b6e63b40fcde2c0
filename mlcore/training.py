"""Train a network on utterances and write it as a bundle.

Training speakers are dealt to parts; one part decides when fitting stops and sets temperature and
"not sure" threshold. Test folds are judged once, at the end, by the written bundle. Without a
validation part all speakers are trained on: the recipe's epochs are all run, and temperature and
threshold come from a cross-validation.
"""

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from mlcore import bundles, cards
from mlcore.batches import Examples, judge_all
from mlcore.bundles import BundleInfo
from mlcore.calibration import calibrate, posteriors_of
from mlcore.dataset import Utterance, data_hash, learned_of, license_of, select
from mlcore.discriminant import fit_discriminant
from mlcore.encoding import encoded_source
from mlcore.errors import DatasetError
from mlcore.evaluation import EvaluationReport, evaluate, report
from mlcore.examples import domains_of, joined, label_of, labelled, moments
from mlcore.feature_cache import FeatureSource, FeatureTable, load_features
from mlcore.fitting import EpochLog, Fitting, fit
from mlcore.hashing import bytes_sha256, code_version
from mlcore.inference import Recognizer
from mlcore.labels import EMOTIONS
from mlcore.networks import (
    Member,
    Recipe,
    architecture,
    build,
    joint_network,
    members,
    set_normalization,
)
from mlcore.options import Places, Progress, TrainingOptions
from mlcore.splits import check_enough, check_unseen, deal_speakers, speakers_of

Split = tuple[Utterance, ...]


@dataclass(frozen=True)
class Splits:
    """Utterances to train on, to validate with and to test on."""

    training: Split
    validation: Split = ()
    test: Split = ()


@dataclass(frozen=True)
class TrainingReport:
    """What came out of a training run.

    Parameters
    ----------
    folder : Path
    info : BundleInfo
    reports : dict
        "validation" and "test", as far as there are such speakers.
    epochs : list of EpochLog
    seconds : float
    n_parameters : int
        That were trained.
    """

    folder: Path
    info: BundleInfo
    reports: dict[str, EvaluationReport]
    epochs: list[EpochLog]
    seconds: float
    n_parameters: int

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data for JSON."""
        return {
            "data_hash": self.info.training["data_hash"],
            "code_version": self.info.training["code_version"],
            "seed": self.info.training["options"]["seed"],
            "seconds": self.seconds,
            "n_parameters": self.n_parameters,
            "bundle_sha256": self.info.sha256,
            "options": self.info.training["options"],
            "epochs": [asdict(log) for log in self.epochs],
            "reports": {name: found.to_dict() for name, found in self.reports.items()},
        }


def train(
    options: TrainingOptions,
    utterances: Sequence[Utterance],
    places: Places,
    progress: Progress | None = None,
) -> TrainingReport:
    """Split by speaker, fit, calibrate, write a bundle and test it.

    Parameters
    ----------
    options : TrainingOptions
    utterances : sequence of Utterance
        All that the manifest lists; the options choose among them.
    places : Places
    progress : Progress, optional

    Raises
    ------
    DatasetError, TrainingError, BundleError
    """
    return train_on(options, split(options, utterances), places, progress)


def split(options: TrainingOptions, utterances: Sequence[Utterance]) -> Splits:
    """Return utterances to train on, to validate with and to test on; they share no speaker."""
    chosen = select(utterances, corpora=options.corpora, folds=options.folds)
    test: Split = ()
    if options.test_folds:
        test = select(utterances, corpora=options.corpora, folds=options.test_folds)
        check_unseen(test, speakers_of(chosen))
    return hold_out(options, Splits(chosen, (), test))


def hold_out(options: TrainingOptions, splits: Splits) -> Splits:
    """Take one part of the training speakers for validation."""
    if not options.n_parts:
        return splits
    parts = deal_speakers(splits.training, n_parts=options.n_parts, seed=options.seed)
    return Splits(
        tuple(u for u in splits.training if parts[u.speaker]),
        tuple(u for u in splits.training if not parts[u.speaker]),
        splits.test,
    )


def train_on(
    options: TrainingOptions, splits: Splits, places: Places, progress: Progress | None = None
) -> TrainingReport:
    """Do what `train` does on a split that is already made.

    Raises
    ------
    DatasetError
        ``dataset:user:no-rows`` without anything to train on, ``dataset:user:speakers`` with fewer
        than two speakers to train on and validate with.
    TrainingError, BundleError
    """
    started = time.monotonic()
    data, network, logs = _fit_network(options, splits, places, progress or Progress())
    info = _info(data, n_parameters=network.count_params())
    reports = {}
    if splits.validation:
        info, reports["validation"] = _calibrated(network, data, info)
    if options.cross_validation is not None:
        info = replace(info, **options.cross_validation)
    # a fresh network: the trained one carries its optimizers' state along
    finished = _build(data)
    finished.set_weights(network.get_weights())
    bundles.write(finished, info, places.output, card=cards.model_card)
    if splits.test:
        reports["test"] = judge_bundle(places.output, splits.test, places.data)
    written = bundles.read_info(places.output)
    n_parameters = sum(int(np.prod(v.shape)) for v in network.trainable_variables)
    seconds = time.monotonic() - started
    return TrainingReport(places.output, written, reports, logs, seconds, n_parameters)


def validation_uar(
    options: TrainingOptions,
    utterances: Sequence[Utterance],
    places: Places,
    progress: Progress | None = None,
) -> float:
    """Fit a network and tell its best validation UAR, the mean of its members; write no bundle.

    Raises
    ------
    DatasetError
        ``dataset:user:no-rows`` also when the options want no validation part.
    TrainingError
    """
    splits = split(options, utterances)
    if not splits.validation:
        raise DatasetError("dataset:user:no-rows", {"what": "validation"})
    _, _, logs = _fit_network(options, splits, places, progress or Progress())
    best: dict[str, float] = {}
    for log in logs:
        best[log.member] = max(best.get(log.member, 0.0), log.validation_uar or 0.0)
    return float(np.mean(list(best.values())))


def _fit_network(
    options: TrainingOptions, splits: Splits, places: Places, progress: Progress
) -> tuple["_Data", Any, list[EpochLog]]:
    check_enough(splits.training, splits.validation)
    emotions = tuple(e for e in EMOTIONS if any(u.emotion == e for u in splits.training))
    keras.utils.set_random_seed(options.seed)
    data = _Data(options, splits, places, progress, emotions, domains_of(splits.training))
    network = _build(data)
    return data, network, _fit_members(network, data)


def judge_bundle(folder: Path, utterances: Sequence[Utterance], data: Path) -> EvaluationReport:
    """Send utterances through the whole recognition with a bundle that never heard them."""
    recognizer = Recognizer.load(folder)
    return evaluate(
        recognizer.recognize_many,
        utterances,
        data,
        training_speakers=recognizer.bundle.training_speakers,
    )


@dataclass(frozen=True)
class _Data:
    """Everything that fitting needs to know about the data."""

    options: TrainingOptions
    splits: Splits
    places: Places
    progress: Progress
    emotions: tuple[str, ...]
    domains: dict[str, int]

    @property
    def sizes(self) -> dict[str, Any]:
        """Return the network's sizes; how many domains there are is up to the data."""
        config = architecture(self.options.architecture).config
        if "n_domains" not in {field.name for field in fields(config)}:
            return dict(self.options.sizes)
        return {"n_domains": 1 + max(self.domains.values()), **self.options.sizes}

    def source(
        self, encoder: Any = None, copy: int = 0, *, usual_copies: bool = False
    ) -> FeatureSource:
        source = FeatureSource(
            features=self.options.features,
            segments=self.options.segments,
            folder=self.places.data,
            cache=self.places.cache / "features",
            copy=copy,
            usual_copies=usual_copies,
        )
        return source if encoder is None else encoded_source(source, encoder)

    def table(self, source: FeatureSource, utterances: Split) -> FeatureTable:
        self.progress.on_clips(len(utterances))
        return load_features(source, utterances, self.progress.on_clip)


def _build(data: _Data) -> Any:
    options = data.options
    return build(options.architecture, data.sizes, options.features, n_emotions=len(data.emotions))


def _fit_members(network: Any, data: _Data) -> list[EpochLog]:
    """Fit each member to what it hears."""
    found = members(data.options.architecture, data.sizes, network)
    logs: list[EpochLog] = []
    examples: dict[Any, tuple[Examples, Examples | None]] = {}
    n_of_kind: Counter[str] = Counter()
    for member in found:
        number = n_of_kind[member.kind]
        n_of_kind[member.kind] += 1
        recipe = replace(member.recipe, **data.options.recipe)
        member = replace(member, recipe=recipe)
        key = (member.hears_encoder, recipe.n_copies, recipe.usual_copies)
        if key not in examples:
            examples = {key: _examples(network, member, data)}  # only one of them in memory
        training, validation = examples[key]
        set_normalization(member.network, *moments(member.network, training))
        if member.is_discriminant:
            fit_discriminant(member.network, training, n_emotions=len(data.emotions))
            continue
        fitting = _fitting(member, number, data)
        logs += fit(joint_network(member.network), training, validation, fitting)
    return logs


def _fitting(member: Member, number: int, data: _Data) -> Fitting:
    seed = data.options.seed + number
    what = {
        "kind": member.kind,
        "sizes": dict(member.sizes),
        "recipe": _known(member.recipe),
        "seed": seed,
        "features": data.options.features.to_dict(),
        "segments": asdict(data.options.segments),
        "training": data_hash(data.splits.training),
        "validation": data_hash(data.splits.validation),
    }
    key = bytes_sha256(json.dumps(what, sort_keys=True).encode())[:32]
    folder = data.places.cache / "checkpoints" / f"{member.kind}-{key}"
    return Fitting(
        recipe=member.recipe,
        n_emotions=len(data.emotions),
        seed=seed,
        member=number,
        name=f"{member.kind} {number}",
        folder=folder,
        key=key,
        on_epoch=data.progress.on_epoch,
    )


def _known(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe as checkpoints know it: those from before the last field stay valid."""
    found = asdict(recipe)
    if not recipe.usual_copies:
        del found["usual_copies"]
    return found


def _examples(network: Any, member: Member, data: _Data) -> tuple[Examples, Examples | None]:
    """Return what a member is fitted to and validated with; copies are of training clips only."""
    encoder = network.get_layer("encoder") if member.hears_encoder else None
    training = _training_examples(encoder, member.recipe, data)
    if not data.splits.validation:
        return training, None
    table = data.table(data.source(encoder), data.splits.validation)
    return training, labelled([table], data.splits.validation, data.emotions, data.domains)


def _training_examples(encoder: Any, recipe: Recipe, data: _Data) -> Examples:
    """Return clips with their copies, or, as the usual projects do, clips and then copies."""
    utterances, usual = data.splits.training, recipe.usual_copies
    tables = [
        data.table(data.source(encoder, copy, usual_copies=usual), utterances)
        for copy in range(1 + recipe.n_copies)
    ]
    if not usual:
        return labelled(tables, utterances, data.emotions, data.domains)
    return joined([labelled([it], utterances, data.emotions, data.domains) for it in tables])


def _calibrated(network: Any, data: _Data, info: BundleInfo) -> tuple[BundleInfo, EvaluationReport]:
    """Find temperature and threshold on the validation speakers, and score them so."""
    utterances = data.splits.validation
    table = data.table(data.source(), utterances)
    logits = judge_all(network, [(array,) for array in table.arrays]).astype(np.float64)
    labels = np.array([label_of(utterance.emotion, data.emotions) for utterance in utterances])
    known = (labels < len(data.emotions))[table.owners]
    found = calibrate(logits[known], labels[table.owners][known])
    rows = posteriors_of(logits, temperature=found.temperature)
    pooled = np.zeros((len(utterances), len(EMOTIONS)))
    columns = [EMOTIONS.index(emotion) for emotion in data.emotions]
    for row, owner in zip(rows, table.owners, strict=True):
        pooled[owner, columns] += row
    scores = report(utterances, pooled / pooled.sum(axis=1, keepdims=True))
    return replace(info, **asdict(found), scores={"validation": scores.to_dict()}), scores


def _info(data: _Data, *, n_parameters: int) -> BundleInfo:
    options, seen = data.options, (*data.splits.training, *data.splits.validation)
    corpora = sorted({utterance.corpus for utterance in seen})
    training = {
        "speakers": sorted(speakers_of(seen)),
        "corpora": corpora,
        "licenses": {corpus: license_of(corpus) for corpus in corpora},
        "n_clips": len(seen),
        "learned": learned_of(seen),
        "data_hash": data_hash(seen),
        "code_version": code_version(),
        "options": {
            **asdict(options),
            "sizes": dict(options.sizes),
            "recipe": dict(options.recipe),
        },
        "n_parameters": n_parameters,
    }
    config = architecture(options.architecture).config(**data.sizes)
    return BundleInfo(
        name=options.name,
        architecture=options.architecture,
        sizes=asdict(config),
        features=options.features,
        segments=options.segments,
        temperature=1.0,
        not_sure_below=0.0,
        scores={},
        training=training,
        labels=data.emotions,
    )
