"""A tiny data set of synthetic voices and a bundle that is really trained on it, once."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from mlcore.dataset import read_manifest
from mlcore.labels import EMOTIONS
from mlcore.options import Places, TrainingOptions
from mlcore.tests import synth
from mlcore.training import TrainingReport, train

SHARED = Path(__file__).parents[4] / "shared" / "corpora"
TINY = TrainingOptions(
    name="tiny",
    folds=(1, 2, 3),
    test_folds=(0,),
    n_parts=3,
    seed=3,
    sizes={
        "n_heads": 2,
        "n_units": 8,
        "n_branches": 1,
        "discriminant_share": 0.0,  # they take longest; test_discriminant has them
        "branch": {"filters": 2, "n_channels": 8, "n_blocks": 1},
    },
    recipe={"epochs": 2, "batch_size": 8, "n_copies": 1},
)


@pytest.fixture(scope="session")
def corpora() -> Path:
    """Return the folder of real recordings, or skip and say what was not tested."""
    folder = Path(os.environ.get("CORPORA_DIR") or SHARED)
    if not (folder / "manifest.csv").exists():
        pytest.skip(f"no corpora at {folder} (CORPORA_DIR): nothing was tested on real speech")
    return folder


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the tiny data set."""
    return make_data(tmp_path_factory.mktemp("data"))


def make_data(folder: Path) -> Path:
    """Write eight speakers in four folds, each with every emotion once; one clip is long."""
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "corpus", "speaker", "emotion", "fold"])
        for speaker in range(8):
            for number, emotion in enumerate(EMOTIONS):
                name = f"{speaker}-{emotion}.wav"
                duration_s = 7.0 if (speaker, number) == (1, 0) else 0.6 + 0.1 * (number % 2)
                voice = synth.voice(duration_s, f0=80 + 15 * speaker, seed=number)
                synth.write(folder / name, (1 + number) / 8 * voice)
                writer.writerow([name, "made", f"s{speaker}", emotion, speaker % 4])
    return folder


@pytest.fixture(scope="session")
def trained(data: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainingReport:
    """Train a tiny network."""
    folder = tmp_path_factory.mktemp("bundles")
    places = Places(data=data, output=folder / "tiny", cache=folder / "cache")
    return train(TINY, read_manifest(data), places)


@pytest.fixture(scope="session")
def mels() -> np.ndarray:
    """Return two log-mel spectrograms in dB."""
    return np.random.default_rng(0).normal(-40, 10, (2, 123, 40)).astype(np.float32)
