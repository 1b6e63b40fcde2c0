"""Real trainings of a tiny model: what helps is promoted, what harms is not."""

import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from mlcore.bundles import read_info
from mlcore.hashing import code_version
from mlcore.options import Progress
from recognition.champion import current_champion
from recognition.errors import PromoteError
from recognition.jobs.retrain import run_training
from recognition.jobs.trainings import (
    queue_training,
    reap_trainings,
    training_lock,
    training_options,
)
from recognition.models import Clip, ModelVersion, Promotion, TrainingRun, User
from recognition.presentation.models import LICENSE_WORDS
from recognition.selectors.bundles import bundle_folder, read_bundle
from recognition.selectors.training import gold_examples, work_folder
from recognition.services.accounts import delete_account
from recognition.services.promote import promote_version, verdict_of
from recognition.tests import factories
from recognition.tests.processes import Surroundings, wait_until
from recognition.tests.teaching import (
    champion_of,
    people,
    settled_clip,
    taught,
    train_tiny_champion,
)

pytestmark = pytest.mark.django_db

SAID = {"low": "sad", "high": "happy"}
INVERTED = {"low": "happy", "high": "sad"}  # as the tiny champion hears it


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_tiny_champion(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def champion(tiny: Path) -> ModelVersion:
    return champion_of(tiny)


def train(watch: Progress | None = None, **options: Any) -> TrainingRun:
    wanted = training_options({"from_champion": False, "epochs": 20} | options)
    run = queue_training(TrainingRun.Trigger.COMMAND, by=None, options=wanted)
    assert run_training(run.pk, watch)
    run.refresh_from_db()
    return run


def assert_untouched(champion: ModelVersion) -> None:
    """It serves, whole, and nobody promoted anything."""
    read_bundle(ModelVersion.objects.get(status=ModelVersion.Status.CHAMPION))
    assert current_champion().version == champion
    assert not Promotion.objects.exists()


def test_corrections_that_help_are_promoted(champion: ModelVersion, media_root: Path) -> None:
    for owner in people(4):
        taught(owner, 8, **SAID)
    for owner in people(5, gold=True):
        taught(owner, 12, **SAID)
    run = train()
    assert run.state == "done", (run.error_code, run.error_details)
    assert run.data is not None
    assert run.data["verdict"]["outcome"] == "better", run.data["verdict"]["reasons"]
    assert run.challenger is not None
    assert run.challenger.scores["gold"]["overall"]["n_clips"] == 60
    assert_untouched(champion)  # until somebody promotes it

    registered = run.challenger
    info = read_info(media_root / registered.folder)
    assert registered.status == "challenger"
    assert registered.folder == f"models/{info.sha256}"
    assert not info.training_speakers & {utterance.speaker for utterance in gold_examples()}
    assert (run.seed, run.code_version) == (1, code_version())
    assert len(run.data_hash) == 64
    assert registered.about["licenses"].keys() == {"users"}
    assert set(registered.about["licenses"].values()) <= set(LICENSE_WORDS)
    assert not work_folder(run).exists()

    promote_version(registered.pk)
    assert current_champion().version == registered


def test_poisoned_corrections_are_refused(champion: ModelVersion) -> None:
    for owner in people(4):
        taught(owner, 8, **SAID)
    for owner in people(5, gold=True):
        taught(owner, 12, **INVERTED)
    run = train()
    assert run.data is not None
    assert run.data["verdict"]["outcome"] == "not-better"
    assert run.challenger is not None
    with pytest.raises(PromoteError) as caught:
        promote_version(run.challenger.pk)
    assert caught.value.code == "promote:user:verdict"
    assert_untouched(champion)


def test_it_fine_tunes_the_champion_and_tells_when_nothing_is_new(
    champion: ModelVersion,
) -> None:
    for owner in people(2):
        taught(owner, 4, **SAID)
    said = StringIO()
    call_command("retrain", from_champion=True, epochs=1, stdout=said)
    run = TrainingRun.objects.get()
    assert run.challenger is not None
    assert run.parent == run.challenger.parent == champion
    assert run.data is not None
    assert run.data["verdict"]["outcome"] == "cannot-tell"  # no gold clips
    assert "too-few-speakers" in said.getvalue()
    with pytest.raises(PromoteError):
        promote_version(run.challenger.pk)

    call_command("retrain", from_champion=True, epochs=1, stdout=said)
    assert "Nothing new since the last training" in said.getvalue()
    again = TrainingRun.objects.first()
    assert again is not None
    assert (again.state, again.challenger) == ("done", None)
    assert again.data_hash == run.data_hash
    assert_untouched(champion)


def test_a_candidate_is_judged_again_when_those_who_judge_changed(champion: ModelVersion) -> None:
    """Before, nobody could tell; a second training of the same clips would say no more."""
    for owner in people(4):
        taught(owner, 8, **SAID)
    first = train()
    assert first.data is not None
    assert first.challenger is not None
    assert first.data["verdict"]["outcome"] == "cannot-tell"
    assert len(first.data["learned"]) == 32
    for owner in people(5, gold=True):
        taught(owner, 12, **SAID)
    again = train()
    assert again.data is not None
    assert (again.data["outcome"], again.challenger) == ("judged-again", None)
    assert again.data["verdict"]["outcome"] == "better", again.data["verdict"]["reasons"]
    judged = ModelVersion.objects.get(pk=first.challenger.pk)
    assert again.data["version_id"] == judged.pk
    assert verdict_of(judged) == again.data["verdict"]
    assert judged.training_run.data is not None
    assert judged.training_run.data["earlier_verdicts"] == [first.data["verdict"]]
    assert judged.scores["gold"]["overall"]["n_clips"] == 60
    assert outcome_of(train()) == "nothing-new"
    promote_version(judged.pk)
    assert outcome_of(train()) == "nothing-new"
    assert not ModelVersion.objects.filter(status=ModelVersion.Status.CHALLENGER).exists()


def outcome_of(run: TrainingRun) -> str:
    return str((run.data or {}).get("outcome"))


def withdraw(owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(training_consent_at=None)


def trash(owner: User) -> None:
    Clip.objects.filter(owner=owner).update(deleted_at=timezone.now())


@pytest.mark.parametrize("change", [withdraw, trash, delete_account])
def test_what_is_withdrawn_during_a_training_leaves_no_model(
    champion: ModelVersion, media_root: Path, change: Callable[[User], None]
) -> None:
    """Consent, clips or the whole account, with the files that are just being read."""
    one, two = people(2)
    for owner in (one, two):
        taught(owner, 4, **SAID)
    done: list[User] = []

    def change_once(_: int) -> None:
        if not done:
            done.append(one)
            change(one)

    run = train(Progress(on_clips=change_once), epochs=1)
    assert (run.state, run.error_code) == ("failed", "retrain:user:withdrawn")
    assert run.error_details == {"n_clips": 4}
    assert not ModelVersion.objects.filter(status=ModelVersion.Status.CHALLENGER).exists()
    assert not work_folder(run).exists()
    assert len(list((media_root / "models").iterdir())) == 1
    assert_untouched(champion)


def no_clips() -> None:
    factories.done_clip(people(1)[0])


def one_voice() -> None:
    taught(people(1)[0], 4, **SAID)


def one_emotion() -> None:
    for owner in people(2):
        settled_clip(owner, "sad")


@pytest.mark.parametrize(
    ("make", "code"),
    [(no_clips, "no-examples"), (one_voice, "one-speaker"), (one_emotion, "one-emotion")],
)
def test_what_teaches_nothing_is_refused_before_it_takes_time(
    champion: ModelVersion, make: Callable[[], None], code: str
) -> None:
    make()
    with pytest.raises(CommandError, match=f"retrain:user:{code}"):
        call_command("retrain", from_champion=True, stdout=StringIO())
    assert TrainingRun.objects.get().error_code == f"retrain:user:{code}"
    assert_untouched(champion)


def test_a_second_training_waits_for_the_first(champion: ModelVersion) -> None:
    run = queue_training(TrainingRun.Trigger.COMMAND, by=None, options=training_options())
    with training_lock():
        assert not run_training(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempts) == ("queued", 0)
    assert run_training(run.pk)  # now it is its turn
    assert not run_training(run.pk)  # a doubled message: it has ended


def test_ctrl_c_stops_it_until_it_is_resumed(champion: ModelVersion) -> None:
    """Nobody else begins it again by itself."""
    for owner in people(2):
        taught(owner, 2, **SAID)

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(Progress(on_clip=interrupt), from_champion=True, epochs=1)
    run = TrainingRun.objects.get()
    assert (run.state, run.error_code) == ("failed", "retrain:user:interrupted")
    assert reap_trainings() == []
    call_command("retrain", resume=True, stdout=StringIO())
    run.refresh_from_db()
    assert run.challenger is not None
    assert_untouched(champion)


def test_without_room_it_is_not_begun(
    champion: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    for owner in people(2):
        taught(owner, 2, **SAID)
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    run = train()
    assert (run.state, run.error_code) == ("failed", "retrain:app:disk")
    assert_untouched(champion)


def test_an_error_does_not_tell_where_the_files_lie(
    champion: ModelVersion, media_root: Path, tmp_path: Path
) -> None:
    """A file lost between gathering and reading, and corpora that aren't where they were."""
    clips = [taught(owner, 2, **SAID)[0] for owner in people(2)]
    files = [Path(clip.file.path) for clip in clips]

    def lose(_: int) -> None:
        for path in files:
            path.unlink(missing_ok=True)

    run = train(Progress(on_clips=lose))
    assert run.error_code == "dataset:user:recording"
    assert run.error_details["path"] in {clip.file.name for clip in clips}
    run = train(corpora=str(tmp_path / "nowhere"))
    assert run.error_details == {"path": "nowhere/manifest.csv"}
    assert str(media_root) not in str(list(TrainingRun.objects.values_list("error_details")))


STAGES = ("gathering", "reading", "fitting", "judging", "registering", "disk-full")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("shared_media")
def test_it_goes_on_after_a_kill_at_every_stage_and_a_full_disk(
    tiny: Path, surroundings: Surroundings
) -> None:
    champion = champion_of(tiny)
    for owner in people(2):
        taught(owner, 2, **SAID)
    wanted = training_options({"epochs": 3})
    run = queue_training(TrainingRun.Trigger.COMMAND, by=None, options=wanted)
    stages = [*STAGES, "between files and row", "end"]
    command = (sys.executable, "-m", "recognition.tests.victim", *stages)
    with surroundings.running("victim", *command) as victim:
        wait_until(lambda: victim.popen.poll() is not None or victim.says("ended end"), 240)
    words = victim.log.read_text(errors="replace")
    ends = {stage: -9 for stage in stages} | {"disk-full": 1, "end": 0}
    for stage, code in ends.items():
        assert f"ended {stage} {code}" in words, words[-4000:]
    assert "File too large" in words
    assert "retrain:app:disk" in words
    assert words.count("epoch 2\n") == words.count("epoch 3\n") == 1  # none was fitted twice
    run.refresh_from_db()
    assert run.state == "done"
    assert run.challenger is not None
    read_bundle(run.challenger)
    assert not work_folder(run).exists()
    assert bundle_folder(champion).exists()
    assert_untouched(champion)
