"""What becomes of the answers when a clean clip is spoiled as telephones, rooms and codecs do.

The changes are made at test time, by a seed for each clip, and are not those of `augment`.
"""

import hashlib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlcore import audio
from mlcore.audio import SAMPLE_RATE, Waveform
from mlcore.dataset import Utterance
from mlcore.errors import AudioError
from mlcore.judging import Bar
from mlcore.labels import EMOTIONS
from mlcore.metrics import Floats, Labels, Scores, predictions_of, score

JudgeWaveform = Callable[[Waveform], Mapping[str, float]]

CLEAN = "clean"
TELEPHONE_RATE = 8000
TELEPHONE_HZ = (300.0, 3400.0)
MU = 255.0  # of the mu-law, ITU-T G.711
REVERB_S = 0.6  # until it has fallen by 60 dB
DIRECT_TO_REVERB_DB = 3.0
SILENCE_S = 1.5
# codec, container and sample rate of each coding; all of them at 32 kbit/s mono
CODINGS = {
    "mp3": ("libmp3lame", "mp3", 16_000),
    "opus": ("libopus", "ogg", 48_000),
    "aac": ("aac", "ipod", 16_000),
}
BIT_RATE = 32_000


@dataclass(frozen=True)
class Condition:
    """A way of spoiling a waveform; `change` takes it (16 kHz) and the clip's random numbers."""

    name: str
    description: str
    change: Callable[[Waveform, np.random.Generator], Waveform]

    def apply(self, waveform: Waveform, *, seed: int) -> Waveform:
        """Spoil a waveform; the same seed gives the same result."""
        changed = self.change(waveform, np.random.default_rng(seed))
        return np.ascontiguousarray(changed, dtype=np.float32)


@dataclass(frozen=True)
class ConditionScores:
    """How well the clips were judged under one condition.

    Parameters
    ----------
    name, description : str
    n_clips, n_refused : int
    uar, accuracy, macro_f1, ece : float
    uar_loss : float
        The clean UAR of the same clips less this one.
    agreement : float
        Share of clips that got the same answer as the clean clip, a refusal being an answer.
    """

    name: str
    description: str
    n_clips: int
    n_refused: int
    uar: float
    accuracy: float
    macro_f1: float
    ece: float
    uar_loss: float
    agreement: float

    def to_dict(self) -> dict[str, Any]:
        """Return the scores as plain data for JSON."""
        return {k: round(v, 6) if isinstance(v, float) else v for k, v in asdict(self).items()}


def add_noise(waveform: Waveform, rng: np.random.Generator, *, snr_db: float) -> Waveform:
    """Add pink noise, whose power is so many dB below that of the whole clip.

    Parameters
    ----------
    waveform : numpy.ndarray, shape (n_samples,)
    rng : numpy.random.Generator
    snr_db : float

    Returns
    -------
    numpy.ndarray, shape (n_samples,)
    """
    spectrum = np.fft.rfft(rng.standard_normal(len(waveform)))
    # Pink down to 50 Hz: below, power would gather where neither voices nor microphones are.
    hertz = np.maximum(50.0, np.fft.rfftfreq(len(waveform), 1 / SAMPLE_RATE))
    noise = np.fft.irfft(spectrum / np.sqrt(hertz), len(waveform))
    return np.asarray(waveform + _at_power(noise, _power(waveform) / 10 ** (snr_db / 10)))


def _power(waveform: Floats) -> float:
    return float(np.mean(np.square(waveform, dtype=np.float64)))


def _at_power(waveform: Floats, power: float) -> Floats:
    return np.asarray(waveform * np.sqrt(power / max(_power(waveform), 1e-20)))


