"""The bundles that come with the program: whole, small, licensed, and good on real speech."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlcore import audio, bundles
from mlcore.bundles import SHIPPED, read_info, shipped_bundle
from mlcore.dataset import read_manifest, select
from mlcore.inference import Recognizer
from mlcore.labels import EMOTIONS
from mlcore.networks import architecture
from mlcore.options import Places, TrainingOptions
from mlcore.robustness import CONDITIONS
from mlcore.tests import synth
from mlcore.training import train


@pytest.fixture(params=SHIPPED)
def folder(request: pytest.FixtureRequest) -> Path:
    """Return the folder of each shipped bundle."""
    return shipped_bundle(request.param)


def test_it_is_whole_and_small(folder: Path) -> None:
    assert read_info(folder).name == folder.name
    assert sum(path.stat().st_size for path in folder.iterdir()) <= bundles.MAX_BYTES
    names = {path.name for path in folder.iterdir()}
    assert names == {
        *(bundles.INFO, bundles.WEIGHTS, bundles.ONNX, bundles.CARD, "LICENSE.encoder"),
        *("training.json", "training.png"),
    }


def test_it_says_whom_and_what_it_learned_from(folder: Path) -> None:
    info = read_info(folder)
    assert info.training_speakers
    assert set(info.training["licenses"]) == set(info.training["corpora"])
    assert "unknown" not in info.training["licenses"].values()
    scores = info.scores["cross_validation"]
    assert set(scores["speakers"]) == info.training_speakers
    assert scores["overall"]["ece"] <= 0.05
    assert 0 < info.not_sure_below < 1


def test_the_default_knows_all_emotions_and_the_free_one_free_corpora_only() -> None:
    research, permissive = (read_info(shipped_bundle(name)) for name in SHIPPED)
    assert research.labels == EMOTIONS
    assert len(research.training["corpora"]) == 7
    assert permissive.labels == tuple(e for e in EMOTIONS if e not in ("calm", "surprised"))
    assert permissive.training["corpora"] == ["cremad", "emodb"]


def test_both_engines_agree_on_it(folder: Path, tmp_path: Path) -> None:
    path = synth.write(tmp_path / "a.wav", synth.voice(3.0), 16_000)
    found = [Recognizer.load(folder, engine=name).recognize(path) for name in ("onnx", "keras")]
    assert found[0].posteriors == pytest.approx(found[1].posteriors, abs=1e-4)
    assert read_info(folder).export_difference <= 1e-4


def test_it_is_built_as_the_program_builds_it_now(folder: Path) -> None:
    """Features and sizes of the registry: training again would make such a network."""
    info = read_info(folder)
    found = architecture(info.architecture)
    assert info.features == found.features
    assert info.segments == found.segments
    assert replace(found.config(**info.sizes), n_domains=1) == found.config()


def test_its_recipe_recognizes_people_it_has_never_heard(corpora: Path, tmp_path: Path) -> None:
    """One head on EmoDB, folds 1 to 4; fold 0 is judged the whole way from the files."""
    options = TrainingOptions(
        corpora=("emodb",),
        folds=(1, 2, 3, 4),
        test_folds=(0,),
        n_parts=0,
        sizes={"n_heads": 1},
        recipe={"n_copies": 0, "batch_size": 64},
    )
    report = train(options, read_manifest(corpora), Places(corpora, tmp_path / "b", tmp_path / "c"))
    found = report.reports["test"].overall
    assert found.n_clips > 50
    assert found.uar >= 0.55


@pytest.mark.parametrize("coding", ["mp3", "aac", "opus"])
def test_it_does_not_listen_to_the_coding(corpora: Path, coding: str) -> None:
    """The corpora come as Opus, people send other files: coding must not move the answers."""
    recognizer = Recognizer.load()
    utterances = select(read_manifest(corpora), corpora=["ravdess_speech"], folds=[0])[::8]
    condition = CONDITIONS[coding]
    same, gaps = [], []
    for number, utterance in enumerate(utterances):
        waveform = audio.load(corpora / utterance.path)
        plain = recognizer.judge(waveform)
        coded = recognizer.judge(condition.apply(waveform, seed=number))
        same.append(plain.emotion == coded.emotion)
        gaps.append(abs(plain.confidence - coded.confidence))
    assert np.mean(same) >= 0.8, np.mean(same)
    assert np.mean(gaps) < 0.1, np.mean(gaps)


def test_silence_around_the_speech_does_not_move_the_answer(corpora: Path) -> None:
    recognizer = Recognizer.load()
    utterances = select(read_manifest(corpora), corpora=["cremad"], folds=[0])[::12]
    silence = np.zeros(round(1.5 * audio.SAMPLE_RATE), np.float32)
    same = []
    for utterance in utterances:
        waveform = audio.load(corpora / utterance.path)
        padded = np.concatenate([silence, waveform, silence])[: 6 * audio.SAMPLE_RATE]
        same.append(recognizer.judge(waveform).emotion == recognizer.judge(padded).emotion)
    assert np.mean(same) >= 0.9, np.mean(same)
