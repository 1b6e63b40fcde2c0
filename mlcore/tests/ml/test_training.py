"""Training: no leak between the parts, the same features as in serving, and it can be repeated."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlcore import bundles, training
from mlcore.audio import Waveform
from mlcore.augment import augment
from mlcore.dataset import Utterance, read_manifest
from mlcore.encoding import Encoded, Encoder, encode, network_inputs
from mlcore.errors import DatasetError, TrainingError
from mlcore.features import Features
from mlcore.inference import Recognizer
from mlcore.labels import EMOTIONS
from mlcore.networks import NetworkConfig, build
from mlcore.splits import deal_speakers, speakers_of
from mlcore.tests.ml.conftest import TINY
from mlcore.training import Places, TrainingReport, train


def test_no_speaker_is_in_two_parts(data: Path) -> None:
    (fit, calibration, test), dealt = training._split(TINY, read_manifest(data))
    parts = [speakers_of(part) for part in (fit, calibration, test)]
    assert all(parts)
    assert len(frozenset().union(*parts)) == sum(map(len, parts)) == 8
    assert set(dealt) == parts[0] | parts[1]
    assert {u.fold for u in test} == {0}


def test_no_head_trains_on_the_speakers_that_stop_it(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[set[str], set[str]]] = []

    def spy(model: object, options: object, number: int, parts: Any, scaled: Any) -> Any:
        names = [{p.utterances[owner].speaker for owner in p.encoded.owners} for p in parts]
        heard.append((names[0], names[1]))
        assert [len(rows) for rows in scaled] == [len(p.encoded.owners) for p in parts]
        return iter(())

    monkeypatch.setattr(training, "_fit_head", spy)
    train(TINY, read_manifest(data), Places(data, tmp_path / "b", tmp_path / "c"))
    assert len(heard) == TINY.network.n_heads
    assert all(kept and left and not kept & left for kept, left in heard)
    (_, calibration, _), _ = training._split(TINY, read_manifest(data))
    assert not set().union(*(kept | left for kept, left in heard)) & speakers_of(calibration)


def test_the_bundle_names_everybody_it_heard(trained: TrainingReport) -> None:
    assert trained.info.training_speakers == {"s1", "s2", "s3", "s5", "s6", "s7"}
    assert set(trained.reports["test"].speakers) == {"s0", "s4"}


def test_a_test_speaker_in_the_training_folds_is_refused(data: Path, tmp_path: Path) -> None:
    options = replace(TINY, test_folds=(1,))
    with pytest.raises(DatasetError) as caught:
        train(options, read_manifest(data), Places(data, tmp_path / "b", tmp_path / "c"))
    assert caught.value.code == "dataset:user:seen-speakers"
    assert not (tmp_path / "b").exists()


def test_augmented_copies_stay_in_the_training_part(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    utterances = read_manifest(data)
    splits, _ = training._split(TINY, utterances)
    fit, calibration, test = splits
    seeds: list[int] = []

    def spy(waveform: Waveform, seed: int) -> Waveform:
        seeds.append(seed)
        return augment(waveform, seed)

    monkeypatch.setattr("mlcore.encoding.augment", spy)
    model = build("voice_transfer", TINY.network)
    places = Places(data, tmp_path / "b", tmp_path / "c")
    found = training._encode(model, TINY, places, splits, training.Progress())
    assert len(seeds) == len(fit)
    # the clip of 7 s has two segments
    n_fit, n_calibration = len(found.fit.labels), len(found.calibration.labels)
    assert n_fit + n_calibration == len(fit) + len(calibration) + 1
    assert len(found.with_copies.labels) == 2 * n_fit
    assert found.test is not None
    assert len(found.test.labels) == len(test)


def test_training_and_serving_hear_the_same(
    data: Path, trained: TrainingReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One file through both ways: what reaches the network is equal, bit by bit."""
    long = next(u for u in read_manifest(data) if u.path == "1-neutral.wav")
    recognizer = Recognizer.load(trained.folder)
    served: list[Features] = []
    network = recognizer.network

    def listen(batch: Features) -> Features:
        served.extend(batch)
        return network(batch)

    monkeypatch.setattr(recognizer, "network", listen)
    recognizer.recognize(data / long.path)

    seen: list[Features] = []
    encoder_network = build("voice_transfer", TINY.network).get_layer("encoder")

    class Spy:
        def predict_on_batch(self, batch: Features) -> Features:
            seen.extend(batch)
            return np.asarray(encoder_network.predict_on_batch(batch))

    info = recognizer.bundle
    cache = trained.folder.parent / "other-cache"
    encode(Encoder(Spy(), info.features, info.segments, data, cache), [long])
    assert len(served) == len(seen) == 2
    for one, other in zip(served, seen, strict=True):
        np.testing.assert_array_equal(one, other)


