"""Exported files: they run, agree with the network they came from, and are judged fairly."""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from mlcore import bundles
from mlcore.calibration import posteriors_of
from mlcore.conversion import FILES, FORMATS, Format, convert, fit_length, measure, phone_shape
from mlcore.dataset import read_manifest
from mlcore.errors import BundleError
from mlcore.features import Features, extract
from mlcore.networks import architecture, build
from mlcore.networks.tflite import open_tflite, to_tflite
from mlcore.networks.voice_transfer import PADDING_DB, Config, padded
from mlcore.tests import synth
from mlcore.tests.ml.test_networks import heard
from mlcore.training import TrainingReport

Files = dict[Format, Path]


@pytest.fixture(scope="module")
def files(trained: TrainingReport, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Export the tiny bundle in all formats."""
    return convert(trained.folder, tmp_path_factory.mktemp("export") / "made")


@pytest.fixture(scope="module")
def clip(trained: TrainingReport) -> Features:
    """Return what phones hear of a voice."""
    heard = extract(synth.voice(3.2), trained.info.features)
    return fit_length(heard, phone_shape(trained.info)[0])


def test_it_writes_a_file_for_each_format(trained: TrainingReport, files: Files) -> None:
    assert [path.name for path in files.values()] == [FILES[name] for name in FORMATS]
    onnx = files["onnx"].read_bytes()
    assert files["tflite"].stat().st_size < len(onnx) / 2
    assert files["tflite"].stat().st_size < files["tflite_float16"].stat().st_size < len(onnx)
    assert onnx == (trained.folder / bundles.ONNX).read_bytes()


@pytest.mark.parametrize(("name", "tolerance"), [("tflite", 0.3), ("tflite_float16", 0.02)])
def test_tflite_runs_and_agrees_with_keras(
    trained: TrainingReport, files: Files, clip: Features, name: Format, tolerance: float
) -> None:
    logits = open_tflite(files[name])(clip)
    original = bundles.open_keras(trained.folder, trained.info)(clip[np.newaxis])[0]
    found, expected = (posteriors_of(rows, temperature=1.0) for rows in (logits, original))
    np.testing.assert_allclose(found, expected, atol=tolerance)
    assert np.abs(found - expected).max() > 0  # it is quantized


def test_a_network_on_summarized_features_is_converted_too(tmp_path: Path) -> None:
    vector = keras.Input((162,))
    model = keras.Model(vector, keras.layers.Dense(8)(keras.layers.Dense(16, "relu")(vector)))
    path = tmp_path / "a.tflite"
    path.write_bytes(to_tflite(model, (162,)))
    features = np.random.default_rng(0).standard_normal(162).astype(np.float32)
    expected = np.asarray(model(features[np.newaxis]))[0]
    np.testing.assert_allclose(open_tflite(path)(features), expected, atol=0.05)


def test_what_tflite_can_not_do_is_a_clear_error() -> None:
    vector = keras.Input((4,))
    odd = keras.Model(vector, keras.ops.erfinv(vector))
    with pytest.raises(BundleError) as caught:
        to_tflite(odd, (4,))
    assert caught.value.code == "bundle:app:no-tflite"
    assert "TFLite" in str(caught.value)


@pytest.mark.parametrize("n_frames", [1, 40, 100, 101, 250])
def test_it_fits_any_length(n_frames: int) -> None:
    features = np.arange(n_frames, dtype=np.float32)[:, np.newaxis]
    fitted = fit_length(features, 100)
    assert fitted.shape == (100, 1)
    if n_frames <= 100:
        np.testing.assert_array_equal(fitted[:, 0], np.arange(100) % n_frames)
    else:
        assert fitted[0, 0] == (n_frames - 100) // 2
        np.testing.assert_array_equal(np.diff(fitted[:, 0]), 1)


@pytest.mark.parametrize("n_frames", [30, 100, 130])
def test_it_fills_a_clip_up_where_its_end_can_be_told(n_frames: int) -> None:
    features = np.arange(n_frames, dtype=np.float32)[:, np.newaxis]
    fitted = fit_length(features, 100, padding_db=-1000.0)
    start, n_kept = max(0, n_frames - 100) // 2, min(n_frames, 100)
    np.testing.assert_array_equal(fitted[:n_kept], features[start : start + 100])
    assert (fitted[n_kept:] == -1000.0).all()


def test_phones_hear_a_short_clip_as_it_is(tmp_path: Path) -> None:
    """Of the network that ships, which has no branches."""
    sizes: dict[str, Any] = {"n_heads": 2, "n_units": 8, "discriminant_share": 0.3}
    network = build("voice_transfer", sizes, architecture("voice_transfer").features, n_emotions=8)
    phone = padded(network, Config(**sizes), 201)
    path = tmp_path / "a.tflite"
    path.write_bytes(to_tflite(phone, (201, 40), float16=True))
    for duration_s in (0.4, 1.1, 2.0):
        clip = heard("voice_transfer", duration_s)
        filled = fit_length(clip, 201, PADDING_DB)
        expected = np.asarray(network(clip[np.newaxis], training=False))[0]
        np.testing.assert_allclose(np.asarray(phone(filled[np.newaxis]))[0], expected, atol=1e-4)
        np.testing.assert_allclose(open_tflite(path)(filled), expected, atol=0.02)


def test_it_compares_all_formats_on_people_who_were_not_heard(
    trained: TrainingReport, files: Files, data: Path
) -> None:
    report = measure(trained.folder, files, read_manifest(data), data)
    assert not report.agreement_only
    assert report.n_clips == 16  # of s0 and s4; the other speakers are left out
    assert list(report.formats) == ["keras", *FORMATS]
    original, onnx = report.formats["keras"], report.formats["onnx"]
    assert (original.agreement, original.largest_difference) == (1.0, 0.0)
    assert original.uar == pytest.approx(trained.reports["test"].overall.uar)
    assert onnx.agreement == 1.0
    assert onnx.largest_difference is not None
    assert onnx.largest_difference < 1e-4
    for scores in report.formats.values():
        assert scores.uar is not None
        assert 0 <= scores.uar <= 1
        assert scores.latency_ms > 0
        assert scores.n_bytes > 1000
    assert json.loads(json.dumps(report.to_dict()))["formats"]["onnx"]["uar"] == onnx.uar


def test_it_gives_no_score_when_everybody_was_heard(
    trained: TrainingReport, files: Files, data: Path
) -> None:
    heard = [u for u in read_manifest(data) if u.speaker == "s1"]
    report = measure(trained.folder, {"onnx": files["onnx"]}, heard, data)
    assert report.agreement_only
    assert report.n_clips == len(heard)
    assert report.formats["onnx"].uar is None
    assert report.formats["onnx"].agreement == 1.0


def test_it_measures_size_and_time_without_recordings(
    trained: TrainingReport, files: Files, tmp_path: Path
) -> None:
    report = measure(trained.folder, {"onnx": files["onnx"]}, (), tmp_path)
    assert report.n_clips == 0
    assert report.formats["onnx"].agreement is None
    assert report.formats["onnx"].latency_ms > 0


def test_a_damaged_bundle_leaves_no_file(trained: TrainingReport, tmp_path: Path) -> None:
    import shutil

    broken = shutil.copytree(trained.folder, tmp_path / "broken")
    content = bytearray((broken / bundles.ONNX).read_bytes())
    content[100] ^= 1
    (broken / bundles.ONNX).write_bytes(content)
    with pytest.raises(BundleError):
        convert(broken, tmp_path / "out")
    assert not (tmp_path / "out").exists()
