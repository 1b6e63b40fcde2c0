"""Networks for phones: quantized TFLite, made from a SavedModel, and run as a phone would.

The direct export needs operations that phones do not have, and a graph of changing length can't
lower the loop of an LSTM; with one clip of fixed length all operations are TFLite's own.
"""

import logging
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mlcore.errors import BundleError

Arrays = npt.NDArray[np.float32]


def to_tflite(model: Any, input_shape: tuple[int, ...], *, float16: bool = False) -> bytes:
    """Convert a network and quantize its weights.

    Parameters
    ----------
    model : keras.Model
        With one input.
    input_shape : tuple of int
        Of one clip: (n_frames, n_features) or (n_features,).
    float16 : bool
        Weights of 16 bits, computed with as floats; otherwise 8-bit integers, with which the
        values of each layer are multiplied as integers of their own range.

    Returns
    -------
    bytes
        A .tflite file: from (1, *input_shape) to (1, n_emotions).

    Raises
    ------
    BundleError
        ``bundle:app:no-tflite`` when the network holds what TFLite can't do.
    """
    logging.getLogger("tensorflow").setLevel(logging.WARNING)  # it tells every step otherwise
    signature = [keras.InputSpec(shape=(1, *input_shape), dtype="float32")]
    with tempfile.TemporaryDirectory() as scratch:
        model.export(scratch, format="tf_saved_model", verbose=False, input_signature=signature)
        converter = tf.lite.TFLiteConverter.from_saved_model(scratch)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]  # dynamic range
        if float16:
            converter.target_spec.supported_types = [tf.float16]
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
        try:
            return bytes(converter.convert())
        except Exception as error:  # the converter's errors have no common base class
            reason = str(error).partition("\n")[0][:200]
            raise BundleError("bundle:app:no-tflite", {"reason": reason}) from error


def open_tflite(path: Path) -> Callable[[Arrays], Arrays]:
    """Open a .tflite file on one thread.

    Returns
    -------
    callable
        From one clip's features, in the file's shape, to its logits (n_emotions,).
    """
    with warnings.catch_warnings():
        # TensorFlow wants people to use another package; it is the same interpreter
        warnings.simplefilter("ignore", UserWarning)
        interpreter = tf.lite.Interpreter(str(path), num_threads=1)
    interpreter.allocate_tensors()
    (source,), (target,) = interpreter.get_input_details(), interpreter.get_output_details()

    def judge(features: Arrays) -> Arrays:
        interpreter.set_tensor(source["index"], features[np.newaxis])
        interpreter.invoke()
        logits: Arrays = interpreter.get_tensor(target["index"])[0]
        return logits

    return judge
