"""Bundles are removed by rule; what serves, served last or may serve soon stays."""

import os
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from recognition.jobs import collect
from recognition.jobs.collect import collect_models, remove_bundle
from recognition.models import ModelVersion, TrainingRun
from recognition.selectors.training import work_folder
from recognition.tests import factories

pytestmark = pytest.mark.django_db


def version(media_root: Path, days: int = 0, **fields: object) -> ModelVersion:
    """With a folder, as old as it says."""
    made = factories.model_version(**fields)
    made.folder = f"models/{made.sha256}"
    made.created_at = timezone.now() - timedelta(days=days)
    if made.status != ModelVersion.Status.CHALLENGER:
        made.promoted_at = made.created_at
    made.save()
    (media_root / made.folder).mkdir(parents=True)
    (media_root / made.folder / "model.onnx").write_bytes(b"network")
    return made


def kept(versions: list[ModelVersion], media_root: Path) -> list[bool]:
    """In row and folder alike."""
    for row in versions:
        row.refresh_from_db()
        assert (media_root / row.folder).exists() == (row.removed_at is None)
    return [row.removed_at is None for row in versions]


def test_it_keeps_the_champion_and_the_three_that_served_last(media_root: Path) -> None:
    old = [version(media_root, days) for days in (500, 400, 300, 200, 100)]
    champion = version(media_root, 600, status="champion")
    assert collect_models() == [str(old[1]), str(old[0])]
    assert kept([*old, champion], media_root) == [False, False, True, True, True, True]
    assert collect_models() == []


def test_it_keeps_challengers_for_a_while_and_those_in_the_shadow(media_root: Path) -> None:
    young = version(media_root, 29, status="challenger")
    old = version(media_root, 31, status="challenger")
    listening = version(media_root, 31, status="challenger", shadow_share=0.1)
    said = StringIO()
    call_command("collect_models", stdout=said)
    assert f"The files of {old} were removed." in said.getvalue()
    assert kept([young, old, listening], media_root) == [True, False, True]


def test_it_leaves_what_came_with_the_program() -> None:
    for days in range(5):
        promoted_at = timezone.now() - timedelta(days=days)
        factories.model_version(folder="shipped", promoted_at=promoted_at)
    assert collect_models() == []


def test_it_leaves_what_was_promoted_meanwhile(media_root: Path) -> None:
    seen = version(media_root, 40, status="challenger")
    now = timezone.now()
    ModelVersion.objects.filter(pk=seen.pk).update(status="champion", promoted_at=now)
    assert not remove_bundle(seen)
    assert kept([seen], media_root) == [True]


def test_it_removes_what_broken_trainings_left_but_no_work_that_goes_on(media_root: Path) -> None:
    now = timezone.now()
    ended = TrainingRun.objects.create(
        trigger="command", state="failed", error_code="x", finished_at=now, announced_at=now
    )
    going = TrainingRun.objects.create(trigger="command", announced_at=now)
    orphans = [media_root / "models" / name for name in ("a" * 64, ".half-copied", "young")]
    folders = [work_folder(ended), work_folder(going), *orphans]
    long_ago = time.time() - collect.LEFTOVER_KEPT_FOR.total_seconds() - 60
    for folder in folders:
        folder.mkdir(parents=True)
        if folder.name != "young":
            os.utime(folder, (long_ago, long_ago))
    collect_models()
    assert [folder.exists() for folder in folders] == [False, True, False, False, True]


def test_nobody_is_alarmed_about_files_that_were_removed(media_root: Path) -> None:
    alarm = {"alarm_code": "bundle:app:corrupt", "alarm_at": timezone.now()}
    broken = version(media_root, 31, status="challenger", **alarm)
    assert collect_models() == [str(broken)]
    broken.refresh_from_db()
    assert (broken.alarm_code, broken.alarm_at) == ("", None)
