"""Training: no leak between the parts, the same features as in serving, and it can be repeated."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlcore import bundles, fitting, training
from mlcore.audio import Waveform
from mlcore.augment import augment
from mlcore.batches import Examples
from mlcore.dataset import Utterance, read_manifest
from mlcore.errors import DatasetError, TrainingError
from mlcore.examples import domains_of
from mlcore.feature_cache import FeatureSource, load_features
from mlcore.features import Features
from mlcore.inference import Recognizer
from mlcore.labels import EMOTIONS
from mlcore.options import Places
from mlcore.splits import speakers_of
from mlcore.tests.ml.conftest import TINY
from mlcore.training import Splits, TrainingReport, split, train, train_on


def test_no_speaker_is_in_two_parts(data: Path) -> None:
    splits = split(TINY, read_manifest(data))
    parts = [speakers_of(part) for part in (splits.training, splits.validation, splits.test)]
    assert all(parts)
    assert len(frozenset().union(*parts)) == sum(map(len, parts)) == 8
    assert {u.fold for u in splits.test} == {0}


def test_without_a_validation_part_everybody_is_trained_on(data: Path) -> None:
    splits = split(replace(TINY, n_parts=0), read_manifest(data))
    assert not splits.validation
    assert len(speakers_of(splits.training)) == 6


def test_nobody_who_validates_or_tests_is_fitted_to(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What reaches the networks, member by member."""
    utterances = read_manifest(data)
    splits = split(TINY, utterances)
    n_segments = len(splits.training) + 3  # one clip is long
    heard: list[tuple[int, int]] = []

    def spy(network: object, fit: Examples, validation: Examples, _: object) -> list[object]:
        heard.append((len(fit.labels), len(validation.labels)))
        expected = [u.label for u in splits.validation]
        assert sorted(validation.labels) == sorted(expected)
        return []

    monkeypatch.setattr(training, "fit", spy)
    train(TINY, utterances, Places(data, tmp_path / "b", tmp_path / "c"))
    assert heard == [(n_segments, len(splits.validation))] * 3


def test_the_bundle_names_everybody_it_heard(trained: TrainingReport) -> None:
    assert trained.info.training_speakers == {"s1", "s2", "s3", "s5", "s6", "s7"}
    assert set(trained.reports["test"].speakers) == {"s0", "s4"}
    assert set(trained.reports["validation"].speakers) < trained.info.training_speakers


