"""Bundles: whole or not at all, checked before they are opened, equal in both engines."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlcore import bundles
from mlcore.bundles import CARD, INFO, ONNX, WEIGHTS
from mlcore.errors import SENTENCES, BundleError
from mlcore.networks import build
from mlcore.tests.ml.conftest import TINY
from mlcore.training import TrainingReport


@pytest.fixture
def bundle(trained: TrainingReport, tmp_path: Path) -> Path:
    """Return a copy of the tiny bundle that may be broken."""
    return shutil.copytree(trained.folder, tmp_path / "copy")


def test_both_engines_agree(trained: TrainingReport, mels: np.ndarray) -> None:
    found = bundles.open_onnx(trained.folder, trained.info)(mels)
    expected = bundles.open_keras(trained.folder, trained.info)(mels)
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert 0 <= trained.info.export_difference <= 1e-4


@pytest.mark.parametrize("name", [WEIGHTS, ONNX])
def test_one_flipped_byte_is_found(bundle: Path, name: str) -> None:
    content = bytearray((bundle / name).read_bytes())
    content[len(content) // 2] ^= 1
    (bundle / name).write_bytes(content)
    with pytest.raises(BundleError) as caught:
        bundles.read_info(bundle)
    assert caught.value.code == "bundle:app:corrupt"
    assert name in str(caught.value)


@pytest.mark.parametrize("name", [WEIGHTS, ONNX, INFO])
def test_a_missing_file_is_named(bundle: Path, name: str) -> None:
    (bundle / name).unlink()
    with pytest.raises(BundleError, match=name.replace(".", r"\.")) as caught:
        bundles.read_info(bundle)
    assert caught.value.code == "bundle:app:missing"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda raw: raw.update(format_version=0), "bundle:app:format-version"),
        (lambda raw: raw.pop("format_version"), "bundle:app:corrupt"),
        (lambda raw: raw.update(labels=["happy", "bored"]), "bundle:app:labels"),
        (lambda raw: raw.update(labels=[]), "bundle:app:labels"),
        (lambda raw: raw.update(labels=[1]), "bundle:app:labels"),
        (lambda raw: raw["labels"].reverse(), "bundle:app:labels"),
        (lambda raw: raw.pop("temperature"), "bundle:app:corrupt"),
        (lambda raw: raw.update(surprise=1), "bundle:app:corrupt"),
        (lambda raw: raw["features"].update(n_ffft=1), "bundle:app:corrupt"),
        (lambda raw: raw["features"].update(name="odd"), "bundle:app:corrupt"),
        (lambda raw: raw["segments"].update(hop_s="3"), "bundle:app:corrupt"),
        (lambda raw: raw["segments"].update(whole_s=-1.0), "bundle:app:corrupt"),
        (lambda raw: raw.update(temperature=0.0), "bundle:app:corrupt"),
        (lambda raw: raw.update(temperature="1"), "bundle:app:corrupt"),
        (lambda raw: raw.update(not_sure_below=2.0), "bundle:app:corrupt"),
        (lambda raw: raw["training"].update(speakers=[]), "bundle:app:corrupt"),
        (lambda raw: raw["training"].update(speakers="s1"), "bundle:app:corrupt"),
        (lambda raw: raw.update(files=[]), "bundle:app:corrupt"),
        (lambda raw: raw["files"].pop(ONNX), "bundle:app:corrupt"),
    ],
)
def test_another_format_is_refused(
    bundle: Path, change: Callable[[dict[str, Any]], None], code: str
) -> None:
    raw = json.loads((bundle / INFO).read_text())
    change(raw)
    (bundle / INFO).write_text(json.dumps(raw))
    with pytest.raises(BundleError) as caught:
        bundles.read_info(bundle)
    assert caught.value.code == code
    assert code in SENTENCES


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff"])
def test_an_unreadable_info_is_refused(bundle: Path, content: bytes) -> None:
    (bundle / INFO).write_bytes(content)
    with pytest.raises(BundleError) as caught:
        bundles.read_info(bundle)
    assert caught.value.code == "bundle:app:corrupt"


def test_the_identity_changes_with_the_content(bundle: Path, trained: TrainingReport) -> None:
    assert bundles.read_info(bundle).sha256 == trained.info.sha256
    raw = json.loads((bundle / INFO).read_text())
    (bundle / INFO).write_text(json.dumps(raw | {"temperature": 1.5}))
    assert bundles.read_info(bundle).sha256 != trained.info.sha256


def test_a_failed_write_keeps_the_old_bundle_and_no_scratch(
    bundle: Path, trained: TrainingReport
) -> None:
    model = build(TINY.architecture, TINY.sizes, TINY.features, n_emotions=8)

    def fail(info: bundles.BundleInfo) -> str:
        raise RuntimeError("no card today")

    with pytest.raises(RuntimeError):
        bundles.write(model, replace(trained.info, sha256=""), bundle, card=fail)
    assert bundles.read_info(bundle).sha256 == trained.info.sha256
    assert [path.name for path in bundle.parent.iterdir()] == ["copy"]


def test_a_bundle_replaces_the_old_one(bundle: Path, trained: TrainingReport) -> None:
    model = build(TINY.architecture, TINY.sizes, TINY.features, n_emotions=8)
    bundles.write(model, replace(trained.info, name="newer"), bundle, card=lambda info: info.name)
    assert bundles.read_info(bundle).name == "newer"
    assert (bundle / CARD).read_text() == "newer"
    assert (bundle / "LICENSE.encoder").exists()


def test_the_write_stops_when_the_export_is_wrong(
    tmp_path: Path, trained: TrainingReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundles, "MAX_EXPORT_DIFFERENCE", -1.0)
    model = build(TINY.architecture, TINY.sizes, TINY.features, n_emotions=8)
    with pytest.raises(BundleError) as caught:
        bundles.write(model, trained.info, tmp_path / "b", card=str)
    assert caught.value.code == "bundle:app:export-differs"
    assert not list(tmp_path.iterdir())


def test_the_write_stops_when_the_bundle_is_too_large(
    tmp_path: Path, trained: TrainingReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundles, "MAX_BYTES", 1000)
    model = build(TINY.architecture, TINY.sizes, TINY.features, n_emotions=8)
    with pytest.raises(BundleError) as caught:
        bundles.write(model, trained.info, tmp_path / "b", card=str)
    assert caught.value.code == "bundle:app:too-large"
