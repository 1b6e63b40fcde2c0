"""What the ways from a file to its result cost, measured on the parts that serve."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen
from uuid import uuid4

import numpy as np
import psutil
import soundfile
from celery import current_app
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from mlcore import audio
from mlcore.audio import Waveform
from mlcore.features import FEATURE_SETS, USUAL, FeatureConfig, Features, extract
from mlcore.inference import Recognizer
from mlcore.labels import EMOTIONS
from mlcore.segments import cut
from recognition.models import Clip, User
from recognition.services.erase import delete_clips
from recognition.services.submit import submit_clip
from recognition.services.tokens import TokenWish, make_token

BIN = Path(sys.executable).parent
WORKER = ("celery", "-A", "sersite", "worker", "-Q", "reap,recognize,later", "--concurrency", "1")
PATIENCE_S = 120
N_MANY = 64  # clips at once
Milliseconds = list[float]

LARGEST = "mfcc_delta_chroma_mel_contrast_tonnetz"
SHORT_NAMES = {LARGEST: "largest set"}


def make_wav(path: Path, sample: Path, *, seconds: float, sample_rate: int = 48_000) -> Path:
    """Our own sample, repeated to that length: speech, since silence is not judged."""
    speech = audio.load(sample, sample_rate=sample_rate)
    waveform = np.resize(speech, int(seconds * sample_rate))
    soundfile.write(path, waveform, sample_rate)
    return path


def timed(action: Callable[[], object], *, rounds: int) -> Milliseconds:
    """Of a warm process: the first call doesn't count."""
    action()
    durations = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        durations.append((time.perf_counter() - start) * 1000)
    return durations


def time_stages(path: Path, *, rounds: int) -> Iterator[tuple[str, Milliseconds]]:
    """Decode, resample, gate, features and network, then all of it."""
    recognizer = Recognizer.load()
    config = recognizer.bundle.features
    info = audio.probe(path)
    blocks: list[Waveform] = list(audio.decode_blocks(path, info))
    waveform = audio.load(path, sample_rate=config.sample_rate)
    parts = cut(len(waveform), recognizer.bundle.segments, sample_rate=config.sample_rate)
    mels = [extract(waveform[part], config)[np.newaxis] for part in parts]
    rates = {"from_rate": info.sample_rate, "to_rate": config.sample_rate}
    stages: dict[str, Callable[[], object]] = {
        "decode": lambda: list(audio.decode_blocks(path, info)),
        "resample": lambda: audio.resample(blocks, **rates),
        "speech gate": lambda: [recognizer.gate.speech_s(waveform[part]) for part in parts],
        "features": lambda: [extract(waveform[part], config) for part in parts],
        "network": lambda: [recognizer.network(mel) for mel in mels],
        "whole recognize()": lambda: recognizer.recognize(path),
    }
    for name, action in stages.items():
        yield name, timed(action, rounds=rounds)


def time_many(paths: Sequence[Path], *, rounds: int) -> Milliseconds:
    """Recognition of many clips on two cores: what each takes of a batch."""
    recognizer = Recognizer.load()
    durations = timed(lambda: list(recognizer.recognize_many(paths)), rounds=rounds)
    return [duration / len(paths) for duration in durations]


def time_usual_script(path: Path, *, rounds: int) -> Milliseconds:
    """Recognition as scripts of the field have it, on one core; what it says doesn't matter."""
    import librosa
    import tensorflow

    from mlcore.networks import architecture, build

    tensorflow.config.threading.set_intra_op_parallelism_threads(1)
    tensorflow.config.threading.set_inter_op_parallelism_threads(1)
    features = architecture("lstm").features
    network = build("lstm", {}, features, n_emotions=len(EMOTIONS))

    def recognize() -> object:
        waveform, rate = librosa.load(path)
        mfcc = librosa.feature.mfcc(y=waveform, sr=rate, n_mfcc=features.n_mfcc)
        frames = librosa.util.fix_length(mfcc, size=features.n_frames or 0, axis=1)
        return network.predict(frames.T[np.newaxis], verbose=0)

    return timed(recognize, rounds=rounds)


def time_features(path: Path, *, rounds: int) -> Iterator[tuple[str, Milliseconds]]:
    """Each feature set, then the largest one by separate calls of librosa as scripts have it."""
    waveform = audio.load(path)
    configs = {name: replace(USUAL, name=name) for name in FEATURE_SETS}
    configs["power_mel"] = FeatureConfig()  # as the shipped network hears it
    for n_frames in (130, 174):
        configs[f"mfcc, {n_frames} frames"] = replace(USUAL, n_frames=n_frames)
    for name, config in configs.items():
        action = partial(extract, waveform, config)
        yield SHORT_NAMES.get(name, name), timed(action, rounds=rounds)
    script = partial(largest_by_separate_calls, waveform, configs[LARGEST])
    yield "largest, plain librosa", timed(script, rounds=rounds)


