"""Every form of recording that must be read, and every bad file that must be refused."""

import contextlib
import io
import pickle
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from mlcore import audio
from mlcore.audio import SAMPLE_RATE, AudioLimits, load, probe
from mlcore.errors import SENTENCES, AudioError
from mlcore.tests import synth

VOICE = synth.voice(1.0)


def code_of(path: Path, *, at: str = "probe", limits: AudioLimits | None = None) -> str:
    """Return the code that `probe` or, after a clean `probe`, `load` refuses a file with."""
    limits = limits or AudioLimits()
    if at == "load":
        probe(path, limits)
    with pytest.raises(AudioError) as caught:
        (probe if at == "probe" else load)(path, limits=limits)
    assert caught.value.code in SENTENCES
    # the sentence could be filled, and no internal path is in it
    assert not str(caught.value).startswith("audio:")
    assert str(path.parent) not in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("clip.wav", {"subtype": "PCM_16"}),
        ("clip.wav", {"subtype": "PCM_24"}),
        ("clip.wav", {"subtype": "FLOAT"}),
        ("clip.wav", {"subtype": "PCM_U8"}),
        ("clip.wav", {"subtype": "PCM_16", "format": "WAVEX"}),
        ("clip.wav", {"subtype": "MS_ADPCM"}),
        ("clip.flac", {}),
        ("clip.mp3", {}),
        ("clip.ogg", {"subtype": "VORBIS"}),
        ("clip.ogg", {"subtype": "OPUS"}),
    ],
)
def test_it_reads_what_libsndfile_reads(tmp_path: Path, name: str, options: dict[str, Any]) -> None:
    path = synth.write(tmp_path / name, VOICE, **options)
    info = probe(path)
    assert info.codec == options.get("subtype", name[5:]).lower()
    assert info.container == path.suffix[1:]
    assert info.duration_s == pytest.approx(1.0, abs=0.1)
    waveform = load(path)
    assert waveform.dtype == np.float32
    assert len(waveform) == pytest.approx(SAMPLE_RATE, abs=0.1 * SAMPLE_RATE)
    n = min(len(waveform), len(VOICE))
    assert np.corrcoef(waveform[:n], VOICE[:n])[0, 1] > 0.8


@pytest.mark.parametrize(
    ("container", "codec", "expected"), [("webm", "libopus", "webm"), ("ipod", "aac", "m4a")]
)
def test_it_reads_what_pyav_reads(
    tmp_path: Path, container: str, codec: str, expected: str
) -> None:
    path = synth.write_av(tmp_path / "clip.bin", VOICE, codec=codec, container=container)
    info = probe(path)
    assert (info.container, info.codec) == (expected, codec.removeprefix("lib"))
    assert len(load(path)) == pytest.approx(SAMPLE_RATE, abs=0.1 * SAMPLE_RATE)


def test_it_reads_a_webm_without_a_duration_as_browsers_record_it(tmp_path: Path) -> None:
    path = synth.write_av(tmp_path / "clip.webm", VOICE, codec="libopus", container="webm")
    content = path.read_bytes()
    at = content.index(b"\x44\x89\x88")  # the element Duration becomes a Void of the same size
    path.write_bytes(content[:at] + b"\xec\x89\x00" + content[at + 3 :])
    assert probe(path).duration_s is None
    assert len(load(path)) == pytest.approx(SAMPLE_RATE, abs=0.1 * SAMPLE_RATE)


@pytest.mark.parametrize("sample_rate", [8_000, 44_100, 192_000])
def test_it_resamples(tmp_path: Path, sample_rate: int) -> None:
    time = np.arange(sample_rate) / sample_rate
    path = synth.write(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * 440 * time), sample_rate)
    waveform = load(path)
    assert len(waveform) == pytest.approx(SAMPLE_RATE, abs=2)
    assert np.argmax(np.abs(np.fft.rfft(waveform))) == pytest.approx(440, abs=1)


def test_it_averages_eight_channels(tmp_path: Path) -> None:
    eight = np.tile(VOICE[:, None], 8) * np.linspace(0, 1, 8, dtype=np.float32)
    path = synth.write(tmp_path / "a.wav", eight, subtype="FLOAT")
    assert probe(path).n_channels == 8
    np.testing.assert_allclose(load(path), VOICE / 2, atol=1e-6)


