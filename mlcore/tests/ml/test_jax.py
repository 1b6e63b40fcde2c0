"""Networks and training on Keras' other backend, in a process of its own: a process has one."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from mlcore import bundles
from mlcore.dataset import read_manifest
from mlcore.fitting import EpochLog
from mlcore.networks import ARCHITECTURES
from mlcore.options import Places, Progress
from mlcore.tests.ml.conftest import TINY
from mlcore.tests.ml.test_networks import heard, small
from mlcore.training import train

# JAX compiles the encoder for each length of a clip, and each augmented copy has its own.
OPTIONS = replace(TINY, recipe={**TINY.recipe, "n_copies": 0})

LOGITS = """
import sys
from pathlib import Path
import keras, numpy as np
from mlcore.tests.ml.test_networks import heard, small
assert keras.backend.backend() == "jax"
for name in sys.argv[2:]:
    network = small(name)
    network.load_weights(Path(sys.argv[1]) / f"{name}.weights.h5")
    logits = np.asarray(network(heard(name)[np.newaxis], training=False))
    np.save(Path(sys.argv[1]) / f"{name}.npy", logits)
"""

TRAIN = """
import sys
from pathlib import Path
from mlcore.dataset import read_manifest
from mlcore.errors import BundleError
from mlcore.options import Places, Progress
from mlcore.tests.ml.test_jax import OPTIONS
from mlcore.training import train
data, output, cache = map(Path, sys.argv[1:])
try:
    train(OPTIONS, read_manifest(data), Places(data, output, cache), Progress(on_epoch=print))
except BundleError as error:
    print(error.code)
"""


def on_jax(script: str, *words: str) -> str:
    """Run it with Keras on JAX; return what it printed."""
    run = subprocess.run(
        [sys.executable, "-c", script, *words],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_every_network_gives_the_same_on_both_backends(tmp_path: Path) -> None:
    expected = {}
    for name in ARCHITECTURES:
        network = small(name)
        network.save_weights(tmp_path / f"{name}.weights.h5")
        expected[name] = np.asarray(network(heard(name)[np.newaxis], training=False))
    on_jax(LOGITS, str(tmp_path), *ARCHITECTURES)
    for name, logits in expected.items():
        np.testing.assert_allclose(np.load(tmp_path / f"{name}.npy"), logits, atol=1e-3)


def test_what_was_trained_on_jax_is_finished_with_tensorflow(data: Path, tmp_path: Path) -> None:
    """Every network is fitted there; only the export is left, for which the epochs are read."""
    output, cache = tmp_path / "bundle", tmp_path / "cache"
    *epochs, last = on_jax(TRAIN, str(data), str(output), str(cache)).splitlines()
    assert len(epochs) == 3 * 2  # networks, epochs
    assert last == "bundle:app:no-export"
    assert not output.exists()
    again: list[EpochLog] = []
    places = Places(data, output, cache)
    train(OPTIONS, read_manifest(data), places, Progress(on_epoch=again.append))
    assert again == []
    assert bundles.read_info(output).name == "tiny"
