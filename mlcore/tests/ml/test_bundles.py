"""Bundles: whole or not at all, checked before they are opened, equal in both engines."""

import json
import os
import shutil
import subprocess
import sys
import time
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


def test_one_flipped_byte_of_the_info_is_found(bundle: Path) -> None:
    """Also where it would only change a figure, a speaker, a license or a blank."""
    good = (bundle / INFO).read_bytes()
    for n, place in enumerate(np.linspace(0, len(good) - 1, 80).astype(int)):
        content = bytearray(good)
        content[place] ^= 1 << n % 8
        (bundle / INFO).write_bytes(content)
        with pytest.raises(BundleError) as caught:
            bundles.read_info(bundle)
        assert INFO in str(caught.value) or caught.value.code == "bundle:app:format-version"
        assert caught.value.code in SENTENCES


def test_every_digit_of_the_info_counts(bundle: Path) -> None:
    """The last digit of a long number may well leave the number as it is."""
    text = (bundle / INFO).read_text()
    start = text.index('"temperature": ') + len('"temperature": ')
    for place in range(start, text.index(",", start)):
        if text[place].isdigit():
            other = str((int(text[place]) + 1) % 10)
            (bundle / INFO).write_text(text[:place] + other + text[place + 1 :])
            with pytest.raises(BundleError, match="digest"):
                bundles.read_info(bundle)


def test_an_info_from_before_the_digest_is_read(bundle: Path, trained: TrainingReport) -> None:
    raw = json.loads((bundle / INFO).read_text())
    del raw["digest"]
    (bundle / INFO).write_text(json.dumps(raw, indent=2) + "\n")
    found = bundles.read_info(bundle)
    assert found.sha256 != trained.info.sha256
    assert replace(found, sha256=trained.info.sha256) == trained.info


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
    (bundle / INFO).write_text(bundles.sealed(raw))
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
    (bundle / INFO).write_text(bundles.sealed(raw | {"temperature": 1.5}))
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


def test_a_bundle_replaces_the_old_one_and_what_killed_writers_left(
    bundle: Path, trained: TrainingReport
) -> None:
    dead, alive = bundle.with_name(".bundle-dead"), bundle.with_name(".bundle-alive")
    for scratch in (dead, alive):
        (scratch / "variables").mkdir(parents=True)
    long_ago = time.time() - bundles.STALE_S - 60
    os.utime(dead, (long_ago, long_ago))
    model = build(TINY.architecture, TINY.sizes, TINY.features, n_emotions=8)
    bundles.write(model, replace(trained.info, name="newer"), bundle, card=lambda info: info.name)
    assert bundles.read_info(bundle).name == "newer"
    assert (bundle / CARD).read_text() == "newer"
    assert (bundle / "LICENSE.encoder").exists()
    assert {path.name for path in bundle.parent.iterdir()} == {bundle.name, alive.name}


# A writer that is killed just before its n-th renaming or removing in `_swap`.
DIES_SWAPPING = """
import os, pathlib, signal, sys
from mlcore import bundles
steps = iter(range(int(sys.argv[3])))
def die(event, _):
    if event in ("os.rename", "shutil.rmtree") and next(steps, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(die)
bundles._swap(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
"""


@pytest.mark.parametrize("step", range(4))
def test_a_bundle_is_there_wherever_its_writer_is_killed(bundle: Path, step: int) -> None:
    scratch = shutil.copytree(bundle, bundle.with_name(".bundle-new"))
    another = shutil.copytree(bundle, bundle.with_name(".bundle-another"))
    raw = json.loads((scratch / INFO).read_text())
    (scratch / INFO).write_text(bundles.sealed(raw | {"name": "newer"}))
    command = [sys.executable, "-c", DIES_SWAPPING, str(scratch), str(bundle), str(step)]
    assert subprocess.run(command, check=False).returncode == -9
    assert bundle.exists() == (step != 2)  # between both renames
    assert bundles.read_info(bundle).name == ("newer" if step == 3 else "tiny")
    bundles._swap(another, bundle)
    assert bundles.read_info(bundle).name == "tiny"
    left = {path.name for path in bundle.parent.iterdir()} - {bundle.name}
    assert left == (set() if step == 3 else {scratch.name})


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
