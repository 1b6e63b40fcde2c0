"""The bundle that comes with the program: whole, small, licensed, and good on real speech."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mlcore import audio, bundles
from mlcore.bundles import read_info, shipped_bundle
from mlcore.dataset import read_manifest, select
from mlcore.evaluation import evaluate
from mlcore.inference import Recognizer
from mlcore.labels import EMOTIONS
from mlcore.tests import synth

FOLDER = shipped_bundle()


def test_it_is_whole_and_small() -> None:
    info = read_info(FOLDER)
    assert info.labels == EMOTIONS
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= bundles.MAX_BYTES
    assert {path.name for path in FOLDER.iterdir()} == {
        bundles.INFO,
        bundles.WEIGHTS,
        bundles.ONNX,
        bundles.CARD,
        "LICENSE.encoder",
    }


def test_it_says_whom_and_what_it_learned_from() -> None:
    info = read_info(FOLDER)
    assert info.training_speakers
    assert set(info.training["licenses"]) == set(info.training["corpora"])
    assert "unknown" not in info.training["licenses"].values()
    assert not info.training_speakers & set(info.scores["test"]["speakers"])
    assert 0 < info.not_sure_below < 1


def test_both_engines_agree_on_it(tmp_path: Path) -> None:
    path = synth.write(tmp_path / "a.wav", synth.voice(3.0), 16_000)
    found = [Recognizer.load(engine=engine).recognize(path) for engine in ("onnx", "keras")]
    assert found[0].posteriors == pytest.approx(found[1].posteriors, abs=1e-4)
    assert read_info(FOLDER).export_difference <= 1e-4


def test_it_recognizes_people_it_has_never_heard(corpora: Path) -> None:
    """RAVDESS speech, fold 0, eight classes, the whole way from the files."""
    recognizer = Recognizer.load()
    utterances = select(read_manifest(corpora), corpora=["ravdess_speech"], folds=[0])
    report = evaluate(
        lambda path: recognizer.recognize(path).posteriors,
        utterances,
        corpora,
        training_speakers=recognizer.bundle.training_speakers,
    )
    assert report.overall.n_clips == 240
    assert report.overall.uar >= 0.60
    assert report.overall.n_refused <= 2


def test_it_does_not_listen_to_the_coding(corpora: Path) -> None:
    """The corpora come as Opus, people send WAV and MP3: re-coding must not move the answers."""
    recognizer = Recognizer.load()
    utterances = select(read_manifest(corpora), corpora=["ravdess_speech"], folds=[0])[::8]
    same, gaps = [], []
    for utterance in utterances:
        waveform = audio.load(corpora / utterance.path)
        plain = recognizer.judge(waveform)
        file = io.BytesIO()
        soundfile.write(file, waveform, audio.SAMPLE_RATE, format="OGG", subtype="OPUS")
        coded = recognizer.recognize(file)
        same.append(plain.emotion == coded.emotion)
        gaps.append(abs(plain.confidence - coded.confidence))
    assert np.mean(same) >= 0.85, np.mean(same)
    assert np.mean(gaps) < 0.05, np.mean(gaps)
