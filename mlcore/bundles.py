"""A trained model as files: weights, ONNX export, bundle.json, model card.

bundle.json says what the network is made of and holds the hashes of the other files and a digest
of itself. It is read and checked before anything else is opened; nothing in a bundle is ever
unpickled or executed. A bundle is written to a temporary folder and renamed, so that a half-written
one never exists; what a killed writer left is put right by whoever comes next.
"""

import json
import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mlcore.errors import BundleError
from mlcore.features import FeatureConfig, Features, extract
from mlcore.hashing import bytes_sha256, read_checked
from mlcore.labels import EMOTIONS
from mlcore.segments import SegmentConfig
from mlcore.sessions import open_session

FORMAT_VERSION = 2  # 2: any architecture, any features, some of the emotions
PRETRAINED = Path(__file__).parent / "pretrained"
# The default: all corpora, not for commercial use. The other one: free corpora only, six emotions.
SHIPPED = ("research", "permissive")

INFO = "bundle.json"
WEIGHTS = "model.weights.h5"
ONNX = "model.onnx"
CARD = "MODEL_CARD.md"
DIGEST = "digest"
MAX_BYTES = 20_000_000
MAX_EXPORT_DIFFERENCE = 1e-4
EXAMPLE_SAMPLES = 24_000
SCRATCH = ".bundle-"
STALE_S = 3600.0  # no writer takes so long
# What networks were like before a size of theirs existed.
EARLIER_SIZES: dict[str, dict[str, Any]] = {"voice_transfer": {"discriminant_share": 0.0}}

Network = Callable[[Features], Features]


@dataclass(frozen=True)
class BundleInfo:
    """What bundle.json says.

    Parameters
    ----------
    name, architecture : str
    sizes : dict
        The network's sizes.
    features : FeatureConfig
    segments : SegmentConfig
    temperature : float
        By which logits are divided.
    not_sure_below : float
        Confidence below which an answer should be shown as "not sure".
    scores : dict
        Figures on speakers that were not trained on, by name of the set.
    training : dict
        speakers, corpora, folds, licenses, seed, data hash and more.
    files : dict
        sha256 by file name.
    export_difference : float
        Largest difference between the posteriors of the ONNX and the Keras network at export.
    labels : tuple of str
        The emotions that the network knows, in the order of its outputs and of `EMOTIONS`.
    format_version : int
    sha256 : str
        Of bundle.json itself: the identity of this version; empty before it is written.
    """

    name: str
    architecture: str
    sizes: dict[str, Any]
    features: FeatureConfig
    segments: SegmentConfig
    temperature: float
    not_sure_below: float
    scores: dict[str, Any]
    training: dict[str, Any]
    files: dict[str, str] = field(default_factory=dict)
    export_difference: float = 0.0
    labels: tuple[str, ...] = EMOTIONS
    format_version: int = FORMAT_VERSION
    sha256: str = ""

    @property
    def training_speakers(self) -> frozenset[str]:
        """Return everybody who was heard in training or validation."""
        return frozenset(self.training.get("speakers", ()))

    @property
    def learned(self) -> frozenset[str]:
        """Return the people's own clips that were learned from, see `dataset.learned_of`."""
        return frozenset(self.training.get("learned", ()))


def shipped_bundle(name: str = SHIPPED[0]) -> Path:
    """Return the folder of a bundle that comes with the program."""
    return PRETRAINED / name


def read_info(folder: Path) -> BundleInfo:
    """Read bundle.json and check it and the hashes of all files.

    Raises
    ------
    BundleError
        When a file is missing or damaged, or format or labels are not ours.
    """
    _restore(folder)
    try:
        content = (folder / INFO).read_bytes()
    except OSError as error:
        raise BundleError("bundle:app:missing", {"path": INFO}) from error
    try:
        raw = json.loads(content)
        version = raw["format_version"]
    except (ValueError, KeyError, TypeError) as error:
        reason = f"it can't be read ({type(error).__name__})"
        raise BundleError("bundle:app:corrupt", {"path": INFO, "reason": reason}) from error
    if version != FORMAT_VERSION:
        raise BundleError(
            "bundle:app:format-version", {"found": str(version), "expected": FORMAT_VERSION}
        )
    if DIGEST in raw:  # bundles from before there was one are still read
        _check_digest(content, str(raw.pop(DIGEST)))
    info = _parse(raw, bytes_sha256(content))
    for name in (WEIGHTS, ONNX):
        read_checked(folder / name, info.files[name])
    return info


