"""What loads when: the web process looks at headers and must stay small."""

import subprocess
import sys

import pytest

HEAVY = ("tensorflow", "keras", "librosa", "sklearn", "numba", "onnxruntime", "scipy", "torch")


@pytest.mark.parametrize("module", ["audio", "errors", "labels", "dataset", "bundles"])
def test_it_imports_without_anything_heavy(module: str) -> None:
    code = (
        f"import sys, mlcore.{module}; print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


def test_inference_needs_neither_django_nor_keras() -> None:
    names = ("tensorflow", "keras", "django", "sklearn")
    code = f"import sys, mlcore.inference; print([n for n in {names!r} if n in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
