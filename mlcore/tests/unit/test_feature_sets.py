"""Every feature and every set of them, by their properties and beside librosa's own calls."""

import inspect
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mlcore.audio import SAMPLE_RATE, Waveform
from mlcore.features import FEATURE_SETS, USUAL, FeatureConfig, extract, input_shape, power_mel
from mlcore.features import spectrum as of
from mlcore.features.config import FRAME_SHAPES, SUMMARY_SHAPES
from mlcore.features.spectrum import Spectrum
from mlcore.tests import synth

RNG = np.random.default_rng(0)
VOICE = synth.voice(3.0)
TIME = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
LARGEST = "mfcc_delta_chroma_mel_contrast_tonnetz"
FRAMES: dict[str, Any] = {"n_fft": USUAL.n_fft, "hop_length": USUAL.hop_length}

# With the number of features; those of the samples and of the spectrum alike.
FEATURES: dict[str, tuple[int, Callable[[Spectrum], Any]]] = {
    "log_mel": (64, lambda s: of.log_mel(s, n_mels=64)),
    "mel_power": (64, lambda s: of.mel_power(s, n_mels=64)),
    "mfcc": (13, lambda s: of.mfcc(s, n_mfcc=13, n_mels=64)),
    "delta": (13, lambda s: of.delta(of.mfcc(s, n_mfcc=13, n_mels=64))),
    "double delta": (13, lambda s: of.delta(of.mfcc(s, n_mfcc=13, n_mels=64), order=2)),
    "chroma": (12, of.chroma),
    "centroid": (1, of.spectral_centroid),
    "roll-off": (1, of.spectral_rolloff),
    "contrast": (7, of.spectral_contrast),
    "flatness": (1, of.spectral_flatness),
    "zero-crossing rate": (1, of.zero_crossing_rate),
    "rms": (1, of.rms),
    "tonnetz": (6, lambda s: of.tonnetz(of.chroma(s))),
    "f0": (1, of.fundamental_frequency),
}
SOUNDS: dict[str, Waveform] = {
    "voice": VOICE,
    "digital silence": np.zeros_like(VOICE),
    "0.1 s": VOICE[8000:9600],
    "one sample": VOICE[8000:8001],
    "nothing": VOICE[:0],
    "offset": VOICE + np.float32(0.5),
    "clipped square": np.sign(VOICE),
    "nearly the largest floats": (3e38 * VOICE / np.abs(VOICE).max()).astype(np.float32),
    "nearly the smallest floats": (1e-38 * VOICE).astype(np.float32),
    "click": np.eye(1, len(VOICE), 24_000, dtype=np.float32)[0],
}
CONFIGS = {
    "usual": USUAL,
    "leveled": replace(USUAL, level_dbfs=-30.0),
    "all steps": replace(USUAL, denoise=True, trim_db=30.0, level_dbfs=-30.0, n_frames=130),
    "as it is": replace(USUAL, denoise=True, trim_db=30.0),
}


def tone(frequency: float, amplitude: float = 0.5) -> Waveform:
    return np.asarray(amplitude * np.sin(2 * np.pi * frequency * TIME), dtype=np.float32)


def inner(features: Any) -> Any:
    """Without the frames that reach over an end."""
    return features[4:-4]


@pytest.mark.parametrize("name", FEATURES)
@pytest.mark.parametrize("n_samples", [1, 1600, 16_000, 48_123])
@pytest.mark.parametrize("config", [FeatureConfig(), USUAL], ids=["25 ms", "96 ms"])
def test_a_feature_has_a_row_for_every_frame(
    name: str, n_samples: int, config: FeatureConfig
) -> None:
    n_features, compute = FEATURES[name]
    waveform = RNG.standard_normal(n_samples).astype(np.float32)
    found = compute(Spectrum(waveform, config))
    n_frames = 1 + max(n_samples, config.n_fft) // config.hop_length
    assert (found.shape, found.dtype) == ((n_frames, n_features), np.float32)
    assert np.isfinite(found).all()