def sealed(raw: Mapping[str, Any]) -> str:
    """Return the text of a bundle.json with a digest of all its other characters.

    Parameters
    ----------
    raw : mapping
        What it shall say; a digest in it is replaced.

    Returns
    -------
    str
        JSON. Its first entry is the SHA-256 of this very text with an empty digest.
    """
    rest = {key: value for key, value in raw.items() if key != DIGEST}
    text = json.dumps({DIGEST: "", **rest}, indent=2) + "\n"
    digest = bytes_sha256(text.encode())
    return text.replace(f'"{DIGEST}": ""', f'"{DIGEST}": "{digest}"', 1)


def _check_digest(content: bytes, digest: str) -> None:
    found = bytes_sha256(content.replace(digest.encode(), b"", 1))
    if found != digest:
        reason = f"its digest is {found[:12]}..., not {digest[:12]}..."
        raise BundleError("bundle:app:corrupt", {"path": INFO, "reason": reason})


def _parse(raw: dict[str, Any], sha256: str) -> BundleInfo:
    labels = raw.get("labels")
    if not isinstance(labels, list) or not labels or labels != [e for e in EMOTIONS if e in labels]:
        raise BundleError("bundle:app:labels", {"found": str(labels)})
    try:
        raw["features"] = FeatureConfig(**raw["features"])
        raw["segments"] = SegmentConfig(**raw["segments"])
        raw["labels"] = tuple(raw["labels"])
        raw["sizes"] = EARLIER_SIZES.get(raw["architecture"], {}) | raw["sizes"]
        info = BundleInfo(**{**raw, "sha256": sha256})
        _check_values(info)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"a field is missing, unknown or impossible ({error})"
        raise BundleError("bundle:app:corrupt", {"path": INFO, "reason": reason}) from error
    return info


def _check_values(info: BundleInfo) -> None:
    """Refuse what would fail only when a clip is judged, or fail silently."""
    speakers = info.training["speakers"]
    checks = {
        "files": all(isinstance(info.files[name], str) for name in (WEIGHTS, ONNX)),
        "temperature": 0.0 < info.temperature < float("inf"),
        "not_sure_below": 0.0 <= info.not_sure_below <= 1.0,
        "segments": 0.0 < info.segments.hop_s <= info.segments.length_s
        and info.segments.whole_s >= 0.0,
        "training.speakers": bool(speakers) and isinstance(speakers, list),
        "training.licenses": bool(info.training["licenses"].keys()),
    }
    for name, is_good in checks.items():
        if not is_good:
            raise ValueError(name)


def open_onnx(folder: Path, info: BundleInfo) -> Network:
    """Open the ONNX export as a function from features to logits.

    Returns
    -------
    callable
        From (n_clips, *input_shape) to (n_clips, n_labels), on one thread.
    """
    session = open_session(folder / ONNX, info.files[ONNX])
    name = session.get_inputs()[0].name

    def judge(features: Features) -> Features:
        logits: Features = session.run(None, {name: features})[0]
        return logits

    return judge


def build_keras(folder: Path, info: BundleInfo) -> Any:
    """Build the network in Keras and load the weights.

    Returns
    -------
    keras.Model
    """
    from mlcore.networks import build, trained_part

    content = read_checked(folder / WEIGHTS, info.files[WEIGHTS])
    model = build(info.architecture, info.sizes, info.features, n_emotions=len(info.labels))
    with tempfile.TemporaryDirectory() as scratch:
        # Keras reads weights from a path only; this one holds the bytes that were checked.
        path = Path(scratch) / WEIGHTS
        path.write_bytes(content)
        trained_part(info.architecture, info.sizes, model).load_weights(path)
    return model


def open_keras(folder: Path, info: BundleInfo) -> Network:
    """Open the Keras network as a function from features to logits, for comparison."""
    model = build_keras(folder, info)

    def judge(features: Features) -> Features:
        return np.asarray(model(features, training=False), dtype=np.float32)

    return judge


