"""The last good model goes on serving when the champion's bundle can't be opened."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mlcore.bundles import shipped_bundle
from mlcore.errors import BundleError
from recognition import champion as door
from recognition.champion import current_champion, register_shipped
from recognition.jobs.recognize import recognize_clip
from recognition.models import ModelVersion, Promotion, User
from recognition.services.promote import promote_version
from recognition.tests import factories, recordings
from recognition.tests.teaching import version_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_process() -> None:
    """As a worker that has just started: nothing is loaded yet."""
    door.load_recognizer.cache_clear()


@pytest.fixture
def shipped() -> ModelVersion:
    return register_shipped()


@pytest.fixture
def promoted(shipped: ModelVersion) -> ModelVersion:
    version = version_of(shipped_bundle("permissive"), status=ModelVersion.Status.CHALLENGER)
    promote_version(version.pk, forced_reason="For the test.")
    return version


def cut_off(folder: Path) -> None:
    (folder / "model.onnx").write_bytes((folder / "model.onnx").read_bytes()[:1000])


def remove(folder: Path) -> None:
    shutil.rmtree(folder)


def make_incompatible(folder: Path) -> None:
    info = json.loads((folder / "bundle.json").read_text())
    (folder / "bundle.json").write_text(json.dumps(info | {"format_version": 99}))


def swap(folder: Path) -> None:
    """Whole and good, but another model."""
    shutil.copytree(shipped_bundle("research"), folder, dirs_exist_ok=True)


def block(folder: Path) -> None:
    (folder / "bundle.json").unlink()
    (folder / "bundle.json").mkdir()


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (cut_off, "bundle:app:corrupt"),
        (remove, "bundle:app:missing"),
        (make_incompatible, "bundle:app:format-version"),
        (swap, "bundle:app:other"),
        (block, "bundle:app:missing"),
    ],
)
def test_the_last_good_one_serves_and_an_alarm_is_raised(
    owner: User,
    shipped: ModelVersion,
    promoted: ModelVersion,
    media_root: Path,
    harm: Callable[[Path], None],
    code: str,
) -> None:
    harm(media_root / promoted.folder)
    clip = factories.clip(owner, content=recordings.wav())
    recognize_clip(clip.pk)
    clip.refresh_from_db()
    assert clip.state == "done"
    assert clip.predictions.get().model_version == shipped  # who said it, not who should have
    promoted.refresh_from_db()
    assert (promoted.status, promoted.alarm_code) == ("champion", code)
    assert promoted.alarm_at is not None


def test_the_alarm_keeps_its_moment_and_ends_when_the_bundle_is_whole_again(
    shipped: ModelVersion, promoted: ModelVersion, media_root: Path
) -> None:
    folder = media_root / promoted.folder
    cut_off(folder)
    current_champion()
    promoted.refresh_from_db()
    began = promoted.alarm_at
    assert current_champion().version == shipped
    promoted.refresh_from_db()
    assert promoted.alarm_at == began
    shutil.copytree(shipped_bundle("permissive"), folder, dirs_exist_ok=True)
    assert current_champion().version == promoted
    promoted.refresh_from_db()
    assert (promoted.alarm_code, promoted.alarm_at) == ("", None)


def test_what_the_program_ships_serves_where_nothing_else_is_left(media_root: Path) -> None:
    version = version_of(shipped_bundle("permissive"), status=ModelVersion.Status.CHAMPION)
    remove(media_root / version.folder)
    assert current_champion().version.folder == "shipped"
    version.refresh_from_db()
    assert version.status == "champion"
    assert version.alarm_code == "bundle:app:missing"


def test_it_tells_when_nothing_can_serve(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shipped: ModelVersion
) -> None:
    """The program's own files are damaged."""
    monkeypatch.setattr(door, "is_outdated", lambda _: False)
    monkeypatch.setattr("recognition.selectors.bundles.shipped_bundle", lambda _: tmp_path)
    with pytest.raises(BundleError):
        current_champion()
    shipped.refresh_from_db()
    assert shipped.alarm_code == "bundle:app:missing"


def test_a_promotion_holds_from_the_next_clip_on(owner: User, shipped: ModelVersion) -> None:
    """Each clip is wholly one model's."""
    clips = [factories.clip(owner, content=recordings.wav()) for _ in range(2)]
    recognize_clip(clips[0].pk)
    version = version_of(shipped_bundle("permissive"), status=ModelVersion.Status.CHALLENGER)
    promote_version(version.pk, forced_reason="For the test.")
    recognize_clip(clips[1].pk)
    assert [c.predictions.get().model_version for c in clips] == [shipped, version]


def test_what_ships_is_registered_as_the_first_that_served() -> None:
    version = current_champion().version
    current_champion()
    [promotion] = Promotion.objects.all()
    assert (promotion.version, promotion.previous, promotion.kind) == (version, None, "shipped")
