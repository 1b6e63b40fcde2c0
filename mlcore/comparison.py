"""Judge architectures under named protocols, cell by cell, so that the table can grow.

A cell is one training and what it said of the clips that it was not trained on. It is kept as a
JSON file with its figures and an .npz file with its posteriors; a cell whose data have not changed
is not run again.
"""

import json
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from mlcore import audio, bundles
from mlcore.augment import augment
from mlcore.bundles import BundleInfo
from mlcore.cards import model_card
from mlcore.dataset import Utterance, data_hash
from mlcore.files import replacing, write_text
from mlcore.hashing import bytes_sha256, code_version
from mlcore.inference import Recognizer
from mlcore.judging import judge_all
from mlcore.labels import EMOTIONS
from mlcore.metrics import Floats, score
from mlcore.networks import architecture, build
from mlcore.options import Places, Progress, TrainingOptions
from mlcore.splits import leave_one_corpus_out, random_split
from mlcore.training import Splits, TrainingReport, hold_out, train_on

TEST_SHARE = 0.2  # of a random split
VALIDATION_SHARE = 0.125
N_COPIES = 3  # of every clip, where copies are split
SPEEDS = "speeds.json"
N_TIMES = 30
# What every cell's JSON file says; one that does not is damaged.
CELL_KEYS = {"architecture", "protocol", "part", "seed", "data_hash", "trained_with"}
CELL_KEYS |= {"temperature", "scores"}


@dataclass(frozen=True)
class Cell:
    """One training of the table.

    Parameters
    ----------
    options : TrainingOptions
        Architecture, corpora, seed; folds are set by the protocol.
    protocol : str
        A key of `protocols.PROTOCOLS`.
    part : str
        The fold or the corpus that is tested; empty for a random split.
    """

    options: TrainingOptions
    protocol: str
    part: str = ""

    @property
    def name(self) -> str:
        """Return where the cell lies below the folder of results, without ending."""
        corpora = "+".join(self.options.corpora) or "all"
        part = f"-{self.part}" if self.part else ""
        return f"{corpora}/{self.options.architecture}/{self.protocol}{part}-{self.options.seed}"