def reverberate(waveform: Waveform, rng: np.random.Generator) -> Waveform:
    """Play the clip in a room: decaying noise behind the direct sound, the level kept.

    References
    ----------
    Moorer, "About this reverberation business", Computer Music Journal 3, 1979.
    """
    from scipy.signal import fftconvolve

    time_s = np.arange(round(REVERB_S * SAMPLE_RATE)) / SAMPLE_RATE
    tail = rng.standard_normal(len(time_s)) * 10.0 ** (-3.0 * time_s / REVERB_S)
    tail[: round(0.003 * SAMPLE_RATE)] = 0.0  # the nearest wall is half a meter away
    tail *= 10.0 ** (-DIRECT_TO_REVERB_DB / 20) / np.sqrt(np.square(tail).sum())
    tail[0] = 1.0
    return _at_power(fftconvolve(waveform, tail)[: len(waveform)], _power(waveform))


def telephone(waveform: Waveform) -> Waveform:
    """Send the clip over a telephone line: 300 to 3400 Hz, 8 kHz, 8-bit mu-law.

    References
    ----------
    ITU-T G.711 and G.712.
    """
    narrow = _band_pass(audio.resample([waveform], from_rate=SAMPLE_RATE, to_rate=TELEPHONE_RATE))
    pressed = np.sign(narrow) * np.log1p(MU * np.minimum(1, np.abs(narrow))) / np.log1p(MU)
    codes = np.round(pressed * 127) / 127
    decoded = np.sign(codes) * np.expm1(np.abs(codes) * np.log1p(MU)) / MU
    back = _band_pass(decoded).astype(np.float32)
    wide = audio.resample([back], from_rate=TELEPHONE_RATE, to_rate=SAMPLE_RATE)
    return _of_length(wide, len(waveform))


def _band_pass(waveform: Floats) -> Floats:
    from scipy.signal import ellip, sosfilt

    sections = ellip(8, 0.25, 60, TELEPHONE_HZ, "bandpass", fs=TELEPHONE_RATE, output="sos")
    return np.asarray(sosfilt(sections, waveform))


def _of_length(waveform: Waveform, n_samples: int) -> Waveform:
    """Cut off or add silence at the end: coders work in whole frames."""
    return np.pad(waveform[:n_samples], (0, max(0, n_samples - len(waveform))))


def code(waveform: Waveform, *, coding: str) -> Waveform:
    """Encode and decode a clip in memory, as long as it was before.

    Parameters
    ----------
    waveform : numpy.ndarray, shape (n_samples,)
    coding : str
        A key of `CODINGS`.
    """
    file = _encoded(waveform, coding)
    limits = audio.AudioLimits(min_duration_s=0.0)
    return _of_length(audio.load(file, sample_rate=SAMPLE_RATE, limits=limits), len(waveform))


