"""What a training learns from and what judges it: settled clips, and corpora if any are named."""

import logging
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings

from mlcore import audio
from mlcore.dataset import Utterance, data_hash, read_manifest
from mlcore.errors import AudioError
from mlcore.hashing import bytes_sha256
from recognition.errors import RetrainError
from recognition.models import TrainingRun, WorkState
from recognition.selectors.training import gold_examples, still_allowed, training_examples

logger = logging.getLogger(__name__)

GOLD_FOLD = 0  # of imported corpora: never trained on

Split = tuple[Utterance, ...]


@dataclass(frozen=True)
class Material:
    """No speaker is on both sides, and all files of people's clips can be read."""

    settled: Split
    corpora: Split
    gold: Split
    n_unreadable: int = 0

    @property
    def examples(self) -> Split:
        return (*self.settled, *self.corpora)

    @property
    def data_hash(self) -> str:
        """Of all that is learned from."""
        return bytes_sha256((data_hash(self.settled) + data_hash(self.corpora)).encode())

    def to_dict(self) -> dict[str, object]:
        return {
            "n_clips": len(self.settled),
            "n_speakers": len({u.speaker for u in self.settled}),
            "n_unreadable": self.n_unreadable,
            "n_corpus_clips": len(self.corpora),
            "emotions": dict(sorted(Counter(u.emotion for u in self.settled).items())),
            "n_gold_clips": len(self.gold),
            "n_gold_speakers": len({u.speaker for u in self.gold}),
            "gold_hash": data_hash(self.gold),
        }


def gather(
    run: TrainingRun, heard_before: frozenset[str], learned_before: frozenset[str] = frozenset()
) -> Material:
    """Gold are people whom the serving model has not heard either, nor their recordings.

    Raises RetrainError where nothing can be learned, DatasetError where the corpora can't be read.
    """
    corpora = read_corpora(str(run.options["corpora"]))
    gold = tuple(u for u in corpora if u.fold == GOLD_FOLD)
    set_aside = {u.speaker for u in gold}
    found = (training_examples(), gold_examples())
    settled, judging = (tuple(filter(is_readable, split)) for split in found)
    material = Material(
        settled=settled,
        corpora=tuple(u for u in corpora if u.speaker not in set_aside),
        gold=unlearned(
            (*judging, *(u for u in gold if u.speaker not in heard_before)), learned_before
        ),
        n_unreadable=sum(map(len, found)) - len(settled) - len(judging),
    )
    check_variety(material, n_settled=len(found[0]))
    return material


def unlearned(gold: Split, learned: frozenset[str]) -> Split:
    """A recording that a model learned from somebody else's clip doesn't judge it."""
    return tuple(u for u in gold if (u.sha256 or u.path) not in learned)


def is_readable(utterance: Utterance) -> bool:
    """One damaged file among thousands would else end every training from now on."""
    try:
        audio.load(Path(settings.MEDIA_ROOT) / utterance.path)
    except AudioError as error:
        logger.warning("The clip %s can't be learned from: %s", utterance.path, error.code)
        return False
    return True


def read_corpora(folder: str) -> Split:
    """Their paths become absolute: users' clips lie elsewhere."""
    if not folder:
        return ()
    root = Path(folder).resolve()
    root = root.parent if root.is_file() else root
    return tuple(replace(u, path=str(root / u.path)) for u in read_manifest(Path(folder)))


def check_variety(material: Material, *, n_settled: int) -> None:
    """One voice or one emotion alone teaches nothing that holds for others."""
    settled = material.settled
    if n_settled and not settled:
        raise RetrainError("retrain:app:unreadable", {"n_clips": n_settled})
    if not settled:
        raise RetrainError("retrain:user:no-examples")
    if len({u.speaker for u in material.examples}) == 1:
        raise RetrainError("retrain:user:one-speaker", {"n_clips": len(settled)})
    if len({u.emotion for u in material.examples}) == 1:
        found = settled[0].emotion
        raise RetrainError("retrain:user:one-emotion", {"n_clips": len(settled), "emotion": found})


def trained_alike(run: TrainingRun, data_hash: str) -> TrainingRun | None:
    """If the last training of the same kind that ended well learned from exactly this.

    The one that made a candidate of it where there is one.
    """
    if run.options.get("again"):
        return None
    same_kind = TrainingRun.objects.filter(
        state=WorkState.DONE, options__from_champion=run.options["from_champion"], seed=run.seed
    )
    last = same_kind.first()
    if last is None or last.data_hash != data_hash:
        return None
    return same_kind.filter(data_hash=data_hash, challenger__isnull=False).first() or last


def check_not_withdrawn(material: Material) -> None:
    """Raises RetrainError when a person withdrew consent, clip or account since it was gathered."""
    paths = {u.path for u in material.settled}
    if n_gone := len(paths - still_allowed(paths)):
        raise RetrainError("retrain:user:withdrawn", {"n_clips": n_gone})
