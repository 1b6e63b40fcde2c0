"""What the API does with requests that nobody thought of: schemathesis on the real site."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.test import Client

from recognition.models import ApiToken, Batch, Share, Tag, User
from recognition.services.share import share_clip
from recognition.tests import factories
from recognition.tests.processes import BIN, Surroundings
from recognition.tests.recordings import wav

pytestmark = pytest.mark.usefixtures("aside")

CONFIG = Path(__file__).with_name("schemathesis.toml")
CLIPS = [UUID(f"00000000-0000-4000-8000-{number:012}") for number in range(1, 6)]
BATCH = UUID("00000000-0000-4000-8000-00000000000b")
TOKEN = UUID("00000000-0000-4000-8000-00000000000d")
VERSION = TAG = 900001
LINK = "Link-of-the-test"
SESSION_ONLY = (
    "change_account",
    "delete_account",
    "make_token",
    "revoke_token",
    "set_shadow_share",
)
OFTEN = dict.fromkeys(
    ("API_PER_MINUTE", "API_TOKEN_PER_MINUTE", "API_UPLOADS_PER_MINUTE", "API_VISITORS_PER_MINUTE"),
    "1000000",
)
TIME_LIMIT_S = 600  # on a busy machine; 90 on one that has nothing else to do


@pytest.fixture
def site(surroundings: Surroundings) -> Iterator[str]:
    """Without a worker: what is handed in waits."""
    with Surroundings(surroundings.environment | OFTEN, surroundings.folder).web() as (address, _):
        yield address


@pytest.fixture
def aside(site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What hypothesis keeps for later runs does not lie about."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(settings.BASE_DIR))


@pytest.fixture
def robot(transactional_db: None, shared_media: None) -> User:
    """A reviewer of the staff with clips in every state, and one of somebody else to review."""
    user = factories.user("robot", is_reviewer=True, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_modelversion"))
    other = factories.user("other")
    factories.consent(other)
    batch = Batch.objects.create(id=BATCH, owner=user)
    content = wav(0.5)
    factories.done_clip(user, id=CLIPS[0], batch=batch, content=content)
    factories.failed_clip(user, id=CLIPS[1], content=content)
    factories.clip(user, id=CLIPS[2], content=content)
    shared = factories.done_clip(user, id=CLIPS[3], content=content)
    share_clip(shared, n_days=1)
    Share.objects.update(token=LINK)
    factories.done_clip(other, id=CLIPS[4], content=content)
    factories.model_version(id=VERSION, status="challenger")
    Tag.objects.create(id=TAG, owner=user, name="interview")
    factories.token(user, "read")
    ApiToken.objects.filter(user=user).update(id=TOKEN)
    return user


def ask(site: str, *options: str, **secrets: str) -> int:
    """Tells of how many operations."""
    command = [str(BIN / "schemathesis"), "--config-file", str(CONFIG), "run", "--no-color"]
    known = {"SERSITE_TOKEN": "none", "SERSITE_SESSION": "none"} | secrets
    done = subprocess.run(
        [*command, *options, f"{site}/api/v1/schema/"],
        env=os.environ | known,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2000:]
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested, done.stdout
    return int(tested[1])


def test_it_keeps_to_its_description(site: str, robot: User) -> None:
    token = factories.token(robot, "read", "upload", "review")
    assert ask(site, SERSITE_TOKEN=token) > 30


def test_it_keeps_to_it_for_a_session(
    site: str, robot: User, signed_in: Callable[[User], Client]
) -> None:
    """What no token can do."""
    session = signed_in(robot).cookies["sessionid"].value
    chosen = [word for name in SESSION_ONLY for word in ("--include-operation-id", name)]
    n_tested = ask(site, *chosen, SERSITE_SESSION=session, SERSITE_CSRF=32 * "x")
    assert n_tested == len(SESSION_ONLY)