def write(model: Any, info: BundleInfo, folder: Path, *, card: Callable[[BundleInfo], str]) -> Path:
    """Write a bundle, replacing what is at `folder` only when everything is in order.

    Parameters
    ----------
    model : keras.Model
    info : BundleInfo
        Without hashes and export difference, which are found here.
    folder : Path
    card : callable
        Makes the model card's text from the finished info.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    BundleError
        When the export differs from the Keras network, the bundle is too large, or Keras runs on
        another backend than TensorFlow, which alone can export.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    _restore(folder)
    _remove_stale(folder.parent)
    scratch = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=folder.parent))
    try:
        difference = _write_networks(model, info, scratch)
        files = {name: bytes_sha256((scratch / name).read_bytes()) for name in (WEIGHTS, ONNX)}
        raw = asdict(info) | {"files": files, "export_difference": difference}
        raw.pop("sha256")
        (scratch / INFO).write_text(sealed(raw), encoding="utf-8")
        finished = read_info(scratch)
        (scratch / CARD).write_text(card(finished), encoding="utf-8")
        _copy_notices(info.architecture, scratch)
        _check_size(scratch)
        _swap(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder


def _write_networks(model: Any, info: BundleInfo, folder: Path) -> float:
    """Save weights and export; return how far the posteriors of both networks are apart."""
    import keras

    from mlcore.calibration import posteriors_of
    from mlcore.networks import trained_part

    # A functional model has to be called once before it can be exported.
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((2, EXAMPLE_SAMPLES)).astype(np.float32)
    examples = np.stack([extract(waveform, info.features) for waveform in noise])
    expected = np.asarray(model(examples, training=False))
    trained_part(info.architecture, info.sizes, model).save_weights(folder / WEIGHTS)
    if keras.backend.backend() != "tensorflow":  # others would need a library more
        raise BundleError("bundle:app:no-export", {"backend": keras.backend.backend()})
    logging.getLogger("tf2onnx").setLevel(logging.WARNING)  # it tells every step otherwise
    model.export(folder / ONNX, format="onnx", verbose=False)
    content = (folder / ONNX).read_bytes()
    exported = BundleInfo(**{**vars(info), "files": {ONNX: bytes_sha256(content)}})
    found = open_onnx(folder, exported)(examples)
    both = [posteriors_of(logits, temperature=1.0) for logits in (expected, found)]
    difference = float(np.abs(both[0] - both[1]).max())
    if not difference <= MAX_EXPORT_DIFFERENCE:
        limit = MAX_EXPORT_DIFFERENCE
        raise BundleError("bundle:app:export-differs", {"difference": difference, "limit": limit})
    return difference


def _copy_notices(architecture: str, folder: Path) -> None:
    """Put the license of foreign weights beside them."""
    if architecture == "voice_transfer":
        shutil.copyfile(PRETRAINED / "ge2e" / "LICENSE", folder / "LICENSE.encoder")


def _check_size(folder: Path) -> None:
    n_bytes = sum(path.stat().st_size for path in folder.iterdir())
    if n_bytes > MAX_BYTES:
        raise BundleError("bundle:app:too-large", {"n_bytes": n_bytes, "limit_bytes": MAX_BYTES})


def _swap(scratch: Path, folder: Path) -> None:
    """Rename the finished folder into place, keeping the old one until that has happened."""
    scratch.chmod(0o755)
    old = _replaced(folder)
    if folder.exists():
        shutil.rmtree(old, ignore_errors=True)  # of a writer that was killed in the last line
        folder.rename(old)
    scratch.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _replaced(folder: Path) -> Path:
    """Return where a bundle lies for the moment between both renames."""
    return folder.with_name(f".{folder.name}.replaced")


def _restore(folder: Path) -> None:
    """Put the old bundle back when its writer was killed between both renames."""
    with suppress(OSError):  # there is no old one, or nobody may write here
        if not folder.exists():
            _replaced(folder).rename(folder)


def _remove_stale(parent: Path) -> None:
    """Remove what killed writers left; a folder that is young may have a writer that lives."""
    for scratch in parent.glob(f"{SCRATCH}*"):
        with suppress(OSError):
            if time.time() - scratch.stat().st_mtime > STALE_S:
                shutil.rmtree(scratch)