def librosa_calls() -> dict[str, Any]:
    """Each as a script would call it, which transforms the waveform anew every time."""
    from librosa import feature, power_to_db, stft

    sampled: dict[str, Any] = {"frame_length": USUAL.n_fft, "hop_length": USUAL.hop_length}
    at: dict[str, Any] = {"y": VOICE, "sr": SAMPLE_RATE, **FRAMES}
    mel = feature.melspectrogram(**at, n_mels=64)
    mfcc = feature.mfcc(**at, n_mfcc=13, n_mels=64)
    chroma = feature.chroma_stft(S=np.abs(stft(VOICE, **FRAMES)), sr=SAMPLE_RATE)
    return {
        "log_mel": power_to_db(mel),
        "mel_power": mel,
        "mfcc": mfcc,
        "delta": feature.delta(mfcc),
        "double delta": feature.delta(mfcc, order=2),
        "chroma": chroma,
        "centroid": feature.spectral_centroid(**at),
        "roll-off": feature.spectral_rolloff(**at),
        "contrast": feature.spectral_contrast(**at),
        "flatness": feature.spectral_flatness(y=VOICE, **FRAMES),
        "zero-crossing rate": feature.zero_crossing_rate(VOICE, **sampled),
        "rms": feature.rms(y=VOICE, **sampled),
        "tonnetz": feature.tonnetz(chroma=chroma),
    }


def test_features_are_those_of_librosas_separate_calls() -> None:
    spectrum = Spectrum(VOICE, USUAL)
    expected = librosa_calls()
    assert set(FEATURES) - set(expected) == {"f0"}
    for name, values in expected.items():
        found = FEATURES[name][1](spectrum)
        scale = np.abs(values).max()
        np.testing.assert_allclose(found, values.T, rtol=1e-3, atol=1e-4 * scale, err_msg=name)


def test_all_features_share_one_transform(monkeypatch: pytest.MonkeyPatch) -> None:
    import librosa

    transforms: list[int] = []
    stft = librosa.stft

    def counted(*args: Any, **kwargs: Any) -> Any:
        transforms.append(1)
        return stft(*args, **kwargs)

    # librosa's own functions reach it by the module, ours by the package
    monkeypatch.setattr(librosa, "stft", counted)
    monkeypatch.setattr(librosa.core.spectrum, "stft", counted)
    librosa.feature.spectral_flatness(y=VOICE)
    assert len(transforms) == 1
    for name in (LARGEST, "vector_162", "mfcc_deltas", "functionals"):
        transforms.clear()
        extract(VOICE, replace(USUAL, name=name))
        assert len(transforms) == 1


@pytest.mark.parametrize("frequency", [220.0, 440.0])
def test_a_tone_is_where_it_is(frequency: float) -> None:
    spectrum = Spectrum(tone(frequency), USUAL)
    bin_hz = SAMPLE_RATE / USUAL.n_fft
    assert inner(of.spectral_centroid(spectrum)) == pytest.approx(frequency, abs=bin_hz)
    assert inner(of.spectral_rolloff(spectrum)) == pytest.approx(frequency, abs=2 * bin_hz)
    assert inner(of.fundamental_frequency(spectrum)) == pytest.approx(frequency, rel=0.01)
    assert (inner(of.chroma(spectrum)).argmax(axis=1) == 9).all()  # both are an A
    rate = 2 * frequency / SAMPLE_RATE
    assert inner(of.zero_crossing_rate(spectrum)) == pytest.approx(rate, abs=2 / USUAL.n_fft)
    assert inner(of.rms(spectrum)) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


def test_a_flat_spectrum_is_flat_and_a_tone_is_not() -> None:
    noise = RNG.standard_normal(len(TIME)).astype(np.float32)
    assert of.spectral_flatness(Spectrum(noise, USUAL)).mean() > 0.5
    assert inner(of.spectral_flatness(Spectrum(tone(440.0), USUAL))).max() < 0.01


def test_a_tone_stands_out_in_its_octave_only() -> None:
    noise = 1e-3 * RNG.standard_normal(len(TIME)).astype(np.float32)
    contrast = inner(of.spectral_contrast(Spectrum(tone(1200.0) + noise, USUAL))).mean(axis=0)
    assert contrast.argmax() == 3  # 800 to 1600 Hz
    assert contrast[3] > np.delete(contrast, 3).max() + 20


