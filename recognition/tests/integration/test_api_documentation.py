"""The very lines of docs/api.md, against the running site."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from recognition.models import Clip, User
from recognition.services.tokens import TokenWish, make_token
from recognition.tests.processes import Surroundings

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(settings.BASE_DIR)
DOCUMENT = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
PROGRAMS = {"bash": ["bash", "-euo", "pipefail", "-c"], "python": [sys.executable, "-c"]}


def lines_of(language: str) -> str:
    [block] = re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    return str(block)


def run(language: str, site: str, token: str, folder: Path) -> str:
    """In a folder where docs/samples lie as they do in the project."""
    (folder / "docs").symlink_to(ROOT / "docs")
    done = subprocess.run(
        [*PROGRAMS[language], lines_of(language)],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "SITE": site, "TOKEN": token},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def site(surroundings: Surroundings) -> Iterator[str]:
    with surroundings.web() as (address, _), surroundings.worker():
        yield address


def token_of(user: User) -> str:
    return make_token(user, TokenWish("documentation", ["read", "upload"], 7))[1]


def test_the_lines_of_curl_lead_to_a_result(owner: User, site: str, tmp_path: Path) -> None:
    told = run("bash", site, token_of(owner), tmp_path)
    shown = json.loads(told[told.rindex('{"id"') :])
    clip = Clip.objects.get()
    assert shown["id"] == str(clip.pk)
    assert shown["prediction"]["emotion"] == clip.emotion != ""
    assert '"username":"owner"' in told


def test_the_lines_of_python_lead_to_a_result(owner: User, site: str, tmp_path: Path) -> None:
    told = run("python", site, token_of(owner), tmp_path)
    clip = Clip.objects.get()
    assert told == f"The model hears: {clip.emotion} ({clip.confidence:.0%})\n"


def test_there_are_not_more_than_ten_lines_of_curl() -> None:
    assert len(lines_of("bash").strip().splitlines()) <= 10