def run_cell(
    cell: Cell,
    utterances: Sequence[Utterance],
    places: Places,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Train a cell's network, judge its test clips and keep both; `places.output` is for results.

    Returns
    -------
    dict
        What the JSON file holds.
    """
    source_hash = data_hash(utterances)
    with tempfile.TemporaryDirectory() as scratch:
        if cell.protocol == "augmented_before_split":
            utterances = write_copies(utterances, places.data, Path(scratch) / "copies")
            places = replace(places, data=Path(scratch) / "copies")
        splits = split_cell(cell, utterances)
        bundle = Path(scratch) / "bundle"
        training = train_on(
            cell.options, replace(splits, test=()), replace(places, output=bundle), progress
        )
        recognizer = Recognizer.load(bundle)
        judged = judge_all(recognizer.recognize_many, splits.test, places.data)
        posteriors = judged.posteriors
    content = _content(cell, splits, training, posteriors) | {
        "source_hash": source_hash,
        "corpora": sorted({u.corpus for u in utterances}),
    }
    _write(places.output / cell.name, content, posteriors, splits.test)
    return content


def _content(
    cell: Cell, splits: Splits, training: TrainingReport, posteriors: Floats
) -> dict[str, Any]:
    return {
        "architecture": cell.options.architecture,
        "protocol": cell.protocol,
        "part": cell.part,
        "seed": cell.options.seed,
        "data_hash": cell_hash(splits),
        "trained_with": trained_with(cell.options),
        "code_version": code_version(),
        "n_training_clips": len(splits.training),
        "n_test_clips": len(splits.test),
        "n_parameters": training.n_parameters,
        "temperature": training.info.temperature,
        "scores": _figures(splits.test, posteriors),
        "by_corpus": {
            corpus: _figures(*_only(corpus, splits.test, posteriors))
            for corpus in sorted({u.corpus for u in splits.test})
        },
        "epochs": [asdict(log) for log in training.epochs],
        "seconds": round(training.seconds, 1),
    }


def write_copies(
    utterances: Sequence[Utterance], data: Path, folder: Path
) -> tuple[Utterance, ...]:
    """Write every clip and augmented copies of it as clips of their own.

    Only to reproduce claims that were made by splitting such copies at random: a copy of what is
    tested is then in training.

    Parameters
    ----------
    utterances : sequence of Utterance
    data, folder : Path
        Where the utterances' paths begin, and where those of the copies will.

    Returns
    -------
    tuple of Utterance
        Of the copies, without hash.
    """
    copies = []
    for utterance in utterances:
        waveform = audio.load(data / utterance.path, sample_rate=audio.SAMPLE_RATE)
        for number in range(1 + N_COPIES):
            seed = int(bytes_sha256(f"{number} {utterance.path}".encode())[:16], 16)
            path = f"{utterance.path}-{number}.flac"
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            changed = augment(waveform, seed) if number else waveform
            soundfile.write(folder / path, np.clip(changed, -1.0, 1.0), audio.SAMPLE_RATE)
            copies.append(replace(utterance, path=path, sha256=""))
    return tuple(copies)


def is_done(cell: Cell, utterances: Sequence[Utterance], folder: Path) -> bool:
    """Tell whether a cell was run on exactly these data with these sizes and this recipe."""
    path = (folder / cell.name).with_suffix(".json")
    try:
        found = read_cell(path)
    except (OSError, ValueError):  # not there, or damaged: it is run again
        return False
    if not path.with_suffix(".npz").exists():
        return False
    # by way of JSON, which knows no tuples
    if found["trained_with"] != json.loads(json.dumps(trained_with(cell.options))):
        return False
    if cell.protocol == "augmented_before_split":
        return bool(found["source_hash"] == data_hash(utterances))
    return bool(found["data_hash"] == cell_hash(split_cell(cell, utterances)))


def trained_with(options: TrainingOptions) -> dict[str, Any]:
    """Return what tells two trainings on the same clips apart: sizes, recipe, who validates."""
    found = architecture(options.architecture)
    return {
        "sizes": asdict(found.config(**options.sizes)),
        "recipe": {**asdict(found.recipe), **options.recipe},
        "n_parts": options.n_parts,
    }


def read_cell(path: Path) -> dict[str, Any]:
    """Read what is kept of a cell.

    Raises
    ------
    ValueError
        When the file is damaged; the sentence names it.
    """
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if missing := CELL_KEYS - found.keys():
            raise ValueError(f"it lacks {', '.join(sorted(missing))}")
    except (ValueError, AttributeError) as error:
        raise ValueError(f"{path} is damaged ({error}): compare --resume runs it again") from error
    return found


def parts_of(
    protocol: str, utterances: Sequence[Utterance], folds: Sequence[int] = ()
) -> tuple[str, ...]:
    """Return what a protocol tests one after the other: folds, corpora, or one random share.

    Raises
    ------
    ValueError
        When there is no protocol of that name.
    """
    if protocol == "speaker_independent":
        return tuple(
            str(f) for f in folds or sorted({u.fold for u in utterances if u.fold is not None})
        )
    if protocol == "leave_one_corpus_out":
        return tuple(sorted({u.corpus for u in utterances}))
    if protocol in ("random_split", "augmented_before_split"):
        return ("",)
    raise ValueError(f"no protocol {protocol!r}")


def split_cell(cell: Cell, utterances: Sequence[Utterance]) -> Splits:
    """Split the utterances as the protocol says."""
    options = cell.options
    chosen = tuple(u for u in utterances if not options.corpora or u.corpus in options.corpora)
    if cell.protocol == "speaker_independent":
        fold = int(cell.part)
        training = tuple(u for u in chosen if u.fold != fold)
        return hold_out(options, Splits(training, (), tuple(u for u in chosen if u.fold == fold)))
    if cell.protocol == "leave_one_corpus_out":
        training, test = leave_one_corpus_out(chosen, cell.part)
        return hold_out(options, Splits(training, (), test))
    training, test = random_split(chosen, test_share=TEST_SHARE, seed=options.seed)
    if not options.n_parts:
        return Splits(training, (), test)
    training, validation = random_split(training, test_share=VALIDATION_SHARE, seed=options.seed)
    return Splits(training, validation, test)


def cell_hash(splits: Splits) -> str:
    """Return a hash over who is trained on, validated with and tested on."""
    parts = (splits.training, splits.validation, splits.test)
    return bytes_sha256("".join(data_hash(part) for part in parts).encode())


def _figures(utterances: Sequence[Utterance], posteriors: Floats) -> dict[str, float]:
    labels = np.array([utterance.label for utterance in utterances])
    found = score(labels, posteriors)
    names = ("uar", "accuracy", "macro_f1", "ece")
    return {name: round(getattr(found, name), 4) for name in names}


def _only(
    corpus: str, utterances: Sequence[Utterance], posteriors: Floats
) -> tuple[list[Utterance], Floats]:
    rows = [row for row, utterance in enumerate(utterances) if utterance.corpus == corpus]
    return [utterances[row] for row in rows], posteriors[rows]


def _write(
    path: Path, content: dict[str, Any], posteriors: Floats, utterances: Sequence[Utterance]
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = np.array([utterance.path for utterance in utterances])
    order = np.argsort(names)
    rows = posteriors[order].astype(np.float16)
    figures = path.with_suffix(".json")
    with replacing(path.with_suffix(".npz")) as scratch:
        with scratch.open("wb") as file:
            np.savez_compressed(file, posteriors=rows, paths=names[order])
        # an earlier run's figures never stand beside this one's posteriors
        figures.unlink(missing_ok=True)
    write_text(figures, json.dumps(content, indent=2) + "\n")


def read_posteriors(path: Path, utterances: Sequence[Utterance]) -> tuple[list[Utterance], Floats]:
    """Return a cell's test utterances and what its network said of them.

    Parameters
    ----------
    path : Path
        Of the cell's JSON or .npz file.
    utterances : sequence of Utterance
        All of the manifest.
    """
    with np.load(path.with_suffix(".npz"), allow_pickle=False) as arrays:
        posteriors, paths = arrays["posteriors"].astype(np.float64), arrays["paths"]
    by_path = {utterance.path: utterance for utterance in utterances}
    # a copy of `write_copies` stands for the clip that it was made of
    found = [by_path.get(str(path)) or by_path[str(path).rpartition("-")[0]] for path in paths]
    return found, posteriors


def measure_speed(name: str, clip: Path) -> dict[str, float]:
    """Export an untrained network of an architecture and time the whole recognition of a clip.

    Returns
    -------
    dict
        n_parameters, onnx_bytes and p50_ms.
    """
    found = architecture(name)
    network = build(name, {}, found.features, n_emotions=len(EMOTIONS))
    info = BundleInfo(
        name=name,
        architecture=name,
        sizes={},
        features=found.features,
        segments=found.segments,
        temperature=1.0,
        not_sure_below=0.0,
        scores={},
        training={
            "speakers": ["nobody"],
            "corpora": [],
            "licenses": {"nothing": "untrained"},
            "n_clips": 0,
        },
    )
    with tempfile.TemporaryDirectory() as scratch:
        bundle = bundles.write(network, info, Path(scratch) / "bundle", card=model_card)
        recognizer = Recognizer.load(bundle)
        recognizer.warm_up()
        seconds = []
        for _ in range(N_TIMES):
            started = time.perf_counter()
            recognizer.recognize(clip)
            seconds.append(time.perf_counter() - started)
        n_bytes = (bundle / bundles.ONNX).stat().st_size
    n_parameters = sum(int(np.prod(v.shape)) for v in network.variables)
    return {
        "n_parameters": n_parameters,
        "onnx_bytes": n_bytes,
        "p50_ms": round(1e3 * float(np.median(seconds)), 2),
    }
