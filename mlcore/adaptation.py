"""Fine-tune a bundle with some corrected clips, without forgetting what it knows.

Three things guard what was learned before. The champion's own answers are part of every target
(distillation), on the corrected clips and, where other clips are at hand, on those. The learning
rate is small and the epochs are few. At the end every weight goes only a part of the way from the
champion's to the new one.

References
----------
Li and Hoiem, "Learning without forgetting", ECCV 2016 (distillation on the new examples).
Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022 (weights in between).
"""

import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mlcore import bundles, cards
from mlcore.batches import Examples, judge_all
from mlcore.bundles import BundleInfo
from mlcore.calibration import posteriors_of
from mlcore.dataset import USERS, Utterance, data_hash, learned_of, license_of
from mlcore.encoding import encoded_source
from mlcore.errors import DatasetError
from mlcore.examples import labelled
from mlcore.feature_cache import FeatureSource, FeatureTable, load_features
from mlcore.fitting import EpochLog, Fitting, fit
from mlcore.hashing import bytes_sha256, code_version
from mlcore.metrics import Floats
from mlcore.networks import Member, Recipe, members
from mlcore.options import Places, Progress
from mlcore.splits import speakers_of
from mlcore.training import TrainingReport

RECIPE = Recipe(
    epochs=20,
    batch_size=64,
    learning_rate=1e-4,
    patience=20,
    n_copies=2,
    mixup=0.3,
    weight_decay=1e-2,
)


@dataclass(frozen=True)
class FineTuning:
    """How a bundle is fine-tuned.

    Parameters
    ----------
    name : str
        Of the new bundle.
    seed : int
    recipe : Recipe
        Of every member of the network.
    distillation : float
        What the champion's own answer counts in the target of a corrected clip, of 1.
    step : float
        How far the weights go from the champion's to the new ones, of 1.
    """

    name: str = "fine-tuned"
    seed: int = 1
    recipe: Recipe = RECIPE
    distillation: float = 0.3
    step: float = 0.7


@dataclass(frozen=True)
class Lesson:
    """What is to be learned, and what must not be forgotten.

    Parameters
    ----------
    corrected : tuple of Utterance
        What people said of clips.
    rehearsal : tuple of Utterance
        Other clips, of which only the champion's answers are learned.
    """

    corrected: tuple[Utterance, ...]
    rehearsal: tuple[Utterance, ...] = ()

    @property
    def utterances(self) -> tuple[Utterance, ...]:
        """Return the corrected ones, then the others."""
        return (*self.corrected, *self.rehearsal)


@dataclass(frozen=True)
class _Data:
    """The clips, the champion and where things are."""

    champion: BundleInfo
    lesson: Lesson
    places: Places
    options: FineTuning
    progress: Progress

    def table(self, encoder: Any = None, copy: int = 0) -> FeatureTable:
        source = FeatureSource(
            features=self.champion.features,
            segments=self.champion.segments,
            folder=self.places.data,
            cache=self.places.cache / "features",
            copy=copy,
        )
        source = source if encoder is None else encoded_source(source, encoder)
        self.progress.on_clips(len(self.lesson.utterances))
        return load_features(source, self.lesson.utterances, self.progress.on_clip)


def fine_tune(
    champion: Path,
    lesson: Lesson,
    places: Places,
    options: FineTuning | None = None,
    progress: Progress | None = None,
) -> TrainingReport:
    """Fit all members of a bundle's network a little further and write the result as a bundle.

    Temperature and "not sure" threshold stay the champion's: its answers are a part of what is
    learned, so confidence keeps its meaning, and a few corrections are too few to measure it.

    Parameters
    ----------
    champion : Path
        The bundle to begin with.
    lesson : Lesson
        Corrected clips with emotions that the champion doesn't know are left out.
    places : Places
    options : FineTuning, optional
    progress : Progress, optional

    Returns
    -------
    TrainingReport
        Its data hash covers the champion, the clips and what was said of them.

    Raises
    ------
    DatasetError
        ``dataset:user:no-rows`` when no corrected clip has an emotion that the champion knows.
    BundleError, TrainingError
    """
    started = time.monotonic()
    info = bundles.read_info(champion)
    options = options or FineTuning()
    known = tuple(u for u in lesson.corrected if _is_known(u, info.labels))
    if not known:
        raise DatasetError("dataset:user:no-rows", {"what": ", ".join(info.labels)})
    lesson = replace(lesson, corrected=known)
    data = _Data(info, lesson, places, options, progress or Progress())
    network = bundles.build_keras(champion, info)
    logs = _fit_members(network, data)
    # a fresh network: the fitted one carries its optimizers' state along
    finished = bundles.build_keras(champion, info)
    finished.set_weights(network.get_weights())
    bundles.write(finished, _new_info(data), places.output, card=cards.model_card)
    return TrainingReport(
        folder=places.output,
        info=bundles.read_info(places.output),
        reports={},
        epochs=logs,
        seconds=time.monotonic() - started,
        n_parameters=sum(int(np.prod(v.shape)) for v in network.trainable_variables),
    )


