"""The last good model goes on serving when the champion's bundle can't be opened."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlcore.bundles import shipped_bundle
from mlcore.errors import BundleError
from recognition import champion as door
from recognition.champion import current_champion, register_shipped
from recognition.jobs.recognize import recognize_clip
from recognition.models import ModelVersion, Promotion, User
from recognition.services.promote import promote_version, roll_back
from recognition.tests import factories, recordings
from recognition.tests.teaching import renamed, version_of

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


def test_what_was_rolled_back_from_never_stands_in(
    shipped: ModelVersion, promoted: ModelVersion, media_root: Path, tmp_path: Path
) -> None:
    """Though it is whole, and retired last."""
    bad = version_of(renamed(shipped_bundle("permissive"), tmp_path), status="challenger")
    promote_version(bad.pk, forced_reason="For the test.")
    assert roll_back().version == promoted
    cut_off(media_root / promoted.folder)
    assert current_champion().version == shipped


def test_the_last_that_served_stands_in_and_not_the_one_before(
    shipped: ModelVersion, promoted: ModelVersion, media_root: Path, tmp_path: Path
) -> None:
    newest = version_of(renamed(shipped_bundle("permissive"), tmp_path), status="challenger")
    promote_version(newest.pk, forced_reason="For the test.")
    remove(media_root / newest.folder)
    assert current_champion().version == promoted


def test_a_worker_that_has_it_in_memory_does_as_the_others(
    shipped: ModelVersion, promoted: ModelVersion, media_root: Path
) -> None:
    """From the first alarm on; and it does not end an alarm whose reason lasts."""
    folder = media_root / promoted.folder
    assert current_champion().version == promoted
    cut_off(folder)
    assert current_champion().version == promoted  # whole in memory, and nobody knows
    door.raise_alarm(promoted, BundleError("bundle:app:corrupt"))  # another worker
    assert [current_champion().version for _ in range(2)] == [shipped, shipped]
    promoted.refresh_from_db()
    assert promoted.alarm_code == "bundle:app:corrupt"
    shutil.copytree(shipped_bundle("permissive"), folder, dirs_exist_ok=True)
    assert current_champion().version == promoted


def test_a_fallback_that_comes_too_late_leaves_the_champion(
    shipped: ModelVersion, promoted: ModelVersion, media_root: Path
) -> None:
    """It read the champion, found it damaged, and meanwhile somebody rolled back."""
    cut_off(media_root / promoted.folder)
    promoted.refresh_from_db()
    roll_back()
    shipped.refresh_from_db()
    stand_in = door.last_good(promoted, BundleError("bundle:app:corrupt"))
    assert stand_in.version == shipped
    before = shipped.promoted_at
    shipped.refresh_from_db()
    assert (shipped.status, shipped.promoted_at) == ("champion", before)


def test_standing_in_leaves_its_row_alone(
    shipped: ModelVersion, promoted: ModelVersion, media_root: Path
) -> None:
    remove(media_root / promoted.folder)
    before = ModelVersion.objects.filter(pk=shipped.pk).values().get()
    for _ in range(2):
        assert current_champion().version == shipped
    assert ModelVersion.objects.filter(pk=shipped.pk).values().get() == before


def test_what_was_promoted_meanwhile_is_not_replaced_by_what_ships(
    shipped: ModelVersion, promoted: ModelVersion
) -> None:
    """By a worker that saw none or an older one serve a moment ago."""
    assert register_shipped() == promoted
    assert not Promotion.objects.filter(version=shipped).exclude(previous=None).exists()


def test_two_releases_at_once_settle_on_the_newer_and_each_serves_its_own(settings: Any) -> None:
    served = []
    for name in ("research", "permissive", "research", "permissive"):
        settings.SHIPPED_MODEL = name
        served.append(current_champion().version.name)
    assert served == ["research", "permissive", "research", "permissive"]
    newer = ModelVersion.objects.get(status="champion")
    assert (newer.name, newer.alarm_code) == ("permissive", "")
    assert Promotion.objects.count() == 2


def test_a_champion_and_several_in_its_shadow_stay_in_memory(
    shipped: ModelVersion, tmp_path: Path
) -> None:
    heard = [version_of(shipped_bundle("permissive"), status="challenger")]
    heard.append(version_of(renamed(shipped_bundle("permissive"), tmp_path), status="challenger"))
    for _ in range(2):
        current_champion()
        for version in heard:
            door.open_version(version)
    assert door.load_recognizer.cache_info().misses == 3