def test_a_steady_sound_has_no_delta_and_a_swelling_one_its_slope() -> None:
    ramp = np.outer(np.arange(50), [2.0, -1.0]).astype(np.float32)
    np.testing.assert_allclose(of.delta(ramp), np.tile([2.0, -1.0], (50, 1)), atol=1e-4)
    np.testing.assert_allclose(of.delta(ramp, order=2), 0.0, atol=1e-4)
    np.testing.assert_allclose(of.delta(np.ones((3, 2), np.float32)), 0.0, atol=1e-6)


@pytest.mark.parametrize("f0", [90.0, 210.0])
def test_pitch_follows_a_voice(f0: float) -> None:
    found = of.fundamental_frequency(Spectrum(synth.voice(3.0, f0=f0), USUAL))[:, 0]
    assert np.median(found[found > 0]) == pytest.approx(f0, rel=0.1)
    assert (found > 0).mean() > 0.9


def test_noise_and_silence_have_no_pitch() -> None:
    noise = RNG.standard_normal(len(TIME)).astype(np.float32)
    half = np.where(TIME < 1.5, tone(200.0), np.float32(0.0))
    assert (of.fundamental_frequency(Spectrum(noise, USUAL)) > 0).mean() < 0.05
    assert not of.fundamental_frequency(Spectrum(np.zeros_like(VOICE), USUAL)).any()
    pitch = of.fundamental_frequency(Spectrum(half, USUAL))[:, 0]
    assert pitch[4:60] == pytest.approx(200.0, rel=0.01)
    assert not pitch[70:].any()


def test_every_feature_is_documented() -> None:
    public = [
        function
        for name, function in inspect.getmembers(of, inspect.isfunction)
        if function.__module__ == of.__name__ and not name.startswith("_")
    ]
    assert len(public) >= 13
    for function in public:
        text = inspect.getdoc(function) or ""
        assert "Parameters\n---" in text, function.__name__
        assert "Returns\n---" in text, function.__name__
        assert "n_frames" in text, function.__name__


@pytest.mark.parametrize("sound", SOUNDS)
@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("name", FEATURE_SETS)
def test_a_set_is_finite_and_has_its_shape(name: str, config: str, sound: str) -> None:
    settings = replace(CONFIGS[config], name=name)
    found = extract(SOUNDS[sound], settings)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    expected = input_shape(settings)
    assert found.shape == tuple(n or len(found) for n in expected)


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("log_mel", (130, 128)),
        ("mfcc", (130, 40)),
        ("mfcc_log_mel", (130, 40, 2)),
        ("mfcc_deltas", (130, 39)),
        (LARGEST, (130, 40 + 40 + 12 + 128 + 7 + 6)),
        ("vector_162", (162,)),
        ("functionals", (300,)),
    ],
)
def test_a_clip_of_three_seconds_has_130_frames(name: str, size: tuple[int, ...]) -> None:
    assert extract(VOICE, replace(USUAL, name=name)).shape == size
    assert FEATURE_SETS.keys() == FRAME_SHAPES.keys() | SUMMARY_SHAPES.keys()


@pytest.mark.parametrize("n_frames", [50, 130, 174])
def test_frames_are_cut_or_padded_at_the_end(n_frames: int) -> None:
    whole = extract(VOICE, USUAL)
    fitted = extract(VOICE, replace(USUAL, n_frames=n_frames))
    n_kept = min(n_frames, len(whole))
    assert len(fitted) == n_frames
    np.testing.assert_array_equal(fitted[:n_kept], whole[:n_kept])
    assert not fitted[n_kept:].any()


