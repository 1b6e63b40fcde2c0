"""A bundle's network as files for other programs, each measured beside the original."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mlcore import audio, bundles
from mlcore.bundles import BundleInfo, Network
from mlcore.dataset import Utterance, data_hash
from mlcore.errors import AudioError
from mlcore.evaluation import report as scores_of
from mlcore.features import Features, extract
from mlcore.hashing import bytes_sha256, read_checked
from mlcore.inference import Recognizer
from mlcore.labels import EMOTIONS
from mlcore.metrics import Floats

# "tflite" keeps its weights in 8 bits: the smallest and quickest; 16 bits lose nearly nothing.
Format = Literal["onnx", "tflite", "tflite_float16"]
FILES: dict[Format, str] = {
    "onnx": "model.onnx",
    "tflite": "model.tflite",
    "tflite_float16": "model.float16.tflite",
}
FORMATS: tuple[Format, ...] = tuple(FILES)
ORIGINAL = "keras"
REPORT = "export.json"

# How long the clips are that are timed, and what a phone's network hears at once unless it takes
# shorter clips as they are: its graph has no other length.
CLIP_S = 3.0
N_TIMED = 31

Progress = Callable[[Sequence[Utterance]], Iterable[Utterance]]


@dataclass(frozen=True)
class FormatScores:
    """How one format does beside the original.

    Parameters
    ----------
    n_bytes : int
        Of the file.
    latency_ms : float
        Median time of the network alone for a clip of `CLIP_S`, on one thread.
    uar : float or None
        None where every speaker was trained on: then a score would be worth nothing.
    agreement : float or None
        Share of the clips that get the original's emotion; None without clips.
    largest_difference : float or None
        Between posteriors of this format and of the original.
    """

    n_bytes: int
    latency_ms: float
    uar: float | None = None
    agreement: float | None = None
    largest_difference: float | None = None


@dataclass(frozen=True)
class ExportReport:
    """What was written and how good it is.

    Parameters
    ----------
    model : dict
        Name and sha256 of the bundle.
    input_shape : tuple of int
        Of one clip in the TFLite file. A longer segment is cut to its middle.
    padding_db : float or None
        What the frames after the end of a shorter segment are filled with; where it is None, the
        segment is repeated until it fills the shape, which moves the answer.
    files : dict of str to str
        sha256 by file name.
    n_clips : int
    agreement_only : bool
        All speakers were trained on.
    data_hash : str
    formats : dict of str to FormatScores
        The original first.
    """

    model: dict[str, str]
    input_shape: tuple[int, ...]
    padding_db: float | None
    files: dict[str, str]
    n_clips: int
    agreement_only: bool
    data_hash: str
    formats: dict[str, FormatScores]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data for JSON."""
        return asdict(self)


def convert(folder: Path, output: Path, formats: Sequence[Format] = FORMATS) -> dict[Format, Path]:
    """Write a bundle's network in other formats.

    Parameters
    ----------
    folder : Path
        The bundle.
    output : Path
        A folder, made if it is not there.
    formats : sequence of {"onnx", "tflite", "tflite_float16"}

    Returns
    -------
    dict of str to Path
        The file of each format.

    Raises
    ------
    BundleError
        When the bundle is damaged or its network can't be converted.
    """
    info = bundles.read_info(folder)
    contents = {name: _converted(folder, info, name) for name in formats}
    output.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (output / FILES[name]).write_bytes(content)
    return {name: output / FILES[name] for name in formats}


def _converted(folder: Path, info: BundleInfo, name: Format) -> bytes:
    if name == "onnx":
        return read_checked(folder / bundles.ONNX, info.files[bundles.ONNX])
    from mlcore.networks.tflite import to_tflite
    from mlcore.networks.voice_transfer import Config, padded

    model, shape = bundles.build_keras(folder, info), phone_shape(info)
    if padding_of(info) is not None:
        model = padded(model, Config(**info.sizes), shape[0])
    return to_tflite(model, shape, float16=name == "tflite_float16")


def padding_of(info: BundleInfo) -> float | None:
    """Return what ends a clip for the TFLite file, if that takes clips of several lengths."""
    from mlcore.networks.voice_transfer import PADDING_DB

    is_ours = info.architecture == "voice_transfer"
    return PADDING_DB if is_ours and not info.sizes.get("n_branches") else None


def phone_shape(info: BundleInfo) -> tuple[int, ...]:
    """Return the features' shape of the longest clip that the TFLite file is made for."""
    whole_s = max(CLIP_S, info.segments.whole_s)
    return _noise_features(info, CLIP_S if padding_of(info) is None else whole_s).shape


def _noise_features(info: BundleInfo, duration_s: float) -> Features:
    n_samples = round(duration_s * info.features.sample_rate)
    noise = np.random.default_rng(0).standard_normal(n_samples).astype(np.float32)
    return extract(noise, info.features)


