"""Noise reduction and trimming, by their properties."""

from dataclasses import replace

import numpy as np
import pytest

from mlcore.audio import SAMPLE_RATE, Waveform
from mlcore.features import USUAL, extract, reduce_noise, trim_silence
from mlcore.tests import synth

RNG = np.random.default_rng(0)
PAUSE = np.zeros(SAMPLE_RATE // 2, np.float32)
VOICE = np.concatenate([PAUSE, synth.voice(3.0), PAUSE])


def with_noise(voice: Waveform, *, snr_db: float) -> Waveform:
    noise = RNG.standard_normal(len(voice))
    noise *= np.sqrt(np.mean(voice**2) / np.mean(noise**2)) * 10 ** (-snr_db / 20)
    return (voice + noise).astype(np.float32)


def snr_db(voice: Waveform, found: Waveform) -> float:
    return float(10 * np.log10(np.sum(voice**2) / np.sum((found - voice) ** 2)))


@pytest.mark.parametrize(("before_db", "gain_db"), [(0.0, 6.0), (5.0, 5.0), (10.0, 4.0)])
def test_a_noisy_voice_comes_out_clearer(before_db: float, gain_db: float) -> None:
    noisy = with_noise(VOICE, snr_db=before_db)
    assert snr_db(VOICE, reduce_noise(noisy)) > before_db + gain_db


def test_a_clean_voice_stays_what_it_is() -> None:
    assert snr_db(VOICE, reduce_noise(VOICE)) > 15.0


def test_a_pause_becomes_quieter() -> None:
    noisy = with_noise(VOICE, snr_db=10.0)
    pause = slice(1600, 6400)
    before, after = np.std(noisy[pause]), np.std(reduce_noise(noisy)[pause])
    assert 20 * np.log10(after / before) < -10.0


@pytest.mark.parametrize("n_samples", [0, 1, 100, 511, 512, 12_345])
def test_noise_reduction_keeps_length_and_silence(n_samples: int) -> None:
    assert len(reduce_noise(VOICE[8000 : 8000 + n_samples])) == n_samples
    assert not reduce_noise(np.zeros(n_samples, np.float32)).any()


@pytest.mark.parametrize(("before_s", "after_s"), [(0.0, 1.0), (1.0, 0.0), (2.0, 3.0)])
def test_silence_around_a_voice_does_not_matter(before_s: float, after_s: float) -> None:
    voice = synth.voice(2.0)
    before, after = np.zeros(round(before_s * SAMPLE_RATE)), np.zeros(round(after_s * SAMPLE_RATE))
    found = trim_silence(np.concatenate([before, voice, after]), trim_db=30.0)
    assert len(found) == pytest.approx(len(voice), abs=0.13 * SAMPLE_RATE)
    assert np.sum(found**2) == pytest.approx(np.sum(voice.astype(float) ** 2), rel=1e-4)


def test_features_are_the_same_whatever_silence_was_recorded() -> None:
    config = replace(USUAL, name="functionals", trim_db=30.0)
    voice = np.concatenate([PAUSE[:3200], synth.voice(2.0), PAUSE[:3200]])
    expected = extract(voice, config)
    found = extract(np.concatenate([PAUSE, PAUSE, voice, PAUSE]), config)
    np.testing.assert_allclose(found, expected, atol=0.01 * np.abs(expected).max())


def test_an_offset_is_no_sound() -> None:
    found = trim_silence(VOICE + np.float32(0.3), trim_db=30.0)
    assert len(found) == len(trim_silence(VOICE, trim_db=30.0)) < len(VOICE)


@pytest.mark.parametrize("place", [0, 100, 24_000, 47_900])
def test_a_click_alone_leaves_enough_to_judge(place: int) -> None:
    waveform = np.zeros(48_000, np.float32)
    waveform[place] = 0.9
    found = trim_silence(waveform, trim_db=30.0)
    assert len(found) == round(0.3 * SAMPLE_RATE)
    assert found.max() == np.float32(0.9)


@pytest.mark.parametrize("n_samples", [0, 1, 1600, 48_000])
def test_nothing_is_cut_off_digital_silence(n_samples: int) -> None:
    assert len(trim_silence(np.zeros(n_samples, np.float32), trim_db=30.0)) == n_samples
    assert len(trim_silence(VOICE[8000:9600], trim_db=30.0)) == 1600
