"""Spoiled clips: each condition does what its description says, and always the same."""

from pathlib import Path

import numpy as np
import pytest

from mlcore.audio import SAMPLE_RATE, Waveform
from mlcore.dataset import Utterance
from mlcore.errors import AudioError
from mlcore.labels import EMOTIONS
from mlcore.robustness import CLEAN, CONDITIONS, measure
from mlcore.tests import synth

VOICE = synth.voice(2.0)


def power(waveform: Waveform) -> float:
    return float(np.mean(np.square(waveform, dtype=np.float64)))


def energy_above(waveform: Waveform, hertz: float) -> float:
    """Return the share of the energy above a frequency."""
    spectrum = np.square(np.abs(np.fft.rfft(waveform * np.hanning(len(waveform)))))
    is_above = np.fft.rfftfreq(len(waveform), 1 / SAMPLE_RATE) > hertz
    return float(spectrum[is_above].sum() / spectrum.sum())


@pytest.mark.parametrize("name", CONDITIONS)
def test_it_repeats_itself_and_keeps_the_waveform_as_it_was(name: str) -> None:
    before = VOICE.copy()
    first, again = (CONDITIONS[name].apply(VOICE, seed=7) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(VOICE, before)
    assert first.dtype == np.float32
    assert first.flags.c_contiguous
    assert np.isfinite(first).all()
    assert not np.array_equal(first, VOICE)
    added = 2 * round(1.5 * SAMPLE_RATE) if name == "silence" else 0
    assert len(first) == len(VOICE) + added


@pytest.mark.parametrize("name", CONDITIONS)
def test_it_bears_silence_and_odd_lengths(name: str) -> None:
    silent = CONDITIONS[name].apply(np.zeros(8001, np.float32), seed=0)
    assert np.abs(silent).max() < 1e-3
    assert len(silent) >= 8001


@pytest.mark.parametrize("snr_db", [20, 10, 5, 0])
def test_noise_is_as_strong_as_it_says_and_pink(snr_db: int) -> None:
    noisy = CONDITIONS[f"noise_{snr_db}_db"].apply(VOICE, seed=1)
    noise = noisy - VOICE
    assert 10 * np.log10(power(VOICE) / power(noise)) == pytest.approx(snr_db, abs=0.5)
    octaves = [energy_above(noise, hertz) for hertz in (500, 1000, 2000, 4000)]
    shares = -np.diff(octaves)
    np.testing.assert_allclose(shares, shares.mean(), rtol=0.25)  # the same in every octave


def test_noise_differs_from_clip_to_clip() -> None:
    one, other = (CONDITIONS["noise_0_db"].apply(VOICE, seed=seed) - VOICE for seed in (1, 2))
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.1


@pytest.mark.parametrize("name", ["mp3", "opus", "aac"])
def test_codecs_keep_the_sound_and_its_place(name: str) -> None:
    coded = CONDITIONS[name].apply(VOICE, seed=0)
    shifts = [np.corrcoef(VOICE[8:-8], np.roll(coded, n)[8:-8])[0, 1] for n in range(-8, 9)]
    assert 0.95 < max(shifts) < 0.9999


def test_the_telephone_passes_300_to_3400_hz_only() -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal(2 * SAMPLE_RATE).astype(np.float32)
    heard = CONDITIONS["telephone"].apply(noise, seed=0)
    assert energy_above(heard, 3600) < 1e-4 < 0.5 < energy_above(noise, 3600)
    assert 1 - energy_above(heard, 250) < 1e-3
    assert energy_above(heard, 320) - energy_above(heard, 3380) > 0.95
    share = (3400 - 300) / (SAMPLE_RATE / 2)  # of white noise lies inside
    assert power(heard) == pytest.approx(share * power(noise), rel=0.1)


def test_a_room_rings_on_after_a_click() -> None:
    click = np.zeros(SAMPLE_RATE, np.float32)
    click[100] = 0.5
    heard = CONDITIONS["reverberation"].apply(click, seed=0)
    assert np.abs(heard[:100]).max() < 1e-6
    energy = np.square(heard[100:].astype(np.float64))
    decay = 10 * np.log10(energy[::-1].cumsum()[::-1] / energy.sum())
    drop = np.interp(0.3, np.arange(len(decay)) / SAMPLE_RATE, decay)
    assert -50 < drop < -20  # half of the reverberation time: about 30 dB below the tail's start
    assert power(heard) == pytest.approx(power(click), rel=0.01)


def test_gain_scales_or_clips() -> None:
    quiet = CONDITIONS["gain_-20_db"].apply(VOICE, seed=0)
    np.testing.assert_allclose(quiet, VOICE / 10, atol=1e-7)
    loud = CONDITIONS["gain_+6_db"].apply(0.01 * VOICE, seed=0)
    assert np.abs(loud).max() == 1.0
    peak = np.abs(VOICE).max()
    clipped = np.abs(VOICE) > 0.51 * peak
    assert np.all(np.abs(loud[clipped]) == 1.0)
    np.testing.assert_allclose(
        loud[np.abs(VOICE) < 0.49 * peak],
        VOICE[np.abs(VOICE) < 0.49 * peak] / peak * 10**0.3,
        atol=1e-5,
    )


def test_silence_is_put_at_both_ends() -> None:
    longer = CONDITIONS["silence"].apply(VOICE, seed=0)
    n_added = round(1.5 * SAMPLE_RATE)
    np.testing.assert_array_equal(longer[n_added:-n_added], VOICE)
    assert not longer[:n_added].any()
    assert not longer[-n_added:].any()


@pytest.fixture
def clips(tmp_path: Path) -> tuple[Path, list[Utterance]]:
    """Write a quiet and a loud clip, and name one that is not there."""
    for name, gain in (("quiet", 0.1), ("loud", 3.0)):
        synth.write(tmp_path / f"{name}.wav", gain * synth.voice(0.5))
    names = {"quiet": "sad", "loud": "angry", "missing": "angry"}
    return tmp_path, [
        Utterance(f"{name}.wav", "made", name, emotion) for name, emotion in names.items()
    ]


def judge(waveform: Waveform) -> dict[str, float]:
    """Take loud clips for angry ones and refuse whatever has been made longer."""
    if len(waveform) > SAMPLE_RATE:
        raise AudioError("audio:user:no-speech", {"speech_s": 0.0, "limit_s": 0.1})
    found = "angry" if np.abs(waveform).max() > 0.3 else "sad"
    return {emotion: float(emotion == found) for emotion in EMOTIONS}


def test_it_compares_every_condition_with_the_same_clips_as_recorded(
    clips: tuple[Path, list[Utterance]],
) -> None:
    folder, utterances = clips
    found = {scores.name: scores for scores in measure(judge, utterances, folder)}
    assert list(found) == [CLEAN, *CONDITIONS]
    clean, quieter, longer = (found[name] for name in (CLEAN, "gain_-20_db", "silence"))
    # sad is right, of the two angry ones the file of one is missing
    assert clean.uar == pytest.approx(0.75)
    assert (clean.uar_loss, clean.agreement, clean.n_refused) == (0, 1, 1)
    assert quieter.uar == pytest.approx(0.5)
    assert quieter.uar_loss == pytest.approx(0.25)
    assert quieter.agreement == pytest.approx(2 / 3)  # "refused" is the same answer
    assert (longer.uar, longer.n_refused) == (0, 3)
    assert found["gain_+6_db"].uar == pytest.approx(0.25)  # the quiet one is shouted now
    assert set(quieter.to_dict()) >= {"name", "uar", "uar_loss", "agreement"}


def test_it_is_decided_by_the_seed_alone(clips: tuple[Path, list[Utterance]]) -> None:
    folder, utterances = clips

    def heard(items: list[Utterance], seed: int) -> list[bytes]:
        waveforms: list[bytes] = []

        def listen(waveform: Waveform) -> dict[str, float]:
            waveforms.append(waveform.tobytes())
            return judge(waveform[:1])

        measure(listen, items, folder, seed=seed)
        return waveforms

    together, alone = heard(utterances, 0), heard(utterances[1:2], 0)
    assert together[len(alone) :] == alone  # whatever else is judged
    assert heard(utterances[1:2], 1) != alone