def _encoded(waveform: Waveform, coding: str) -> io.BytesIO:
    import av

    codec, container, sample_rate = CODINGS[coding]
    loud = audio.resample([waveform], from_rate=SAMPLE_RATE, to_rate=sample_rate)
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=sample_rate)
        stream.layout, stream.bit_rate = "mono", BIT_RATE
        stream.codec_context.open()
        frame = av.AudioFrame.from_ndarray(loud[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = sample_rate, 0  # so that the coder's delay can be cut off
        resampler = av.AudioResampler(
            format=stream.codec_context.format,
            layout="mono",
            rate=sample_rate,
            frame_size=stream.codec_context.frame_size,
        )
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
    file.seek(0)
    return file


def overdrive(waveform: Waveform, *, gain_db: float) -> Waveform:
    """Raise a clip until its peak would be so many dB above full scale, and clip it there."""
    peak = max(float(np.abs(waveform).max(initial=0.0)), 1e-9)
    return np.asarray(np.clip(waveform / peak * 10.0 ** (gain_db / 20), -1.0, 1.0))


def add_silence(waveform: Waveform) -> Waveform:
    """Add digital silence at both ends."""
    return np.pad(waveform, round(SILENCE_S * SAMPLE_RATE))


def _noise(snr_db: int) -> Condition:
    return Condition(
        f"noise_{snr_db}_db",
        f"pink noise, {snr_db} dB below the clip" if snr_db else "pink noise as strong as the clip",
        lambda waveform, rng: add_noise(waveform, rng, snr_db=snr_db),
    )


def _coding(name: str, title: str) -> Condition:
    return Condition(
        name,
        f"encoded as {title} with {BIT_RATE // 1000} kbit/s and decoded",
        lambda waveform, _: code(waveform, coding=name),
    )


CONDITIONS: dict[str, Condition] = {
    condition.name: condition
    for condition in (
        *(_noise(snr_db) for snr_db in (20, 10, 5, 0)),
        _coding("mp3", "MP3"),
        _coding("opus", "Opus"),
        _coding("aac", "AAC"),
        Condition(
            "telephone",
            "telephone line: 300 to 3400 Hz, 8 kHz, 8-bit mu-law",
            lambda waveform, _: telephone(waveform),
        ),
        Condition(
            "reverberation",
            f"room with a reverberation time of {REVERB_S} s",
            reverberate,
        ),
        Condition("gain_-20_db", "20 dB quieter", lambda waveform, _: waveform * 0.1),
        Condition(
            "gain_+6_db",
            "peak raised to 6 dB above full scale and clipped",
            lambda waveform, _: overdrive(waveform, gain_db=6.0),
        ),
        Condition(
            "silence",
            f"{SILENCE_S} s of silence added at both ends",
            lambda waveform, _: add_silence(waveform),
        ),
    )
}


def measure(
    judge: JudgeWaveform,
    utterances: Sequence[Utterance],
    folder: Path,
    *,
    seed: int = 0,
    progress: Bar = iter,
) -> tuple[ConditionScores, ...]:
    """Judge every clip as it is and under every condition.

    Parameters
    ----------
    judge : callable
        From a waveform at 16 kHz to posteriors by emotion, or AudioError.
    utterances : sequence of Utterance
        Of speakers who were not trained on.
    folder : Path
        Where their paths begin.
    seed : int
    progress : callable, optional
        Wraps the utterances, to show how far it is.

    Returns
    -------
    tuple of ConditionScores
        The clean clips first, then the order of `CONDITIONS`.
    """
    posteriors = np.full((1 + len(CONDITIONS), len(utterances), len(EMOTIONS)), np.nan)
    for column, utterance in enumerate(progress(utterances)):
        try:
            waveform = audio.load(folder / utterance.path)
        except AudioError:
            continue  # refused under every condition
        for row, variant in enumerate(_variants(waveform, _seed(utterance, seed))):
            posteriors[row, column] = _judged(judge, variant)
    labels = np.array([utterance.label for utterance in utterances])
    found = [score(labels, rows) for rows in posteriors]
    answers = [predictions_of(rows) for rows in posteriors]
    names = [(CLEAN, "as recorded"), *((c.name, c.description) for c in CONDITIONS.values())]
    return tuple(
        _condition_scores(*name, s, found[0].uar, (answer, answers[0]))
        for name, s, answer in zip(names, found, answers, strict=True)
    )


def _seed(utterance: Utterance, seed: int) -> int:
    """Give each clip its own noise, whatever else is judged."""
    return int(hashlib.sha256(f"{seed} {utterance.path}".encode()).hexdigest()[:8], 16)


def _variants(waveform: Waveform, seed: int) -> Iterable[Waveform]:
    yield waveform
    for condition in CONDITIONS.values():
        yield condition.apply(waveform, seed=seed)


def _judged(judge: JudgeWaveform, waveform: Waveform) -> list[float]:
    try:
        found = judge(waveform)
    except AudioError:
        return [float("nan")] * len(EMOTIONS)
    return [found[emotion] for emotion in EMOTIONS]


def _condition_scores(
    name: str, description: str, found: Scores, clean_uar: float, answers: tuple[Labels, Labels]
) -> ConditionScores:
    return ConditionScores(
        name=name,
        description=description,
        n_clips=found.n_clips,
        n_refused=found.n_refused,
        uar=found.uar,
        accuracy=found.accuracy,
        macro_f1=found.macro_f1,
        ece=found.ece,
        uar_loss=clean_uar - found.uar,
        agreement=float(np.mean(answers[0] == answers[1])),
    )
