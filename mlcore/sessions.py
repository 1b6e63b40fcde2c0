"""ONNX networks on the processor, one thread each: a worker child owns one core."""

from pathlib import Path
from typing import Any

from mlcore.errors import BundleError
from mlcore.hashing import read_checked


def open_session(path: Path, sha256: str) -> Any:
    """Open an ONNX file after its hash was checked.

    Returns
    -------
    onnxruntime.InferenceSession

    Raises
    ------
    BundleError
        When the file is missing, has another hash or can't be opened.
    """
    content = read_checked(path, sha256)
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no common base class
        reason = str(error)[:200]
        raise BundleError("bundle:app:corrupt", {"path": path.name, "reason": reason}) from error
