"""What may serve: a good verdict on today's champion, or a written reason; and the way back."""

from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from mlcore.bundles import shipped_bundle
from mlcore.errors import BundleError
from recognition.champion import current_champion, register_shipped
from recognition.errors import PromoteError
from recognition.models import ModelVersion, Promotion, TrainingRun, User
from recognition.services.promote import promote_version, roll_back, set_shadow
from recognition.tests import factories
from recognition.tests.teaching import renamed, version_of

pytestmark = pytest.mark.django_db

CHALLENGER = ModelVersion.Status.CHALLENGER


@pytest.fixture
def champion() -> ModelVersion:
    return register_shipped()


def challenger(
    against: ModelVersion | None, outcome: str = "better", **fields: Any
) -> ModelVersion:
    """Of the other bundle that ships, with a verdict as a training leaves it."""
    version = version_of(shipped_bundle("permissive"), status=CHALLENGER, **fields)
    judge(version, against, outcome)
    return version


def judge(version: ModelVersion, against: ModelVersion | None, outcome: str = "better") -> None:
    verdict = {"outcome": outcome, "judged_against": against.sha256 if against else ""}
    now = timezone.now()
    TrainingRun.objects.create(
        trigger="command",
        state="done",
        data={"outcome": "trained", "verdict": verdict},
        challenger=version,
        announced_at=now,
        finished_at=now,
    )


def serving() -> ModelVersion:
    return ModelVersion.objects.get(status=ModelVersion.Status.CHAMPION)


def test_a_good_verdict_promotes_and_is_kept(champion: ModelVersion, administrator: User) -> None:
    version = challenger(champion, shadow_share=0.5)
    promotion = promote_version(version.pk, by=administrator)
    assert serving() == version
    assert (promotion.previous, promotion.kind) == (champion, "promoted")
    assert (promotion.by, promotion.by_name) == (administrator, "administrator")
    assert promotion.verdict["outcome"] == "better"
    assert promotion.forced_reason == ""
    champion.refresh_from_db()
    assert champion.status == "retired"
    assert serving().promoted_at is not None
    assert serving().shadow_share == 0
    assert current_champion().version == version


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        ("not-better", "promote:user:verdict"),
        ("cannot-tell", "promote:user:verdict"),
        (None, "promote:user:no-verdict"),
    ],
)
def test_without_a_good_verdict_the_champion_stays(
    champion: ModelVersion, outcome: str | None, code: str
) -> None:
    version = version_of(shipped_bundle("permissive"), status=CHALLENGER)
    if outcome:
        judge(version, champion, outcome)
    with pytest.raises(PromoteError) as caught:
        promote_version(version.pk)
    assert caught.value.code == code
    assert serving() == champion
    assert not Promotion.objects.filter(kind="promoted").exists()


def test_a_written_reason_forces_it_and_is_kept(champion: ModelVersion) -> None:
    version = challenger(champion, "cannot-tell")
    with pytest.raises(PromoteError):
        promote_version(version.pk, forced_reason="  ")
    promote_version(version.pk, forced_reason="The license of the old one ran out.")
    assert serving() == version
    kept = Promotion.objects.get(version=version)
    assert kept.forced_reason == "The license of the old one ran out."
    assert kept.verdict["outcome"] == "cannot-tell"


def test_a_verdict_on_an_older_champion_does_not_count(champion: ModelVersion) -> None:
    version = challenger(factories.model_version())
    with pytest.raises(PromoteError) as caught:
        promote_version(version.pk)
    assert caught.value.code == "promote:user:outdated"
    assert serving() == champion


def test_it_refuses_what_serves_already_is_gone_or_unknown(champion: ModelVersion) -> None:
    gone = challenger(champion, removed_at=timezone.now())
    for version_id, code in ((champion.pk, "serving"), (gone.pk, "removed"), (10**6, "unknown")):
        with pytest.raises(PromoteError) as caught:
            promote_version(version_id, forced_reason="I want it.")
        assert caught.value.code == f"promote:user:{code}"
    assert serving() == champion


@pytest.mark.parametrize("harm", ["damaged", "missing", "another's"])
def test_it_refuses_a_bundle_that_can_not_be_opened(
    champion: ModelVersion, media_root: Path, harm: str
) -> None:
    version = challenger(champion)
    folder = media_root / version.folder
    if harm == "damaged":
        (folder / "model.onnx").write_bytes(b"not a network")
    elif harm == "missing":
        (folder / "model.weights.h5").unlink()
    else:
        content = (shipped_bundle("research") / "bundle.json").read_bytes()
        (folder / "bundle.json").write_bytes(content)
    with pytest.raises(BundleError):
        promote_version(version.pk, forced_reason="I want it.")
    assert serving() == champion


def test_a_rollback_brings_back_what_served_before_and_then_the_one_before_that(
    champion: ModelVersion,
) -> None:
    second = challenger(champion)
    promote_version(second.pk)
    third = factories.model_version(status=CHALLENGER)
    Promotion.objects.create(version=third, previous=second, kind="promoted")
    ModelVersion.objects.filter(pk=second.pk).update(status="retired")
    ModelVersion.objects.filter(pk=third.pk).update(status="champion")
    assert roll_back().version == second
    assert roll_back().version == champion  # not the third again
    assert serving() == champion
    assert [p.kind for p in Promotion.objects.all()[:2]] == ["rolled-back"] * 2
    with pytest.raises(PromoteError) as caught:
        roll_back()
    assert caught.value.code == "promote:user:nothing-before"


