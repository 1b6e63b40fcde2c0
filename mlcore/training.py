"""Train a network on utterances and write it as a bundle.

Training speakers are dealt to parts. One part is kept for calibration: temperature and "not sure"
threshold come from what the whole network says of these strangers. Of the other parts, every head
leaves one out, whose people decide when it stops. Test folds are scored once, at the end.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from mlcore import bundles, cards
from mlcore.bundles import BundleInfo
from mlcore.calibration import fit_temperature, not_sure_below, posteriors_of
from mlcore.dataset import CORPUS_LICENSES, Utterance, data_hash, select
from mlcore.encoding import Encoded, Encoder, OnClip, encode, join
from mlcore.errors import TrainingError
from mlcore.evaluation import EvaluationReport, report
from mlcore.features import FeatureConfig, Features
from mlcore.labels import EMOTIONS
from mlcore.metrics import Floats, Labels, uar
from mlcore.networks import NetworkConfig, build
from mlcore.networks.voice_transfer import fit_scaler
from mlcore.segments import SegmentConfig
from mlcore.splits import check_unseen, deal_speakers, speakers_of

Split = tuple[Utterance, ...]
Splits = tuple[Split, Split, Split]  # to train on, to calibrate with, to test on


@dataclass(frozen=True)
class TrainingOptions:
    """What to train and how.

    Parameters
    ----------
    name : str
        Of the bundle.
    corpora : tuple of str
        Empty for all.
    folds : tuple of int
        For training and validation; empty for all.
    test_folds : tuple of int
        Scored once at the end; empty for none.
    epochs, batch_size : int
    learning_rate : float
        The highest one; it rises in the first tenth and falls as a cosine.
    n_parts : int
        Of the training speakers, one more for calibration; at most as many as there are heads.
    n_copies : int
        Augmented copies of every training clip.
    mixup : float
        Parameter of the beta distribution that two clips are mixed by; 0 for no mixing.
    label_smoothing, weight_decay : float
    seed : int
    """

    name: str = "research"
    architecture: str = "voice_transfer"
    corpora: tuple[str, ...] = ()
    folds: tuple[int, ...] = ()
    test_folds: tuple[int, ...] = ()
    epochs: int = 10
    batch_size: int = 512
    learning_rate: float = 2e-3
    n_parts: int = 5
    n_copies: int = 2
    mixup: float = 0.3
    label_smoothing: float = 0.05
    weight_decay: float = 1e-2
    seed: int = 1
    network: NetworkConfig = field(default_factory=NetworkConfig)
    features: FeatureConfig = field(default_factory=FeatureConfig)
    segments: SegmentConfig = field(default_factory=SegmentConfig)


@dataclass(frozen=True)
class Places:
    """Where things are.

    Parameters
    ----------
    data : Path
        Where the utterances' paths begin.
    output : Path
        The bundle's folder; an old bundle there is replaced only when all went well.
    cache : Path
        Folder for what can be used again by the next training.
    """

    data: Path
    output: Path
    cache: Path


@dataclass(frozen=True)
class EpochLog:
    """How far a head is."""

    head: int
    epoch: int
    loss: float
    validation_uar: float


@dataclass(frozen=True)
class Progress:
    """Whom to tell how far training is."""

    on_clips: Callable[[int], None] = lambda _: None  # so many utterances will be encoded
    on_clip: OnClip = lambda _: None
    on_epoch: Callable[[EpochLog], None] = lambda _: None


@dataclass(frozen=True)
class TrainingReport:
    """What came out of a training run."""

    folder: Path
    info: BundleInfo
    reports: dict[str, EvaluationReport]  # "validation" and, with test folds, "test"
    seconds: float
    epochs: list[EpochLog]


@dataclass(frozen=True)
class _Part:
    """Utterances of one part of the split with their statistics."""

    utterances: tuple[Utterance, ...]
    encoded: Encoded

    @property
    def labels(self) -> Labels:
        labels = np.array([utterance.label for utterance in self.utterances])
        return np.asarray(labels[self.encoded.owners])

    def parts(self, part_of: dict[str, int]) -> npt.NDArray[np.int64]:
        """Return the part of every row's speaker."""
        return np.array([part_of[u.speaker] for u in self.utterances])[self.encoded.owners]

    def rows(self, mask: npt.NDArray[np.bool_]) -> "_Part":
        """Keep some rows; owners still count in all utterances."""
        encoded = Encoded(self.encoded.statistics[mask], self.encoded.owners[mask])
        return _Part(self.utterances, encoded)

    @property
    def corpora(self) -> np.ndarray[Any, Any]:
        return np.array([u.corpus for u in self.utterances])[self.encoded.owners]


@dataclass(frozen=True)
class _Data:
    """Training clips without and with augmented copies, and what they never mix with."""

    fit: _Part
    with_copies: _Part
    calibration: _Part
    test: _Part | None


