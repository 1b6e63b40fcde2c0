"""What the frozen encoder makes of features; kept on disk like the features themselves."""

import logging
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from mlcore.feature_cache import FeatureSource
from mlcore.features import Features
from mlcore.hashing import bytes_sha256
from mlcore.networks.voice_transfer import ENCODER_SHA256
from mlcore.sessions import open_session

ENCODING_VERSION = 3  # raise it when the statistics of an unchanged encoder change


def encoded_source(source: FeatureSource, encoder: Any) -> FeatureSource:
    """Let a source give statistics (n_statistics,) instead of features.

    Parameters
    ----------
    source : FeatureSource
    encoder : keras.Model
        The frozen part of `voice_transfer`.
    """
    judge: list[Callable[[Features], Features]] = []

    def transform(arrays: list[Features]) -> list[Features]:
        if not judge:
            judge.append(_judge(encoder))
        return [judge[0](array[np.newaxis])[0] for array in arrays]

    key = f"{ENCODING_VERSION} {ENCODER_SHA256}"
    return replace(source, transform=transform, transform_key=key)


def _judge(encoder: Any) -> Callable[[Features], Features]:
    """Run the encoder as it is served: clips of many lengths take Keras five times as long."""
    encoder(np.zeros((1, 8, encoder.input_shape[-1]), np.float32))
    if keras.backend.backend() != "tensorflow":  # which alone can export it
        return lambda batch: np.asarray(encoder.predict_on_batch(batch))
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "encoder.onnx"
        logging.getLogger("tf2onnx").setLevel(logging.WARNING)  # it tells every step otherwise
        encoder.export(path, format="onnx", verbose=False)
        session = open_session(path, bytes_sha256(path.read_bytes()))
    name = session.get_inputs()[0].name

    def judge(batch: Features) -> Features:
        statistics: Features = session.run(None, {name: batch})[0]
        return statistics

    return judge
