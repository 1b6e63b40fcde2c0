"""What is drawn of a clip: properties of sounds that are known."""

import base64
import json
import time

import numpy as np
import pytest

from mlcore.audio import SAMPLE_RATE, Waveform
from mlcore.portrait import (
    FLOOR_DBFS,
    MAX_COLUMNS,
    MAX_PEAKS,
    MAX_PITCHES,
    energy_of,
    peaks_of,
    pitch_of,
    portray,
    spectrogram_of,
)
from mlcore.speech import SpeechGate
from mlcore.tests import synth

GATE = SpeechGate()


def tone(hertz: float, duration_s: float = 1.0, *, amplitude: float = 0.5) -> Waveform:
    seconds = np.arange(round(duration_s * SAMPLE_RATE)) / SAMPLE_RATE
    return np.asarray(amplitude * np.sin(2 * np.pi * hertz * seconds), dtype=np.float32)


def silence(duration_s: float = 1.0) -> Waveform:
    return np.zeros(round(duration_s * SAMPLE_RATE), np.float32)


@pytest.mark.parametrize("hertz", [70, 110, 220, 440])
def test_it_finds_the_pitch_of_a_tone(hertz: float) -> None:
    inner = pitch_of(tone(hertz))[10:-10]
    assert inner == pytest.approx([hertz] * len(inner), rel=0.01)


def test_it_follows_a_voice_without_octave_errors() -> None:
    found = [pitch for pitch in pitch_of(synth.voice(2.0, f0=160)) if pitch]
    assert len(found) > 100
    assert np.mean([120 < pitch < 200 for pitch in found]) > 0.95


def test_it_finds_no_pitch_in_silence_and_almost_none_in_noise() -> None:
    assert set(pitch_of(silence())) == {None}
    noise = np.random.default_rng(0).standard_normal(SAMPLE_RATE).astype(np.float32) * 0.1
    assert np.mean([pitch is not None for pitch in pitch_of(noise)]) < 0.05


def test_its_pitch_is_there_when_the_tone_is() -> None:
    contour = pitch_of(np.concatenate([silence(), tone(220), silence()]))
    third = len(contour) // 3
    assert not any(contour[: third - 10])
    assert all(contour[third + 10 : 2 * third - 10])
    assert not any(contour[2 * third + 10 :])


def test_its_peaks_hold_the_extremes_of_each_stretch() -> None:
    waveform = silence(2.0)
    waveform[100], waveform[-100] = 0.7, -0.4
    peaks = peaks_of(waveform)
    assert len(peaks) == MAX_PEAKS
    assert peaks[2] == (0.0, 0.7)
    assert peaks[-3] == (-0.4, 0.0)
    assert sum(peak == (0.0, 0.0) for peak in peaks) == MAX_PEAKS - 2


def test_its_energy_is_the_level() -> None:
    energy = energy_of(np.concatenate([silence(), tone(200, amplitude=0.1)]))
    half = len(energy) // 2
    assert set(energy[: half - 1]) == {FLOOR_DBFS}
    assert energy[half + 1 :] == pytest.approx([-23.0] * (len(energy) - half - 1), abs=0.2)


@pytest.mark.parametrize("hertz", [150, 500, 1000, 3000, 6000])
def test_its_spectrogram_is_brightest_in_the_band_of_a_tone(hertz: float) -> None:
    portrait = portray(tone(hertz), GATE)
    edges = portrait.band_edges_hz
    cells = np.frombuffer(base64.b64decode(portrait.spectrogram), np.uint8)
    cells = cells.reshape(portrait.n_columns, len(edges) - 1)
    band = int(cells[portrait.n_columns // 2].argmax())
    assert edges[max(0, band - 1)] <= hertz <= edges[min(band + 2, len(edges) - 1)]
    assert cells.max() == 255


def test_its_spectrogram_of_silence_is_black() -> None:
    assert not spectrogram_of(silence()).any()


def test_it_says_where_speech_is() -> None:
    voice = synth.voice(2.0)
    heard = GATE.stretches(np.concatenate([silence(1.5), voice, silence(2.0)]))
    assert heard
    assert heard[0][0] == pytest.approx(1.5, abs=0.4)
    assert heard[-1][1] == pytest.approx(3.5, abs=0.4)
    assert GATE.stretches(silence()) == ()


@pytest.mark.parametrize("n_samples", [1, 100, 159, 160, 161, 4800, 640_000, 640_001])
def test_it_portrays_any_length(n_samples: int) -> None:
    portrait = portray(np.full(n_samples, 0.01, np.float32), GATE)
    assert portrait.duration_s == pytest.approx(n_samples / SAMPLE_RATE, abs=0.001)
    assert len(base64.b64decode(portrait.spectrogram)) == portrait.n_columns * 64
    assert portrait.peaks


def test_it_stays_small_and_quick_however_long_the_clip_is() -> None:
    waveform = np.resize(synth.voice(3.0), 600 * SAMPLE_RATE)
    started = time.process_time()
    portrait = portray(waveform, GATE)
    assert time.process_time() - started < 30
    assert len(portrait.peaks) <= MAX_PEAKS
    assert portrait.n_columns <= MAX_COLUMNS
    assert len(portrait.energy_db) <= MAX_COLUMNS
    assert len(portrait.pitch_hz) <= MAX_PITCHES
    assert len(json.dumps(portrait.to_dict())) < 120_000
