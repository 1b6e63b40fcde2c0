"""Several bundles as one."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlcore.ensembles import Ensemble
from mlcore.errors import AudioError, BundleError
from mlcore.inference import Recognizer
from mlcore.labels import EMOTIONS
from mlcore.segments import SegmentConfig
from mlcore.tests import synth
from mlcore.training import TrainingReport


@pytest.fixture(scope="module")
def both(trained: TrainingReport) -> tuple[Recognizer, Recognizer]:
    """Return two recognizers that are not of one opinion."""
    one = Recognizer.load(trained.folder)
    other = Recognizer.load(trained.folder)
    network = other.network
    other.network = lambda features: network(features)[:, ::-1].copy()
    return one, other


def test_it_answers_with_the_mean(both: tuple[Recognizer, Recognizer]) -> None:
    voice = synth.voice(8.0)
    found = Ensemble(both).judge(voice)
    answers = [recognizer.judge(voice) for recognizer in both]
    for emotion in EMOTIONS:
        mean = np.mean([answer.posteriors[emotion] for answer in answers])
        assert found.posteriors[emotion] == pytest.approx(mean)
    assert len(found.segments) == len(answers[0].segments) > 1
    assert found.confidence == max(found.posteriors.values())


def test_many_clips_are_judged_in_order(
    both: tuple[Recognizer, Recognizer], tmp_path: Path
) -> None:
    good = synth.write(tmp_path / "good.wav", synth.voice(1.0))
    silent = synth.write(tmp_path / "silent.wav", 0 * synth.voice(1.0))
    ensemble = Ensemble(both)
    first, second, third = ensemble.recognize_many([good, silent, good])
    assert isinstance(second, AudioError)
    assert first == third == ensemble.recognize(good)


def test_one_bundle_named_twice_is_that_bundle(trained: TrainingReport) -> None:
    voice = synth.voice(2.0)
    alone = Recognizer.load(trained.folder).judge(voice)
    twice = Ensemble.load([trained.folder, trained.folder])
    assert twice.judge(voice).posteriors == pytest.approx(alone.posteriors)
    assert twice.training_speakers == trained.info.training_speakers


def test_bundles_that_cut_differently_are_refused(both: tuple[Recognizer, Recognizer]) -> None:
    odd = Recognizer(replace(both[0].bundle, segments=SegmentConfig(3.0, 1.0)), both[0].network)
    with pytest.raises(BundleError):
        Ensemble([both[0], odd])


def test_a_damaged_bundle_stops_it(trained: TrainingReport, tmp_path: Path) -> None:
    broken = shutil.copytree(trained.folder, tmp_path / "broken")
    (broken / "model.onnx").write_bytes(b"")
    with pytest.raises(BundleError):
        Ensemble.load([trained.folder, broken])