def largest_by_separate_calls(waveform: Waveform, config: FeatureConfig) -> Features:
    """Every call transforms the waveform anew; tonnetz with a constant-Q transform."""
    import librosa

    at: dict[str, Any] = {"y": waveform, "sr": config.sample_rate, "hop_length": config.hop_length}
    framed = at | {"n_fft": config.n_fft}
    mfcc = librosa.feature.mfcc(**framed, n_mfcc=config.n_mfcc)
    parts = [
        mfcc,
        librosa.feature.delta(mfcc),
        librosa.feature.chroma_stft(**framed),
        librosa.power_to_db(librosa.feature.melspectrogram(**framed, n_mels=config.n_mels)),
        librosa.feature.spectral_contrast(**framed),
        librosa.feature.tonnetz(**at),
    ]
    return np.concatenate(parts).T


@contextmanager
def benchmark_user() -> Iterator[User]:
    """Goes with all its clips."""
    user = User.objects.create(username=f"benchmark-{uuid4()}")  # nobody's own account
    try:
        yield user
    finally:
        delete_clips(user.clips.all())
        user.delete()


def time_cold_worker(user: User, content: bytes) -> Milliseconds:
    """From the start of a worker process to the first result in the database."""
    start = time.perf_counter()
    clip = submit_clip(user, SimpleUploadedFile("cold.wav", content))
    wait_for_result(clip)
    return [(time.perf_counter() - start) * 1000]


def time_queue(user: User, content: bytes, *, rounds: int) -> Milliseconds:
    """From handing in a clip to its result, through queue and worker."""
    return timed(
        lambda: wait_for_result(submit_clip(user, SimpleUploadedFile("a.wav", content))),
        rounds=rounds,
    )


def wait_for_result(clip: Clip) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not clip.is_final:
        if time.monotonic() > deadline:
            raise TimeoutError(f"No result after {PATIENCE_S} s: does a worker run?")
        time.sleep(0.002)
        clip.refresh_from_db(fields=["state", "error_code"])
    if clip.state != Clip.State.DONE:
        raise RuntimeError(f"A clip ended as {clip.state}: {clip.error_code}")


def workers_answer() -> bool:
    return bool(current_app.control.ping(timeout=1))


@contextmanager
def own_process(*command: str, **extra: str) -> Iterator[psutil.Popen]:
    process = psutil.Popen(
        [str(BIN / command[0]), *command[1:]],
        env=os.environ | {"OMP_NUM_THREADS": "1"} | extra,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def answers(address: str) -> bool:
    try:
        urlopen(address, timeout=2).close()  # noqa: S310 - our own address
    except (URLError, OSError):
        return False
    return True


def resident_mb(process: psutil.Process) -> float:
    """Of the largest process below it: gunicorn's worker, not its master."""
    return max(float(it.memory_info().rss) for it in process.children(recursive=True)) / 1e6


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


@dataclass(frozen=True)
class Upload:
    """A request that hands in a clip, and how it is answered."""

    path: str
    fields: dict[str, Any]
    headers: dict[str, str]
    status: int


def page_upload(user: User, content: bytes) -> Upload:
    """As a browser sends it."""
    session, token = session_of(user), "a" * 32
    fields = {"speaker_consent": "agreed", "keep_copies": "on", "csrfmiddlewaretoken": token}
    cookies = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={token}"}
    return Upload("/clips/new/", {"files": wav_of(content)} | fields, cookies, 302)


def api_upload(user: User, content: bytes) -> Upload:
    """As a program sends it."""
    _row, token = make_token(user, TokenWish("benchmark", ["upload"], 7))
    headers = {"Authorization": f"Bearer {token}"}
    fields = {"file": wav_of(content), "speaker_consent": "agreed"}
    return Upload("/api/v1/clips/", fields, headers, 201)


def wav_of(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("upload.wav", content)


def time_uploads(upload: Upload, address: str, *, rounds: int) -> Milliseconds:
    """Whole HTTP requests with a clip, until the answer is read."""
    body = encode_multipart(BOUNDARY, upload.fields)
    headers = {"Content-Type": MULTIPART_CONTENT} | upload.headers
    host = urlsplit(address).netloc

    def send() -> None:
        connection = http.client.HTTPConnection(host, timeout=30)
        connection.request("POST", upload.path, body, headers)
        response = connection.getresponse()
        response.read()
        connection.close()
        if response.status != upload.status:
            raise RuntimeError(f"The upload was answered with {response.status}")

    return timed(send, rounds=rounds)