def fit_length(features: Features, n_frames: int, padding_db: float | None = None) -> Features:
    """Cut features to their middle or fill them up until they are as long as the network is.

    Parameters
    ----------
    features : numpy.ndarray, shape (n_frames, n_features)
    n_frames : int
    padding_db : float, optional
        Where nothing ends a clip, it is repeated: that changes statistics over time less than
        silence would.

    Returns
    -------
    numpy.ndarray, shape (n_frames, n_features)
    """
    start = max(0, (len(features) - n_frames) // 2)
    if padding_db is None:
        return np.take(features, np.arange(start, start + n_frames), axis=0, mode="wrap")
    kept = features[start : start + n_frames]
    after = [(0, n_frames - len(kept)), (0, 0)]
    return np.pad(kept, after, constant_values=padding_db)


def open_phone_network(path: Path, info: BundleInfo) -> Network:
    """Open a TFLite file as a network that takes batches of any length."""
    from mlcore.networks.tflite import open_tflite

    judge = open_tflite(path)
    shape, padding = phone_shape(info), padding_of(info)

    def fit(clip: Features) -> Features:
        return clip if len(shape) == 1 else fit_length(clip, shape[0], padding)

    def judge_all(batch: Features) -> Features:
        return np.stack([judge(fit(clip)) for clip in batch])

    return judge_all


def measure(
    folder: Path,
    files: dict[Format, Path],
    utterances: Sequence[Utterance],
    data: Path,
    progress: Progress = iter,
) -> ExportReport:
    """Compare the written files with the original on the same clips.

    Parameters
    ----------
    folder : Path
        The bundle.
    files : dict of str to Path
        What `convert` returned.
    utterances : sequence of Utterance
        May be empty: then only size and time are measured. Speakers who were trained on are left
        out, unless there are no others.
    data : Path
        Where the utterances' paths begin.
    progress : callable, optional
        Wraps the utterances, to show how far it is.
    """
    info = bundles.read_info(folder)
    heard = info.training_speakers
    unseen = [utterance for utterance in utterances if utterance.speaker not in heard]
    clips = unseen or list(utterances)
    networks = _open_all(folder, info, files)
    posteriors = _judge_all(info, networks, progress(clips), data)
    paths: dict[str, Path] = {ORIGINAL: folder / bundles.WEIGHTS}
    paths |= {str(name): path for name, path in files.items()}
    formats = {
        name: FormatScores(
            n_bytes=paths[name].stat().st_size,
            latency_ms=_median_ms(network, info),
            **_scores(posteriors[name], posteriors[ORIGINAL], clips, scored=bool(unseen)),
        )
        for name, network in networks.items()
    }
    return ExportReport(
        model={"name": info.name, "sha256": info.sha256},
        input_shape=phone_shape(info),
        padding_db=padding_of(info),
        files={path.name: bytes_sha256(path.read_bytes()) for path in files.values()},
        n_clips=len(clips),
        agreement_only=not unseen,
        data_hash=data_hash(clips),
        formats=formats,
    )


def _open_all(folder: Path, info: BundleInfo, files: dict[Format, Path]) -> dict[str, Network]:
    model = bundles.build_keras(folder, info)
    # compiled once; called as it is, it would take a hundred times as long
    networks: dict[str, Network] = {
        ORIGINAL: lambda batch: np.asarray(model.predict_on_batch(batch))
    }
    for name, path in files.items():
        networks[name] = (
            bundles.open_onnx(path.parent, info)
            if name == "onnx"
            else open_phone_network(path, info)
        )
    return networks


def _judge_all(
    info: BundleInfo, networks: dict[str, Network], clips: Iterable[Utterance], data: Path
) -> dict[str, Floats]:
    """Send each clip, decoded once, through all networks; a refused one gets a row of NaN."""
    recognizers = {name: Recognizer(info, network) for name, network in networks.items()}
    rows: dict[str, list[list[float]]] = {name: [] for name in networks}
    refused = [float("nan")] * len(EMOTIONS)
    for clip in clips:
        try:
            waveform = audio.load(data / clip.path, sample_rate=info.features.sample_rate)
            found = {n: r.judge(waveform).posteriors for n, r in recognizers.items()}
        except AudioError:
            found = {}
        for name in networks:
            rows[name].append([found[name][e] for e in EMOTIONS] if found else refused)
    return {name: np.array(row).reshape(-1, len(EMOTIONS)) for name, row in rows.items()}


def _scores(
    posteriors: Floats, original: Floats, clips: Sequence[Utterance], *, scored: bool
) -> dict[str, float | None]:
    judged = np.isfinite(original).all(axis=1)
    if not judged.any():
        return {}
    same = posteriors[judged].argmax(axis=1) == original[judged].argmax(axis=1)
    return {
        "uar": scores_of(clips, posteriors).overall.uar if scored else None,
        "agreement": float(same.mean()),
        "largest_difference": float(np.abs(posteriors[judged] - original[judged]).max()),
    }


def _median_ms(network: Network, info: BundleInfo) -> float:
    batch = _noise_features(info, CLIP_S)[np.newaxis]
    times = []
    for _ in range(N_TIMED):
        started = time.perf_counter()
        network(batch)
        times.append(time.perf_counter() - started)
    return float(np.median(times)) * 1000
