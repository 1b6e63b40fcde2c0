"""manage.py benchmark: print what each part of the way costs, as p50 and p95."""

import os

# before numpy is loaded: what is measured is one core, as a worker's child has it
os.environ.setdefault("OMP_NUM_THREADS", "1")

import json
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path

import numpy as np
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import OperationalError, connection

from recognition import benchmark
from recognition.models import User

SAMPLE = Path(settings.BASE_DIR) / "docs" / "samples" / "train.flac"
ONE_MB_S = 10.4  # of 16 bit mono at 48 kHz
UPLOADS = {"upload request": benchmark.page_upload, "API upload request": benchmark.api_upload}
# what is measured is not how often one may ask
LIMITS = ("API_PER_MINUTE", "API_TOKEN_PER_MINUTE", "API_UPLOADS_PER_MINUTE")
UNBOUND = dict.fromkeys(LIMITS, "1000000")


class Command(BaseCommand):
    help = (
        "Prints p50 and p95 of each feature set and each stage of recognition; with database and "
        "broker at hand "
        "(make benchmark) also of a worker's cold start, of uploads and of the way through the "
        "queue."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rounds", type=int, default=50)
        parser.add_argument("--features", action="store_true", help="Only the feature sets.")
        parser.add_argument("--web", action="store_true", help="Only uploads to the web process.")
        parser.add_argument("--json", type=Path, help="Also write the figures to this file.")

    def handle(self, *args: object, **options: object) -> None:
        rounds, path = options["rounds"], options["json"]
        assert isinstance(rounds, int)
        self.figures: dict[str, dict[str, float]] = {}
        with tempfile.TemporaryDirectory() as name:
            if options["web"]:
                with benchmark.benchmark_user() as user:
                    self.measure_web(user, megabyte_in(Path(name)), rounds)
            else:
                self.measure_features(Path(name), rounds)
            if not (options["features"] or options["web"]):
                self.measure_recognition(Path(name), rounds)
        if isinstance(path, Path):
            path.write_text(json.dumps(self.figures, indent=2) + "\n")

    def measure_recognition(self, folder: Path, rounds: int) -> None:
        self.measure_stages(folder, rounds)
        self.measure_throughput(folder, rounds)
        if database_answers():
            self.measure_site(folder, rounds)
        else:
            self.stdout.write("No database: `make benchmark` measures queue and web too.")

    def measure_features(self, folder: Path, rounds: int) -> None:
        self.stdout.write("Feature sets of a clip of 3 s, warm process, one thread")
        wav = benchmark.make_wav(folder / "clip.wav", SAMPLE, seconds=3)
        for name, durations in benchmark.time_features(wav, rounds=rounds):
            self.show(f"3 s {name}", durations)

    def measure_stages(self, folder: Path, rounds: int) -> None:
        for seconds in (3, 60):
            self.stdout.write(f"A clip of {seconds} s, 48 kHz WAV, warm process, one thread")
            wav = benchmark.make_wav(folder / "clip.wav", SAMPLE, seconds=seconds)
            for name, durations in benchmark.time_stages(wav, rounds=rounds):
                self.show(f"{seconds} s {name}", durations)

    def measure_throughput(self, folder: Path, rounds: int) -> None:
        """The usual script comes last: what it loads slows down nothing else."""
        # of different lengths, as clips of people are: few can be judged in one batch
        lengths = np.linspace(2, 4, benchmark.N_MANY)
        clips = [benchmark.make_wav(folder / f"{s:.3f}.wav", SAMPLE, seconds=s) for s in lengths]
        self.stdout.write(f"recognize_many() of {len(clips)} clips of 2 to 4 s, two threads")
        self.show("a clip of many", benchmark.time_many(clips, rounds=max(1, rounds // 10)))
        wav = benchmark.make_wav(folder / "clip.wav", SAMPLE, seconds=3)
        self.stdout.write("librosa.load, MFCC and predict() of an LSTM, one thread")
        self.show("3 s usual script", benchmark.time_usual_script(wav, rounds=rounds))

    def measure_site(self, folder: Path, rounds: int) -> None:
        """On processes of its own, or on the workers of a site that runs."""
        clip = benchmark.make_wav(folder / "clip.wav", SAMPLE, seconds=3).read_bytes()
        megabyte = megabyte_in(folder)
        with benchmark.benchmark_user() as user:
            if benchmark.workers_answer():
                self.stdout.write("The site runs: its workers are used, no cold start is measured.")
                self.measure_queue(user, clip, rounds)
            else:
                with benchmark.own_process(*benchmark.WORKER):
                    self.stdout.write("A worker of our own, one child")
                    self.show("cold start to first result", benchmark.time_cold_worker(user, clip))
                    self.measure_queue(user, clip, rounds)
            self.measure_web(user, megabyte, rounds)

    def measure_queue(self, user: User, clip: bytes, rounds: int) -> None:
        self.show("upload to result, 3 s", benchmark.time_queue(user, clip, rounds=rounds))

    def measure_web(self, user: User, content: bytes, rounds: int) -> None:
        port = benchmark.free_port()
        options = ("--bind", f"127.0.0.1:{port}")
        with benchmark.own_process("gunicorn", "sersite.wsgi", *options, **UNBOUND) as gunicorn:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/health/")
            self.stdout.write(f"Web process, clips of {len(content) / 1e6:.2f} MB")
            for name, make in UPLOADS.items():
                durations = benchmark.time_uploads(make(user, content), address, rounds=rounds)
                self.show(name, durations)
            resident_mb = benchmark.resident_mb(gunicorn)
        self.figures["web process"] = {"resident_mb": resident_mb}
        self.stdout.write(f"  {'web process, resident':<28}{resident_mb:9.1f} MB")

    def show(self, name: str, durations: list[float]) -> None:
        p50, p95 = (float(value) for value in np.percentile(durations, [50, 95]))
        self.figures[name] = {"p50_ms": p50, "p95_ms": p95, "n": len(durations)}
        self.stdout.write(f"  {name:<28}{p50:9.2f} ms p50{p95:9.2f} ms p95")


def megabyte_in(folder: Path) -> bytes:
    return benchmark.make_wav(folder / "1mb.wav", SAMPLE, seconds=ONE_MB_S).read_bytes()


def database_answers() -> bool:
    try:
        connection.ensure_connection()
    except OperationalError:
        return False
    return True


def wait_for(address: str) -> None:
    for _ in range(300):
        if benchmark.answers(address):
            return
        time.sleep(0.1)
    raise TimeoutError(f"{address} does not answer")