def _is_known(utterance: Utterance, labels: tuple[str, ...]) -> bool:
    return all(emotion in labels for emotion in utterance.shares or [utterance.emotion])


def _fit_members(network: Any, data: _Data) -> list[EpochLog]:
    """Fit each member to the targets that all of them share."""
    answers = _answers(network, data)
    tables: dict[bool, list[FeatureTable]] = {}
    logs: list[EpochLog] = []
    found = members(data.champion.architecture, data.champion.sizes, network)
    for number, member in enumerate(found):
        if member.is_discriminant:  # a few clips say nothing of how features go together
            continue
        hears_encoder = member.hears_encoder
        if hears_encoder not in tables:
            encoder = network.get_layer("encoder") if hears_encoder else None
            copies = range(1 + data.options.recipe.n_copies)
            tables = {hears_encoder: [data.table(encoder, copy) for copy in copies]}
        examples = _examples(tables[hears_encoder], answers, data)
        logs += _fit_member(member, number, examples, data)
    return logs


def _answers(network: Any, data: _Data) -> Floats:
    """Return what the champion says of every segment (n_segments, n_emotions)."""
    logits = judge_all(network, [(array,) for array in data.table().arrays])
    return posteriors_of(logits.astype(np.float64), temperature=1.0)


def _examples(tables: list[FeatureTable], answers: Floats, data: _Data) -> Examples:
    examples = labelled(tables, data.lesson.utterances, data.champion.labels, {})
    is_corrected = tables[0].owners < len(data.lesson.corrected)
    share = np.where(is_corrected, data.options.distillation, 1.0)[:, np.newaxis]
    assert examples.shares is not None
    return replace(examples, shares=(1.0 - share) * examples.shares + share * answers)


def _fit_member(member: Member, number: int, examples: Examples, data: _Data) -> list[EpochLog]:
    """Fit one member, then go only a part of the way to where that led."""
    before = member.network.get_weights()
    key = bytes_sha256(f"{number} {_data_hash(data)}".encode())[:32]
    fitting = Fitting(
        recipe=data.options.recipe,
        n_emotions=len(data.champion.labels),
        seed=data.options.seed,
        member=number,
        name=f"{member.kind} {number}",
        folder=data.places.cache / "checkpoints" / f"fine-tuned-{key}",
        key=key,
        on_epoch=data.progress.on_epoch,
    )
    logs = fit(member.network, examples, None, fitting)
    step, after = data.options.step, member.network.get_weights()
    weights = [(1.0 - step) * old + step * new for old, new in zip(before, after, strict=True)]
    member.network.set_weights(weights)
    return logs


def _data_hash(data: _Data) -> str:
    parts = [
        data.champion.sha256,
        data_hash(data.lesson.corrected),
        data_hash(data.lesson.rehearsal),
    ]
    parts.append(json.dumps(asdict(data.options), sort_keys=True))
    return bytes_sha256("".join(parts).encode())


def _new_info(data: _Data) -> BundleInfo:
    """What the champion learned from belongs to what this one learned from, and counts once."""
    old, heard_before = data.champion.training, data.champion.training_speakers
    corpora = {utterance.corpus for utterance in data.lesson.utterances}
    others = [u for u in data.lesson.utterances if u.corpus != USERS]
    learned_before = data.champion.learned
    learned = learned_before.union(learned_of(data.lesson.utterances))
    n_new_others = sum(u.speaker not in heard_before for u in others)
    licenses = {corpus: license_of(corpus) for corpus in sorted(corpora)}
    training = {
        **old,
        "speakers": sorted({*old["speakers"], *speakers_of(data.lesson.utterances)}),
        "corpora": sorted({*old.get("corpora", ()), *corpora}),
        "licenses": {**old["licenses"], **licenses},
        "n_clips": old["n_clips"] + len(learned - learned_before) + n_new_others,
        "learned": sorted(learned),
        "n_corrected": len(data.lesson.corrected),
        "data_hash": _data_hash(data),
        "code_version": code_version(),
        "parent": data.champion.sha256,
        "options": asdict(data.options),
    }
    return replace(
        data.champion, name=data.options.name, scores={}, training=training, files={}, sha256=""
    )
