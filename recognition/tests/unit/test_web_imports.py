"""The web process must stay small: what it may load is checked in a process of its own."""

import os
import subprocess
import sys

HEAVY = ("tensorflow", "keras", "librosa", "sklearn", "numba", "onnxruntime", "scipy", "torch")
SCRIPT = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "sersite.settings"
import django
django.setup()
import sersite.urls, sersite.wsgi
print(" ".join(name for name in {heavy!r} if name in sys.modules))
"""


def test_it_keeps_the_heavy_libraries_out_of_the_web_process() -> None:
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(heavy=HEAVY)],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        timeout=60,
    )
    assert result.stdout.strip() == ""
