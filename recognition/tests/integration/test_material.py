"""What is learned from and what judges, where corpora are at hand: no speaker is on both sides."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mlcore.errors import DatasetError
from recognition.errors import RetrainError
from recognition.jobs.material import gather, trained_alike
from recognition.jobs.trainings import training_options
from recognition.messages import sentence
from recognition.models import Clip, TrainingRun
from recognition.tests import factories
from recognition.tests.teaching import people, settled_clip, training

pytestmark = pytest.mark.django_db

MANIFEST = """path,corpus,speaker,emotion,fold
a/1.wav,made,s1,happy,0
a/2.wav,made,s2,sad,0
a/3.wav,made,s3,angry,1
a/4.wav,other,s1,angry,1
a/5.wav,other,s4,calm,
"""


@pytest.fixture
def corpora(tmp_path: Path) -> str:
    (tmp_path / "manifest.csv").write_text(MANIFEST)
    return str(tmp_path)


def run(**options: object) -> TrainingRun:
    return TrainingRun(trigger="command", options=training_options(dict(options)))


def speakers(split: object) -> set[str]:
    return {utterance.speaker for utterance in split}  # type: ignore[attr-defined]


def test_fold_0_of_corpora_judges_and_its_speakers_are_never_trained_on(
    corpora: str, tmp_path: Path
) -> None:
    [someone], [judge] = people(1), people(1, gold=True)
    settled_clip(someone)
    settled_clip(judge)
    found = gather(run(corpora=corpora), frozenset())
    assert speakers(found.settled) == {f"user:{someone.pk}"}
    assert speakers(found.corpora) == {"s3", "s4"}  # s1 speaks in fold 0 of another corpus
    assert speakers(found.gold) == {f"user:{judge.pk}", "s1", "s2"}
    assert found.corpora[0].path == str(tmp_path / "a" / "3.wav")


def test_whom_the_champion_has_heard_judges_nobody_and_is_not_trained_on_either(
    corpora: str,
) -> None:
    settled_clip(people(1)[0])
    found = gather(run(corpora=corpora), frozenset({"s1"}))
    assert speakers(found.gold) == {"s2"}
    assert "s1" not in speakers(found.corpora)


def test_with_corpora_one_person_or_one_emotion_is_enough(corpora: str) -> None:
    someone = people(1)[0]
    settled_clip(someone, "sad")
    with pytest.raises(RetrainError):
        gather(run(), frozenset())
    assert len(gather(run(corpora=corpora), frozenset()).settled) == 1


def test_corpora_that_can_not_be_read_are_an_error(tmp_path: Path) -> None:
    settled_clip(people(1)[0])
    with pytest.raises(DatasetError) as caught:
        gather(run(corpora=str(tmp_path / "nowhere")), frozenset())
    assert caught.value.code == "dataset:user:missing"


def test_a_recording_that_the_champion_learned_judges_nobody() -> None:
    """Uploaded again by a person of the gold share, after it was learned from somebody else."""
    [someone], [judge] = people(1), people(1, gold=True)
    settled_clip(someone, "sad", sha256="b" * 64)
    settled_clip(people(1)[0], "happy")
    for letter in "ac":
        settled_clip(judge, sha256=letter * 64)
    found = gather(run(), frozenset(), frozenset({"a" * 64}))
    assert [u.sha256 for u in found.gold] == ["c" * 64]


def damage(clip: Clip) -> None:
    Path(clip.file.path).write_bytes(b"no sound")


def lose(clip: Clip) -> None:
    Path(clip.file.path).unlink()


@pytest.mark.parametrize("change", [damage, lose])
def test_clips_that_can_not_be_read_are_left_out_and_counted(
    change: Callable[[Clip], None],
) -> None:
    one, two = people(2)
    [judge] = people(1, gold=True)
    kept = [settled_clip(one, "sad"), settled_clip(two, "happy")]
    for owner in (one, judge):
        change(settled_clip(owner))
    found = gather(run(), frozenset())
    assert [u.path for u in found.settled] == [clip.file.name for clip in kept]
    assert found.gold == ()
    assert found.to_dict()["n_unreadable"] == 2


def test_it_gives_up_only_if_no_clip_can_be_read() -> None:
    for owner in people(2):
        lose(settled_clip(owner))
    with pytest.raises(RetrainError) as caught:
        gather(run(), frozenset())
    assert caught.value.code == "retrain:app:unreadable"
    assert caught.value.details == {"n_clips": 2}
    assert "None of the 2 settled clips can be read" in sentence(
        caught.value.code, caught.value.details
    )


def test_it_says_when_nothing_is_settled() -> None:
    for owner in people(2):
        factories.done_clip(owner)
    with pytest.raises(RetrainError) as caught:
        gather(run(), frozenset())
    assert (caught.value.code, caught.value.details) == ("retrain:user:no-examples", {})


def test_a_new_settlement_is_something_new() -> None:
    one, two = people(2)
    settled_clip(one, "sad")
    settled_clip(two, "happy")
    before = gather(run(), frozenset()).data_hash
    assert gather(run(), frozenset()).data_hash == before
    settled_clip(one, "happy")
    assert gather(run(), frozenset()).data_hash != before


def test_only_the_last_good_training_of_the_same_kind_counts() -> None:
    training("done", data_hash="a", options=training_options())
    training("failed", data_hash="b")
    assert trained_alike(run(), "a")
    assert not trained_alike(run(), "b")
    assert not trained_alike(run(again=True), "a")
    assert not trained_alike(run(from_champion=False), "a")
    made = factories.model_version()
    maker = training("done", data_hash="c", options=training_options(), challenger=made)
    assert not trained_alike(run(), "a")
    training("done", data_hash="c", options=training_options())
    assert trained_alike(run(), "c") == maker