def train(
    options: TrainingOptions,
    utterances: Sequence[Utterance],
    places: Places,
    progress: Progress | None = None,
) -> TrainingReport:
    """Train, calibrate, test and write a bundle.

    Parameters
    ----------
    utterances : sequence of Utterance
        All that the manifest lists; the options choose among them.

    Raises
    ------
    DatasetError, TrainingError, BundleError
    """
    started, progress = time.monotonic(), progress or Progress()
    keras.utils.set_random_seed(options.seed)
    model = build(options.architecture, options.network)
    splits, parts = _split(options, utterances)
    data = _encode(model, options, places, splits, progress)
    logs = _fit(model, options, data, parts, progress)
    strangers = data.calibration
    logits = _logits(model, strangers)
    temperature = fit_temperature(logits, strangers.labels)
    threshold = not_sure_below(posteriors_of(logits, temperature=temperature), strangers.labels)
    reports = {"validation": _report(strangers, logits, temperature)}
    if data.test:
        reports["test"] = _report(data.test, _logits(model, data.test), temperature)
    info = _info(options, splits, reports)
    info = replace(info, temperature=temperature, not_sure_below=threshold)
    # a fresh network: the trained one carries its optimizers' state along
    finished = build(options.architecture, options.network)
    finished.set_weights(model.get_weights())
    bundles.write(finished, info, places.output, card=cards.model_card)
    seconds = time.monotonic() - started
    written = bundles.read_info(places.output)
    return TrainingReport(places.output, written, reports, seconds, logs)


def _encode(
    model: Any,
    options: TrainingOptions,
    places: Places,
    splits: Splits,
    progress: Progress,
) -> _Data:
    """Encode all; augmented copies are made of training clips and of nothing else."""
    fit, calibration, test = splits
    encoder = Encoder(
        model.get_layer("encoder"), options.features, options.segments, places.data, places.cache
    )
    progress.on_clips(sum(map(len, splits)) + options.n_copies * len(fit))
    rounds = [
        encode(replace(encoder, copy=number), fit, progress.on_clip)
        for number in range(1 + options.n_copies)
    ]
    return _Data(
        fit=_Part(fit, rounds[0]),
        with_copies=_Part(fit, join(rounds)),
        calibration=_Part(calibration, encode(encoder, calibration, progress.on_clip)),
        test=_Part(test, encode(encoder, test, progress.on_clip)) if test else None,
    )


def _split(
    options: TrainingOptions, utterances: Sequence[Utterance]
) -> tuple[Splits, dict[str, int]]:
    """Return utterances to train on, to calibrate with and to test on, and each speaker's part.

    No speaker is in two of the three.
    """
    chosen = select(utterances, corpora=options.corpora, folds=options.folds)
    n_parts = min(options.n_parts, options.network.n_heads)
    parts = deal_speakers(chosen, n_parts=n_parts + 1, seed=options.seed)
    fit = tuple(u for u in chosen if parts[u.speaker] < n_parts)
    calibration = tuple(u for u in chosen if parts[u.speaker] == n_parts)
    if not options.test_folds:
        return (fit, calibration, ()), parts
    test = select(utterances, corpora=options.corpora, folds=options.test_folds)
    check_unseen(test, speakers_of(chosen))
    return (fit, calibration, test), parts


def _fit(
    model: Any, options: TrainingOptions, data: _Data, parts: dict[str, int], progress: Progress
) -> list[EpochLog]:
    """Fit the scaler to all training clips and each head to all parts but one."""
    scaler = model.get_layer("scaler")
    fit_scaler(scaler, data.with_copies.encoded.statistics)
    n_parts = 1 + int(data.fit.parts(parts).max())
    logs: list[EpochLog] = []
    for number in range(options.network.n_heads):
        left_out = data.fit.rows(data.fit.parts(parts) == number % n_parts)
        kept = data.with_copies.rows(data.with_copies.parts(parts) != number % n_parts)
        scaled = [np.asarray(scaler(part.encoded.statistics)) for part in (kept, left_out)]
        for log in _fit_head(model, options, number, (kept, left_out), scaled):
            logs.append(log)
            progress.on_epoch(log)
    return logs


def _fit_head(
    model: Any,
    options: TrainingOptions,
    number: int,
    parts: tuple[_Part, _Part],
    scaled: Sequence[Features],
) -> Iterator[EpochLog]:
    """Train a head on the first part and keep the epoch that is best on the second."""
    head = model.get_layer(f"head_{number}")
    _compile(head, options, n_rows=len(scaled[0]))
    rng = np.random.default_rng([options.seed, number])
    best, best_uar = head.get_weights(), -1.0
    for epoch in range(1, options.epochs + 1):
        loss = _run_epoch(head, options, (scaled[0], parts[0]), rng)
        if not np.isfinite(loss):
            raise TrainingError("training:app:not-finite", {"loss": loss, "epoch": epoch})
        reached = _mean_uar(parts[1], head.predict_on_batch(scaled[1]))
        if reached > best_uar:
            best, best_uar = head.get_weights(), reached
        yield EpochLog(number, epoch, loss, reached)
    head.set_weights(best)