def test_a_test_speaker_in_the_training_folds_is_refused(data: Path, tmp_path: Path) -> None:
    options = replace(TINY, test_folds=(1,))
    with pytest.raises(DatasetError) as caught:
        train(options, read_manifest(data), Places(data, tmp_path / "b", tmp_path / "c"))
    assert caught.value.code == "dataset:user:seen-speakers"
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("speakers", "code"),
    [((), "dataset:user:no-rows"), (("s1",), "dataset:user:speakers")],
)
def test_nobody_or_one_speaker_is_not_trained_on(
    data: Path, tmp_path: Path, speakers: tuple[str, ...], code: str
) -> None:
    part = tuple(u for u in read_manifest(data) if u.speaker in speakers)
    places = Places(data, tmp_path / "b", tmp_path / "c")
    with pytest.raises(DatasetError) as caught:
        train_on(replace(TINY, n_parts=0), Splits(part), places)
    assert caught.value.code == code
    assert "training" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_augmented_copies_stay_in_the_training_part(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    utterances = read_manifest(data)
    changed: list[int] = []

    def spy(waveform: Waveform, seed: int) -> Waveform:
        changed.append(seed)
        return augment(waveform, seed)

    monkeypatch.setattr("mlcore.feature_cache.augment", spy)
    train(TINY, utterances, Places(data, tmp_path / "b", tmp_path / "c"))
    n_training = len(split(TINY, utterances).training)
    # once for the encoder's statistics, once for the branch
    assert len(changed) == 2 * n_training
    assert len(set(changed)) == n_training


def test_usual_copies_are_all_heard_in_every_epoch(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    utterances = read_manifest(data)
    options = replace(TINY, architecture="conv1d", sizes={}, recipe={})
    splits = split(options, utterances)
    heard: list[Examples] = []

    def spy(network: object, fit: Examples, validation: Examples, _: object) -> list[object]:
        heard.append(fit)
        assert len(validation.labels) == len(splits.validation)
        return []

    monkeypatch.setattr(training, "fit", spy)
    train(options, utterances, Places(data, tmp_path / "b", tmp_path / "c"))
    (examples,) = heard
    n_segments = len(splits.training) + 3  # one clip is long, and longer still when stretched
    assert examples.copies == ()
    assert len(examples.labels) > 3 * n_segments
    versions = np.stack([vector for (vector,) in examples.inputs[: 2 * n_segments]])
    originals, noisy = np.split(versions, 2)
    assert not np.isclose(originals, noisy).all(axis=1).any()
    first, second = np.split(examples.labels[: 2 * n_segments], 2)
    np.testing.assert_array_equal(first, second)


def test_training_and_serving_hear_the_same(
    data: Path, trained: TrainingReport, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
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
    info = recognizer.bundle
    source = FeatureSource(info.features, info.segments, data, tmp_path)
    seen = load_features(source, [long]).arrays
    assert len(served) == len(seen) == 4
    for one, other in zip(served, seen, strict=True):
        np.testing.assert_array_equal(one, other)


def test_scores_at_training_are_those_of_the_whole_recognition(
    data: Path, trained: TrainingReport
) -> None:
    """The validation part, which the trained network judged before it was exported."""
    utterances = split(TINY, read_manifest(data)).validation
    recognizer = Recognizer.load(trained.folder)
    answers = [recognizer.recognize(data / u.path).emotion for u in utterances]
    labels = [u.emotion for u in utterances]
    n_right = sum(a == b for a, b in zip(answers, labels, strict=True))
    accuracy = trained.reports["validation"].overall.accuracy
    assert n_right / len(labels) == pytest.approx(accuracy)


def test_the_same_seed_gives_the_same_network(
    data: Path, trained: TrainingReport, tmp_path: Path
) -> None:
    again = train(TINY, read_manifest(data), Places(data, tmp_path / "again", tmp_path / "c"))
    assert again.info.temperature == pytest.approx(trained.info.temperature, rel=1e-3)
    judges = [bundles.open_onnx(r.folder, r.info) for r in (again, trained)]
    mels = np.random.default_rng(0).normal(-40, 10, (2, 99, 40)).astype(np.float32)
    np.testing.assert_allclose(judges[0](mels), judges[1](mels), atol=1e-3)


def test_the_second_training_decodes_nothing_and_fits_nothing_twice(
    data: Path, trained: TrainingReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Features, statistics and finished members are kept; a killed run goes on from there."""
    monkeypatch.setattr("mlcore.feature_cache.audio.load", None)
    monkeypatch.setattr(fitting, "_run_epoch", None)
    cache = trained.folder.parent / "cache"
    options = replace(TINY, test_folds=())
    again = train(options, read_manifest(data), Places(data, tmp_path / "again", cache))
    assert again.info.temperature == pytest.approx(trained.info.temperature)


def test_a_loss_that_is_no_number_leaves_the_old_bundle(
    data: Path, trained: TrainingReport, tmp_path: Path
) -> None:
    wild = replace(TINY, recipe={**TINY.recipe, "learning_rate": 1e30})
    with pytest.raises(TrainingError) as caught:
        train(wild, read_manifest(data), Places(data, trained.folder, tmp_path))
    assert caught.value.code == "training:app:not-finite"
    assert bundles.read_info(trained.folder).sha256 == trained.info.sha256


def test_a_bundle_of_six_emotions_knows_no_others(data: Path, tmp_path: Path) -> None:
    known = EMOTIONS[:1] + EMOTIONS[2:7]
    utterances = read_manifest(data)
    splits = split(replace(TINY, test_folds=()), utterances)
    few = Splits(
        tuple(u for u in splits.training if u.emotion in known),
        tuple(u for u in splits.validation if u.emotion in known),
    )
    report = train_on(TINY, few, Places(data, tmp_path / "b", tmp_path / "c"))
    assert report.info.labels == known
    found = Recognizer.load(report.folder).recognize(data / "0-happy.wav")
    assert list(found.posteriors) == list(EMOTIONS)
    assert found.posteriors["calm"] == found.posteriors["surprised"] == 0.0
    assert sum(found.posteriors.values()) == pytest.approx(1.0)


def test_corpora_that_share_a_speaker_are_one_domain() -> None:
    def utterance(corpus: str, speaker: str) -> Utterance:
        return Utterance("x.wav", corpus, speaker, "sad")

    found = domains_of(
        utterance(*who) for who in (("song", "1"), ("speech", "1"), ("speech", "2"), ("other", "3"))
    )
    assert found["song"] == found["speech"] != found["other"]
    assert sorted(set(found.values())) == [0, 1]


def test_a_cross_validation_sets_temperature_and_threshold(
    data: Path, trained: TrainingReport, tmp_path: Path
) -> None:
    scores = {"cross_validation": trained.reports["validation"].to_dict()}
    found = {"temperature": 1.7, "not_sure_below": 0.42, "scores": scores}
    options = replace(TINY, n_parts=0, folds=(), test_folds=(), cross_validation=found)
    options = replace(options, architecture="baseline", sizes={})
    report = train(options, read_manifest(data), Places(data, tmp_path / "b", tmp_path / "c"))
    assert (report.info.temperature, report.info.not_sure_below) == (1.7, 0.42)
    assert len(report.info.training_speakers) == 8


@pytest.mark.parametrize("architecture", ["baseline", "conv1d", "cnn2d", "attentive_cnn"])
def test_every_kind_of_features_goes_the_whole_way(
    architecture: str, data: Path, tmp_path: Path
) -> None:
    options = replace(TINY, architecture=architecture, sizes={})
    report = train(options, read_manifest(data), Places(data, tmp_path / "b", tmp_path / "c"))
    assert report.reports["test"].overall.n_clips == 16
    assert report.info.architecture == architecture
    content = json.loads(json.dumps(report.to_dict()))
    assert content["seed"] == TINY.seed
    assert len(content["data_hash"]) == 64
    assert content["n_parameters"] > 0


def test_the_card_tells_threshold_licenses_and_figures(trained: TrainingReport) -> None:
    card = (trained.folder / bundles.CARD).read_text()
    assert f"{trained.info.not_sure_below:.2f}" in card
    assert "| made | unknown |" in card
    raw = json.loads((trained.folder / bundles.INFO).read_text())
    uar = raw["scores"]["validation"]["overall"]["uar"]
    assert f"{uar:.3f}" in card
    assert f"{raw['training']['n_parameters']:,} parameters" in card
