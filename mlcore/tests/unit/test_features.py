"""Features, segments and the speech gate, by their properties."""

import numpy as np
import pytest

from mlcore.audio import SAMPLE_RATE
from mlcore.augment import _limit_band, augment, usual_copy
from mlcore.features import FeatureConfig, normalize_level, power_mel
from mlcore.segments import SegmentConfig, cut
from mlcore.speech import MIN_SPEECH_S, SpeechGate
from mlcore.tests import synth

CONFIG = FeatureConfig()
GATE = SpeechGate()
RNG = np.random.default_rng(0)
TIME = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE


def test_power_mel_is_librosas() -> None:
    import librosa

    waveform = normalize_level(synth.voice(1.0), level_dbfs=-30.0)
    expected = librosa.feature.melspectrogram(
        y=waveform, sr=SAMPLE_RATE, n_fft=CONFIG.n_fft, hop_length=CONFIG.hop_length, n_mels=40
    ).T
    np.testing.assert_allclose(power_mel(waveform, CONFIG), expected, rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize("n_samples", [1, 399, 16_000, 16_001, 48_123])
def test_power_mel_has_one_frame_a_hop_and_one_more(n_samples: int) -> None:
    waveform = RNG.standard_normal(n_samples).astype(np.float32)
    mel = power_mel(waveform, CONFIG)
    assert mel.shape == (1 + n_samples // CONFIG.hop_length, CONFIG.n_mels)
    assert mel.dtype == np.float32
    assert (mel >= 0).all()


def test_gain_and_offset_do_not_matter() -> None:
    waveform = synth.voice(1.0)
    expected = power_mel(waveform, CONFIG)
    scale = expected.max()
    for gain, offset in ((1e-3, 0.0), (30.0, 0.0), (1.0, 0.2)):
        changed = power_mel((gain * waveform + offset).astype(np.float32), CONFIG)
        np.testing.assert_allclose(changed, expected, atol=1e-3 * scale)


@pytest.mark.parametrize("level_dbfs", [-30.0, -20.0])
def test_the_level_is_reached(level_dbfs: float) -> None:
    leveled = normalize_level(synth.voice(1.0), level_dbfs=level_dbfs)
    assert 20 * np.log10(np.sqrt(np.mean(leveled**2))) == pytest.approx(level_dbfs, abs=0.01)


def test_silence_stays_silence_and_huge_samples_stay_finite() -> None:
    assert not power_mel(np.zeros(16_000, np.float32), CONFIG).any()
    assert not normalize_level(np.zeros(0, np.float32), level_dbfs=-30.0).any()
    huge = (1e30 * synth.voice(1.0)).astype(np.float32)
    assert np.isfinite(power_mel(huge, CONFIG)).all()


@pytest.mark.parametrize("duration_s", [0.3, 5.99, 6.0])
def test_a_short_clip_is_one_segment(duration_s: float) -> None:
    n_samples = round(duration_s * SAMPLE_RATE)
    assert cut(n_samples, SegmentConfig(6.0, 3.0)) == [slice(0, n_samples)]
    assert cut(n_samples, SegmentConfig(3.0, 1.5, whole_s=6.0)) == [slice(0, n_samples)]


def test_what_is_longer_than_a_whole_is_cut_into_shorter_parts() -> None:
    parts = cut(7 * SAMPLE_RATE, SegmentConfig(3.0, 1.5, whole_s=6.0))
    assert [part.start / SAMPLE_RATE for part in parts] == [0.0, 1.5, 3.0, 4.0]
    assert {part.stop - part.start for part in parts} == {3 * SAMPLE_RATE}


@pytest.mark.parametrize("duration_s", [6.01, 9.0, 10.0, 61.7, 600.0])
def test_segments_cover_a_long_clip_and_are_equally_long(duration_s: float) -> None:
    n_samples = round(duration_s * SAMPLE_RATE)
    parts = cut(n_samples, SegmentConfig(6.0, 3.0))
    assert {part.stop - part.start for part in parts} == {6 * SAMPLE_RATE}
    assert (parts[0].start, parts[-1].stop) == (0, n_samples)
    starts = [part.start for part in parts]
    assert starts == sorted(set(starts))
    assert max(np.diff(starts)) <= 3 * SAMPLE_RATE


@pytest.mark.parametrize("gain", [1e-3, 1.0])
def test_the_gate_lets_a_voice_pass_however_quiet(gain: float) -> None:
    assert GATE.speech_s((gain * synth.voice(3.0)).astype(np.float32)) >= MIN_SPEECH_S


def test_the_gate_finds_a_voice_beside_something_louder() -> None:
    burst = 0.9 * np.sin(2 * np.pi * 1000 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)
    waveform = np.concatenate([0.3 * synth.voice(3.0), np.zeros(8000), burst])
    assert GATE.speech_s(waveform.astype(np.float32)) >= MIN_SPEECH_S


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros_like(TIME),
        RNG.standard_normal(len(TIME)),
        np.cumsum(RNG.standard_normal(len(TIME))),
        np.sin(2 * np.pi * 50 * TIME),
        np.sin(2 * np.pi * 880 * TIME),
        sum(np.sin(2 * np.pi * f * TIME) * np.exp(-4 * (TIME % 0.5)) for f in (262, 330, 392)),
    ],
    ids=["silence", "white noise", "rumble", "hum", "tone", "chords"],
)
@pytest.mark.parametrize("gain", [1e-3, 0.1])
def test_the_gate_stops_what_is_no_speech(sound: np.ndarray, gain: float) -> None:
    assert GATE.speech_s((gain * sound).astype(np.float32)) < MIN_SPEECH_S


def test_a_limited_band_loses_both_ends_of_the_spectrum() -> None:
    noise = np.random.default_rng(0).standard_normal(SAMPLE_RATE).astype(np.float32)
    power = np.abs(np.fft.rfft(_limit_band(noise, 300.0, 3400.0))) ** 2  # by Hz
    inside = power[600:2500].mean()
    assert power[:100].mean() < 0.01 * inside
    assert power[6000:].mean() < 0.05 * inside


def test_augmented_copies_are_repeatable_and_different() -> None:
    waveform = synth.voice(1.0)
    copies = [augment(waveform, seed) for seed in range(20)]
    np.testing.assert_array_equal(copies[3], augment(waveform, 3))
    assert all(np.isfinite(copy).all() and copy.dtype == np.float32 for copy in copies)
    assert len({copy.tobytes() for copy in copies}) > 15
    assert all(0.9 < len(copy) / len(waveform) < 1.12 for copy in copies)


def test_the_usual_copies_are_a_noisy_one_and_a_slower_higher_one() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 440.0 * TIME).astype(np.float32)
    noisy, slower = (usual_copy(tone, 7, number=number) for number in (1, 2))
    np.testing.assert_array_equal(noisy, usual_copy(tone, 7, number=1))
    assert 0.0 < np.std(noisy - tone) < 0.035 * 0.5
    assert len(slower) == round(len(tone) / 0.8)
    power = np.abs(np.fft.rfft(slower)) ** 2
    found_hz = power.argmax() * SAMPLE_RATE / len(slower)
    assert found_hz == pytest.approx(440.0 * 2 ** (0.7 / 12), rel=0.01)
    assert noisy.dtype == slower.dtype == np.float32