def test_a_rollback_to_a_damaged_bundle_leaves_the_champion(
    champion: ModelVersion, media_root: Path
) -> None:
    version = challenger(champion)
    promote_version(version.pk)
    Promotion.objects.create(version=champion, previous=version, kind="promoted")
    ModelVersion.objects.filter(pk=version.pk).update(status="retired")
    ModelVersion.objects.filter(pk=champion.pk).update(status="champion")
    (media_root / version.folder / "model.onnx").unlink()
    with pytest.raises(BundleError):
        roll_back()
    assert serving() == champion


@pytest.mark.django_db(transaction=True)
def test_of_two_promotions_at_once_one_wins_and_the_other_is_told(tmp_path: Path) -> None:
    """The verdict of the second one is about a champion that does not serve any more."""
    champion = register_shipped()
    other = version_of(renamed(shipped_bundle("permissive"), tmp_path), status=CHALLENGER)
    judge(other, champion)
    versions = [challenger(champion), other]

    def promote(version: ModelVersion) -> str:
        try:
            promote_version(version.pk)
        except PromoteError as error:
            return error.code
        finally:
            connection.close()
        return "promoted"

    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(promote, versions))
    assert sorted(found) == ["promote:user:outdated", "promoted"]
    assert Promotion.objects.filter(kind="promoted").count() == 1
    assert serving() == versions[found.index("promoted")]


def test_the_commands_promote_and_roll_back(champion: ModelVersion) -> None:
    version = challenger(champion, "not-better")
    said = StringIO()
    with pytest.raises(CommandError, match=r"not-better.*promote:user:verdict"):
        call_command("promote", version.pk)
    call_command("promote", version.pk, force="To look at it.", stdout=said)
    assert f"{version} serves now" in said.getvalue()
    call_command("rollback", stdout=said)
    assert f"{champion} serves again, instead of {version}." in said.getvalue()
    assert serving() == champion


def test_only_a_challenger_listens_in_the_shadow(champion: ModelVersion) -> None:
    version = challenger(champion)
    assert set_shadow(version.pk, 0.25).shadow_share == 0.25
    for version_id, share in ((champion.pk, 0.5), (version.pk, 1.5)):
        with pytest.raises(PromoteError):
            set_shadow(version_id, share)
    version.refresh_from_db()
    assert version.shadow_share == 0.25
    call_command("shadow", version.pk, "0", stdout=StringIO())
    version.refresh_from_db()
    assert version.shadow_share == 0


def test_a_rollback_goes_to_what_ships_now(
    champion: ModelVersion, settings: Any, tmp_path: Path
) -> None:
    """The program was changed while another model served: the old files are gone."""
    version = version_of(renamed(shipped_bundle("permissive"), tmp_path), status=CHALLENGER)
    promote_version(version.pk, forced_reason="For the test.")
    settings.SHIPPED_MODEL = "permissive"
    found = roll_back().version
    assert (found.name, found.folder, found.status) == ("permissive", "shipped", "champion")
    assert current_champion().version == found
    champion.refresh_from_db()
    assert champion.status == "retired"


def test_a_newer_release_has_nothing_to_roll_back_to(champion: ModelVersion, settings: Any) -> None:
    settings.SHIPPED_MODEL = "permissive"
    newer = current_champion().version
    with pytest.raises(PromoteError) as caught:
        roll_back()
    assert caught.value.code == "promote:user:nothing-before"
    assert serving() == newer


def test_what_was_rolled_back_from_needs_a_reason_or_a_new_verdict(
    champion: ModelVersion,
) -> None:
    version = challenger(champion)
    promote_version(version.pk)
    roll_back()
    with pytest.raises(PromoteError) as caught:
        promote_version(version.pk)
    assert caught.value.code == "promote:user:rolled-back"
    assert serving() == champion
    promote_version(version.pk, forced_reason="The fault was elsewhere.")
    roll_back()
    TrainingRun.objects.filter(challenger=version).update(finished_at=timezone.now())
    promote_version(version.pk)
    assert serving() == version


def test_what_learned_from_withdrawn_clips_needs_a_reason(
    champion: ModelVersion, owner: User
) -> None:
    factories.consent(owner)
    User.objects.filter(pk=owner.pk).update(training_consent_at=timezone.now())
    version = challenger(champion)
    run = TrainingRun.objects.get(challenger=version)
    run.data = {**(run.data or {}), "learned": [factories.done_clip(owner).file.name]}
    run.save()
    User.objects.filter(pk=owner.pk).update(training_consent_at=None)
    with pytest.raises(PromoteError) as caught:
        promote_version(version.pk)
    assert (caught.value.code, caught.value.details) == ("promote:user:withdrawn", {"n_clips": 1})
    assert serving() == champion
    User.objects.filter(pk=owner.pk).update(training_consent_at=timezone.now())
    promote_version(version.pk)
    assert serving() == version


def test_a_share_anew_ends_the_alarm_of_before(champion: ModelVersion) -> None:
    version = challenger(
        champion, shadow_share=0.5, alarm_code="bundle:app:corrupt", alarm_at=timezone.now()
    )
    set_shadow(version.pk, 0)
    version.refresh_from_db()
    assert (version.alarm_code, version.alarm_at) == ("", None)
