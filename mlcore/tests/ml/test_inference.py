"""The recognizer on a tiny bundle: what it gives, what it refuses, how long clips are pooled."""

import dataclasses
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from mlcore.audio import SAMPLE_RATE
from mlcore.errors import AudioError
from mlcore.features import Features
from mlcore.inference import BATCH_SIZE, Recognizer
from mlcore.labels import EMOTIONS
from mlcore.tests import synth
from mlcore.training import TrainingReport


@pytest.fixture(scope="module")
def recognizer(trained: TrainingReport) -> Recognizer:
    """Return a warm recognizer."""
    recognizer = Recognizer.load(trained.folder)
    recognizer.warm_up()
    return recognizer


def test_it_names_all_eight_emotions_in_order(recognizer: Recognizer, tmp_path: Path) -> None:
    found = recognizer.recognize(synth.write(tmp_path / "a.wav", synth.voice(2.0), 48_000))
    assert tuple(found.posteriors) == EMOTIONS
    assert sum(found.posteriors.values()) == pytest.approx(1)
    assert found.confidence == max(found.posteriors.values()) == found.posteriors[found.emotion]
    assert found.duration_s == pytest.approx(2 / 3, abs=0.01)
    assert len(found.segments) == 1
    assert found.segments[0].posteriors == pytest.approx(found.posteriors)


def test_many_clips_get_the_answers_that_each_gets_alone(
    recognizer: Recognizer, tmp_path: Path
) -> None:
    """Of several lengths, two of them alike, one long, one of silence: batches mix nothing up."""
    clips = [synth.voice(s, seed=n) for n, s in enumerate((2.0, 3.1, 2.0, 13.0, 2.7))]
    clips.insert(2, np.zeros(2 * SAMPLE_RATE, np.float32))
    paths = [synth.write(tmp_path / f"{n}.wav", clip) for n, clip in enumerate(clips)]
    found = list(recognizer.recognize_many(paths))
    assert isinstance(found.pop(2), AudioError)
    for path, one in zip(paths[:2] + paths[3:], found, strict=True):
        alone = recognizer.recognize(path)
        assert not isinstance(one, AudioError)
        assert one.posteriors == pytest.approx(alone.posteriors, abs=1e-5)
        assert len(one.segments) == len(alone.segments)
        assert one.duration_s == alone.duration_s


def test_keras_gives_the_same_answer(
    recognizer: Recognizer, trained: TrainingReport, tmp_path: Path
) -> None:
    path = synth.write(tmp_path / "a.wav", synth.voice(13.0))
    expected = recognizer.recognize(path)
    found = Recognizer.load(trained.folder, engine="keras").recognize(path)
    assert found.emotion == expected.emotion
    assert found.posteriors == pytest.approx(expected.posteriors, abs=1e-4)
    assert len(found.segments) == len(expected.segments) == 8


def test_a_long_clip_is_the_mean_of_its_segments(recognizer: Recognizer) -> None:
    found = recognizer.judge(synth.voice(40.0))
    mean = np.mean([list(segment.posteriors.values()) for segment in found.segments], axis=0)
    assert list(found.posteriors.values()) == pytest.approx(list(mean))
    assert found.segments[0].start_s == 0
    assert found.segments[-1].end_s == pytest.approx(40.0)


def test_parts_without_speech_are_left_out(recognizer: Recognizer) -> None:
    waveform = np.concatenate([synth.voice(6.0), np.zeros(24 * SAMPLE_RATE, np.float32)])
    found = recognizer.judge(waveform)
    assert found.duration_s == 30
    assert max(segment.end_s for segment in found.segments) < 12


@pytest.mark.parametrize("kind", ["silence", "noise"])
def test_what_is_no_speech_gets_no_emotion(
    recognizer: Recognizer, tmp_path: Path, kind: str
) -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal(10 * SAMPLE_RATE)
    path = synth.write(tmp_path / "a.wav", noise if kind == "noise" else 0 * noise)
    with pytest.raises(AudioError) as caught:
        recognizer.recognize(path)
    assert caught.value.code == "audio:user:no-speech"
    assert caught.value.details["speech_s"] == 0


@pytest.mark.parametrize(
    ("name", "sample_rate", "options"),
    [
        ("eight-bit.wav", SAMPLE_RATE, {"subtype": "PCM_U8"}),
        ("studio.wav", 192_000, {"subtype": "PCM_24"}),
        ("a.mp3", SAMPLE_RATE, {}),
        ("a.flac", SAMPLE_RATE, {}),
    ],
)
def test_odd_but_good_files_are_recognized(
    recognizer: Recognizer,
    tmp_path: Path,
    name: str,
    sample_rate: int,
    options: dict[str, object],
) -> None:
    repeated = np.repeat(synth.voice(2.0), sample_rate // SAMPLE_RATE)
    path = synth.write(tmp_path / name, repeated, sample_rate, **options)
    assert recognizer.recognize(path).emotion in EMOTIONS


def test_eight_channels_are_recognized(recognizer: Recognizer, tmp_path: Path) -> None:
    path = synth.write(tmp_path / "a.wav", np.tile(synth.voice(2.0)[:, None], 8))
    one = recognizer.recognize(synth.write(tmp_path / "b.wav", synth.voice(2.0)))
    assert recognizer.recognize(path).posteriors == pytest.approx(one.posteriors, abs=1e-3)


def test_gain_does_not_change_the_answer(recognizer: Recognizer) -> None:
    voice = synth.voice(3.0)
    expected = recognizer.judge(voice).posteriors
    assert recognizer.judge((0.01 * voice).astype(np.float32)).posteriors == pytest.approx(
        expected, abs=1e-3
    )


def test_ten_minutes_fit_into_bounded_memory(
    recognizer: Recognizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    minute = np.tile(synth.voice(6.0), 10)
    path = synth.write(tmp_path / "a.flac", np.tile(minute, 10))
    sizes: list[int] = []
    network = recognizer.network

    def listen(batch: Features) -> Features:
        sizes.append(len(batch))
        return network(batch)

    monkeypatch.setattr(recognizer, "network", listen)
    tracemalloc.start()
    found = recognizer.recognize(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found.segments) == 399
    assert max(sizes) == BATCH_SIZE
    # the waveform takes 38 MB, joined from parts of the same size
    assert peak < 120e6


def test_the_temperature_of_the_bundle_is_used(trained: TrainingReport) -> None:
    network = Recognizer.load(trained.folder).network
    cold, hot = (
        Recognizer(dataclasses.replace(trained.info, temperature=t), network) for t in (0.1, 10.0)
    )
    voice = synth.voice(2.0)
    assert cold.judge(voice).confidence > hot.judge(voice).confidence
    assert cold.judge(voice).emotion == hot.judge(voice).emotion