def test_sets_are_made_of_the_features_in_their_order() -> None:
    spectrum = Spectrum(extract_input(VOICE), USUAL)
    mfcc, log_mel = of.mfcc(spectrum, n_mfcc=40, n_mels=128), of.log_mel(spectrum, n_mels=128)
    chroma, mfcc_13 = of.chroma(spectrum), of.mfcc(spectrum, n_mfcc=13, n_mels=128)
    parts = [mfcc, of.delta(mfcc), chroma, log_mel, of.spectral_contrast(spectrum)]
    largest = np.hstack([*parts, of.tonnetz(chroma)])
    np.testing.assert_array_equal(extract(VOICE, replace(USUAL, name=LARGEST)), largest)
    deltas = np.hstack([mfcc_13, of.delta(mfcc_13), of.delta(mfcc_13, order=2)])
    np.testing.assert_array_equal(extract(VOICE, replace(USUAL, name="mfcc_deltas")), deltas)
    channels = extract(VOICE, replace(USUAL, name="mfcc_log_mel"))
    np.testing.assert_array_equal(channels[..., 1], of.log_mel(spectrum, n_mels=40))
    np.testing.assert_array_equal(channels[..., 0], of.mfcc(spectrum, n_mfcc=40, n_mels=40))
    vector = extract(VOICE, replace(USUAL, name="vector_162"))
    assert vector[0] == pytest.approx(of.zero_crossing_rate(spectrum).mean())
    assert vector[33] == pytest.approx(of.rms(spectrum).mean())


def extract_input(waveform: Waveform) -> Waveform:
    """What is left to do for a clip whose level is left alone."""
    return np.asarray(waveform - waveform.mean(dtype=np.float64), dtype=np.float32)


@pytest.mark.parametrize("name", FEATURE_SETS)
@pytest.mark.parametrize("gain", [1e-3, 30.0])
def test_a_level_makes_gain_and_offset_indifferent(name: str, gain: float) -> None:
    config = replace(USUAL, name=name, level_dbfs=-30.0)
    expected = extract(VOICE, config)
    changed = extract((gain * (VOICE + 0.1)).astype(np.float32), config)
    np.testing.assert_allclose(changed, expected, rtol=0.01, atol=2e-3 * np.abs(expected).max())


def test_without_a_level_gain_is_heard() -> None:
    config = replace(USUAL, name="log_mel")
    louder = extract(2 * VOICE, config) - extract(VOICE, config)
    np.testing.assert_allclose(louder, 20 * np.log10(2), atol=0.05)


def test_power_mel_is_what_trained_bundles_heard() -> None:
    """To the last bit: centered, leveled, framed with zeros, Hann window, power, mel filters."""
    import librosa

    config = FeatureConfig()
    centered = VOICE.astype(np.float64) - VOICE.astype(np.float64).mean()
    gain = 10.0 ** (-30.0 / 20.0) / float(np.sqrt(np.mean(np.square(centered))))
    padded = np.pad((centered * gain).astype(np.float32), 200)
    frames = np.lib.stride_tricks.sliding_window_view(padded, 400)[::160]
    bins = np.fft.rfft(frames * librosa.filters.get_window("hann", 400).astype(np.float32))
    power = (np.square(bins.real) + np.square(bins.imag)).astype(np.float32)
    filters = np.ascontiguousarray(librosa.filters.mel(sr=16_000, n_fft=400, n_mels=40).T)
    np.testing.assert_array_equal(extract(VOICE, config), power @ filters)
    np.testing.assert_array_equal(power_mel(VOICE, config), power @ filters)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "mel"},
        {"sample_rate": 22_050},
        {"n_fft": 0},
        {"n_fft": 401},
        {"hop_length": 0},
        {"hop_length": -160},
        {"hop_length": 401},
        {"n_mels": 0},
        {"n_mels": 201},
        {"n_mfcc": 0},
        {"name": "mfcc", "n_mfcc": 41},
        {"name": "mfcc_deltas", "n_mels": 12},
        {"n_frames": 0},
        {"level_dbfs": 3.0},
        {"level_dbfs": float("nan")},
        {"trim_db": 0.0},
        {"trim_db": float("nan")},
    ],
    ids=str,
)
def test_nonsense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=str(list(changes)[-1])):
        FeatureConfig(**changes)


def test_a_configuration_survives_a_bundle() -> None:
    assert FeatureConfig(**USUAL.to_dict()) == USUAL
    old: dict[str, Any] = {"sample_rate": 16_000, "n_fft": 400, "hop_length": 160, "n_mels": 40}
    assert FeatureConfig(**old, level_dbfs=-30.0) == FeatureConfig()


def test_looking_at_features_loads_nothing_heavy() -> None:
    names = ("librosa", "numba", "scipy", "sklearn")
    code = f"import sys, mlcore.features; print([n for n in {names!r} if n in sys.modules])"
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