def _compile(head: Any, options: TrainingOptions, *, n_rows: int) -> None:
    n_steps = options.epochs * max(1, n_rows // options.batch_size)
    schedule = keras.optimizers.schedules.CosineDecay(
        options.learning_rate / 10,
        decay_steps=n_steps - n_steps // 10,
        warmup_target=options.learning_rate,
        warmup_steps=n_steps // 10,
    )
    loss = keras.losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=options.label_smoothing
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=options.weight_decay)
    head.compile(optimizer=optimizer, loss=loss)


def _run_epoch(
    head: Any, options: TrainingOptions, data: tuple[Features, _Part], rng: np.random.Generator
) -> float:
    """Run once over the training rows in random order; return the mean loss."""
    scaled, part = data
    targets = np.eye(len(EMOTIONS), dtype=np.float32)[part.labels]
    weights = _balance(part)
    order = rng.permutation(len(scaled))
    size = min(options.batch_size, len(order))
    losses = []
    for start in range(0, len(order) - size + 1, size):
        rows = order[start : start + size]
        others = rng.permutation(rows)
        share = _mixing_shares(options.mixup, len(rows), rng)
        batch, target, weight = (
            _mix(values[rows], values[others], share) for values in (scaled, targets, weights)
        )
        losses.append(float(head.train_on_batch(batch, target, sample_weight=weight)))
    return float(np.mean(losses))


def _mixing_shares(mixup: float, n_rows: int, rng: np.random.Generator) -> Features:
    if mixup <= 0:
        return np.ones(n_rows, np.float32)
    drawn = rng.beta(mixup, mixup, n_rows)
    return np.maximum(drawn, 1.0 - drawn).astype(np.float32)


def _mix(values: Features, others: Features, share: Features) -> Features:
    share = share.reshape(-1, *([1] * (values.ndim - 1)))
    return np.asarray(share * values + (1.0 - share) * others, dtype=np.float32)


def _balance(part: _Part) -> Features:
    """Weigh rows so that rare emotions of small corpora are heard: one over the root of the count.

    Weighing by one over the count would make a handful of clips as loud as a whole corpus.
    """
    keys = [f"{corpus} {label}" for corpus, label in zip(part.corpora, part.labels, strict=True)]
    _, group, counts = np.unique(keys, return_inverse=True, return_counts=True)
    weights = 1.0 / np.sqrt(counts[group])
    return np.asarray(weights / weights.mean(), dtype=np.float32)


def _mean_uar(part: _Part, logits: Features) -> float:
    """Average the corpora's UAR, so that a large corpus does not decide alone."""
    labels, predictions, corpora = part.labels, logits.argmax(axis=1), part.corpora
    found = [uar(labels[corpora == c], predictions[corpora == c]) for c in np.unique(corpora)]
    return float(np.mean(found))


def _logits(model: Any, part: _Part) -> Features:
    """Run scaler and heads on the statistics of every segment."""
    scaled = model.get_layer("scaler")(part.encoded.statistics)
    heads = [layer for layer in model.layers if layer.name.startswith("head_")]
    return np.asarray(sum(np.asarray(head(scaled, training=False)) for head in heads) / len(heads))


def _report(part: _Part, logits: Floats, temperature: float) -> EvaluationReport:
    """Score clips as serving does: by the mean of their segments' posteriors."""
    rows = posteriors_of(logits.astype(np.float64), temperature=temperature)
    posteriors = np.zeros((len(part.utterances), len(EMOTIONS)))
    np.add.at(posteriors, part.encoded.owners, rows)
    return report(part.utterances, posteriors / posteriors.sum(axis=1, keepdims=True))


def _info(
    options: TrainingOptions, splits: Splits, reports: dict[str, EvaluationReport]
) -> BundleInfo:
    seen = (*splits[0], *splits[1])
    corpora = sorted({utterance.corpus for utterance in seen})
    training = {
        "speakers": sorted(speakers_of(seen)),
        "corpora": corpora,
        "licenses": {corpus: CORPUS_LICENSES.get(corpus, "unknown") for corpus in corpora},
        "n_clips": len(seen),
        "data_hash": data_hash(seen),
        "options": {k: v for k, v in asdict(options).items() if not isinstance(v, dict)},
    }
    return BundleInfo(
        name=options.name,
        architecture=options.architecture,
        network=options.network.to_dict(),
        features=options.features,
        segments=options.segments,
        temperature=1.0,
        not_sure_below=0.0,
        scores={name: found.to_dict() for name, found in reports.items()},
        training=training,
    )