def test_scores_at_training_are_those_of_the_whole_recognition(
    data: Path, trained: TrainingReport
) -> None:
    from mlcore.evaluation import evaluate

    recognizer = Recognizer.load(trained.folder)
    utterances = [u for u in read_manifest(data) if u.fold == 0]
    served = evaluate(
        lambda path: recognizer.recognize(path).posteriors,
        utterances,
        data,
        training_speakers=recognizer.bundle.training_speakers,
    )
    assert not served.refusals
    assert served.overall.confusion == trained.reports["test"].overall.confusion
    assert served.overall.ece == pytest.approx(trained.reports["test"].overall.ece, abs=1e-3)


def test_the_same_seed_gives_the_same_network(
    data: Path, trained: TrainingReport, tmp_path: Path
) -> None:
    cache = trained.folder.parent / "cache"
    again = train(TINY, read_manifest(data), Places(data, tmp_path / "again", cache))
    assert again.info.temperature == pytest.approx(trained.info.temperature, rel=1e-3)
    judges = [bundles.open_onnx(r.folder, r.info) for r in (again, trained)]
    mels = np.random.default_rng(0).exponential(1e-3, (2, 99, 40)).astype(np.float32)
    np.testing.assert_allclose(judges[0](mels), judges[1](mels), atol=1e-3)


def test_the_second_training_decodes_nothing(
    data: Path, trained: TrainingReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlcore.audio.load", None)
    cache = trained.folder.parent / "cache"
    train(TINY, read_manifest(data), Places(data, tmp_path / "again", cache))


def test_a_loss_that_is_no_number_leaves_the_old_bundle(
    data: Path, trained: TrainingReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "_run_epoch", lambda *_: float("nan"))
    cache = trained.folder.parent / "cache"
    with pytest.raises(TrainingError) as caught:
        train(TINY, read_manifest(data), Places(data, trained.folder, cache))
    assert caught.value.code == "training:app:not-finite"
    assert bundles.read_info(trained.folder).sha256 == trained.info.sha256


def test_heads_learn_what_can_be_learned() -> None:
    """Statistics that give the emotion away must be learned within a few epochs."""
    rng = np.random.default_rng(0)
    labels = np.tile(np.arange(8), 40)
    options = replace(TINY, epochs=10, batch_size=16, network=NetworkConfig(n_units=32, n_heads=2))
    model = build("voice_transfer", options.network)
    n_statistics = model.get_layer("encoder").output_shape[-1]
    centers = rng.standard_normal((8, n_statistics))
    rows = (centers[labels] + rng.standard_normal((320, n_statistics))).astype(np.float32)
    utterances = tuple(
        Utterance(f"{n}.wav", "x", f"s{n // 8}", EMOTIONS[label]) for n, label in enumerate(labels)
    )
    part = training._Part(utterances, Encoded(rows, np.arange(320)))
    data = training._Data(part, part, part, None)
    parts = deal_speakers(utterances, n_parts=2, seed=0)
    logs = training._fit(model, options, data, parts, training.Progress())
    assert max(log.validation_uar for log in logs) > 0.9
    assert logs[9].loss < logs[0].loss


def test_the_card_tells_threshold_licenses_and_figures(trained: TrainingReport) -> None:
    card = (trained.folder / bundles.CARD).read_text()
    assert f"{trained.info.not_sure_below:.2f}" in card
    assert "| made | unknown |" in card
    uar = json.loads((trained.folder / bundles.INFO).read_text())["scores"]["test"]["overall"][
        "uar"
    ]
    assert f"{uar:.3f}" in card


def test_network_inputs_are_one_a_segment(data: Path, trained: TrainingReport) -> None:
    info = trained.info
    waveform = np.zeros(16_000 * 13, np.float32)
    shapes = [mel.shape for mel in network_inputs(waveform, info.features, info.segments)]
    assert shapes == [(601, 40)] * 4