def test_it_goes_by_content_and_not_by_name(tmp_path: Path) -> None:
    path = synth.write(tmp_path / "a.mp3", VOICE).rename(tmp_path / "a.wav")
    assert probe(path).container == "mp3"
    assert len(load(path)) > 0


def test_it_reads_a_file_object_and_leaves_it_open_at_its_start() -> None:
    file = io.BytesIO()
    soundfile.write(file, VOICE, SAMPLE_RATE, format="WAV")
    assert probe(file).duration_s == pytest.approx(1.0)
    assert file.tell() == 0
    assert len(load(file)) == SAMPLE_RATE
    assert not file.closed


def test_it_refuses_zero_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.touch()
    assert code_of(path) == "audio:user:empty"


@pytest.mark.parametrize(
    "content",
    [
        b"Dear diary, today I recorded nothing.",
        b"<!DOCTYPE html><html><body>Not found</body></html>",
        "Notiz".encode("utf-16"),
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"MThd" + bytes(100),
        b"\xff",
    ],
)
def test_it_refuses_what_is_no_audio(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    assert code_of(path) == "audio:user:not-audio"


@pytest.mark.parametrize("name", ["a.wav", "a.ogg"])
def test_it_refuses_a_truncated_file_by_its_length_fields(tmp_path: Path, name: str) -> None:
    path = synth.write(tmp_path / name, VOICE)
    path.write_bytes(path.read_bytes()[:-1000])
    assert code_of(path) == "audio:user:truncated"


def test_it_refuses_a_truncated_m4a_by_its_boxes(tmp_path: Path) -> None:
    path = synth.write_av(tmp_path / "a.m4a", VOICE, codec="aac", container="ipod")
    path.write_bytes(path.read_bytes()[:-1000])
    assert code_of(path) == "audio:user:truncated"


@pytest.mark.parametrize("name", ["a.flac", "a.mp3", "a.webm"])
def test_it_refuses_other_truncated_files_when_they_are_decoded(tmp_path: Path, name: str) -> None:
    long = synth.voice(3.0)
    if name == "a.webm":
        path = synth.write_av(tmp_path / name, long, codec="libopus", container="webm")
    else:
        path = synth.write(tmp_path / name, long)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    code = code_of(path, at="load")
    assert code in ("audio:user:truncated", "audio:user:unreadable")


def test_it_refuses_a_header_that_promises_four_gigabytes(tmp_path: Path) -> None:
    path = synth.write(tmp_path / "a.wav", VOICE)
    content = path.read_bytes()
    at = content.index(b"data") + 4
    path.write_bytes(content[:at] + struct.pack("<I", 0xFFFF_FFF0) + content[at + 4 :])
    assert code_of(path) == "audio:user:truncated"


@pytest.mark.parametrize("n_samples", [0, 1])
def test_it_refuses_hardly_any_samples(tmp_path: Path, n_samples: int) -> None:
    path = synth.write(tmp_path / "a.wav", np.zeros(n_samples, np.float32))
    assert code_of(path) == "audio:user:too-short"


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_it_refuses_samples_that_are_no_numbers(tmp_path: Path, value: float) -> None:
    broken = VOICE.copy()
    broken[500] = value
    path = synth.write(tmp_path / "a.wav", broken, subtype="FLOAT")
    assert code_of(path, at="load") == "audio:user:not-finite"


def test_it_refuses_ten_hours_by_the_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = synth.write(tmp_path / "a.wav", np.zeros(36_000_000, np.int16), 1000, subtype="PCM_U8")
    monkeypatch.setattr(audio, "decode_blocks", None)
    assert code_of(path) == "audio:user:too-long"


def test_it_stops_decoding_at_the_limit_when_the_header_is_silent(tmp_path: Path) -> None:
    path = synth.write_av(tmp_path / "a.webm", synth.voice(3.0), codec="libopus", container="webm")
    info = audio.AudioInfo("webm", 48_000, 1, None, path.stat().st_size)
    blocks = audio.decode_blocks(path, info, AudioLimits(max_duration_s=1.0))
    with pytest.raises(AudioError, match="at most 1 s") as caught:
        list(blocks)
    assert caught.value.code == "audio:user:too-long"


def test_it_refuses_a_large_file_unread(tmp_path: Path) -> None:
    path = synth.write(tmp_path / "a.wav", VOICE)
    assert code_of(path, limits=AudioLimits(max_bytes=100)) == "audio:user:too-large"


@pytest.mark.parametrize(
    ("name", "magic"),
    [
        ("a.flac", b"fLaC"),
        ("a.mp3", b"ID3\x04\x00\x00\x00\x00\x00\x00"),
        ("a.ogg", b"OggS\x00\x02" + bytes(21)),
        ("a.webm", b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm"),
        ("a.m4a", b"\x00\x00\x00\x1cftypM4A "),
        ("a.wav", b"RIFF\x00\x10\x00\x00WAVEfmt \x10\x00\x00\x00"),
    ],
)
@pytest.mark.parametrize("seed", range(5))
def test_it_refuses_garbage_behind_good_first_bytes(
    tmp_path: Path, name: str, magic: bytes, seed: int
) -> None:
    path = tmp_path / name
    path.write_bytes(magic + np.random.default_rng(seed).bytes(5000))
    with pytest.raises(AudioError) as caught:
        load(path)
    assert caught.value.code in ("audio:user:unreadable", "audio:user:truncated")


@pytest.mark.parametrize("seed", range(30))
def test_it_lets_no_decoder_error_out_of_a_damaged_file(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    name = ("a.wav", "a.flac", "a.mp3", "a.ogg")[seed % 4]
    path = synth.write(tmp_path / name, VOICE)
    content = bytearray(path.read_bytes())
    for position in rng.integers(4, len(content), 20):
        content[position] = rng.integers(256)
    path.write_bytes(content)
    with contextlib.suppress(AudioError):
        assert np.isfinite(load(path)).all()


def test_it_refuses_a_webm_without_sound(tmp_path: Path) -> None:
    import av

    path = tmp_path / "a.webm"
    with av.open(str(path), "w", format="webm") as output:
        stream = output.add_stream("libvpx", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8))
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    assert code_of(path) == "audio:user:no-audio-track"


def test_its_errors_survive_the_way_between_processes() -> None:
    error = AudioError("audio:user:too-short", {"duration_s": 0.1, "limit_s": 0.3})
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.code, copy.details, str(copy)) == (error.code, error.details, str(error))
    assert str(error) == "The clip lasts 0.1 s; at least 0.3 s are needed."


@pytest.mark.parametrize(
    "content",
    [
        b"RIFF\xff\xff\xff\x7fWAVE" + b"junk\x00\x00\x00\x00" * 20_000,
        b"\x00\x00\x00\x10ftypM4A \x00\x00\x00\x00" + b"\x00\x00\x00\x08free" * 20_000,
    ],
    ids=["wav", "m4a"],
)
def test_it_refuses_endless_headers(content: bytes) -> None:
    with pytest.raises(AudioError) as caught:
        probe(io.BytesIO(content))
    assert caught.value.code == "audio:user:unreadable"
    assert "parts" in str(caught.value)


def test_it_refuses_a_codec_that_no_decoder_knows(tmp_path: Path) -> None:
    path = synth.write_av(tmp_path / "a.webm", VOICE, codec="libopus", container="webm")
    path.write_bytes(path.read_bytes().replace(b"A_OPUS", b"A_OPUZ"))
    assert code_of(path) == "audio:user:no-audio-track"


@pytest.mark.parametrize("sample_rate", [1, 999, 768_001, 300_000_000])
def test_it_refuses_sample_rates_that_no_recorder_has(tmp_path: Path, sample_rate: int) -> None:
    path = synth.write(tmp_path / "a.wav", np.tile(VOICE, 50), sample_rate)
    limits = AudioLimits(min_duration_s=0, max_duration_s=1e9)
    assert code_of(path, limits=limits) == "audio:user:unreadable"


def test_it_does_not_believe_the_estimated_length_of_an_mp3(tmp_path: Path) -> None:
    """Quiet at first and loud later, at a variable bit rate, without the frame that counts."""
    waveform = np.concatenate([np.zeros(16_000, np.float32), np.tile(VOICE, 3)])
    path = synth.write(tmp_path / "a.mp3", waveform, bitrate_mode="VARIABLE", compression_level=0.2)
    told = probe(path).duration_s
    assert told == pytest.approx(4.0, abs=0.1)
    content = path.read_bytes()
    assert b"Xing" in content[:200]
    at = next(i for i in range(4, 4096) if content[i : i + 2] == content[:2])
    path.write_bytes(content[at:])
    assert probe(path).duration_s is None
    assert len(load(path)) == pytest.approx(4 * SAMPLE_RATE, rel=0.05)
