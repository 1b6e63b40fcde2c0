"""A bundle learns from a few corrected clips and forgets little."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlcore import bundles
from mlcore.adaptation import RECIPE, FineTuning, Lesson, fine_tune
from mlcore.dataset import Utterance
from mlcore.errors import DatasetError
from mlcore.inference import Recognizer
from mlcore.options import Places, TrainingOptions
from mlcore.tests.synth import voice, write
from mlcore.training import Splits, hold_out, train_on

CHAMPION = bundles.shipped_bundle("permissive")
N_CLIPS = 12
QUICK = FineTuning(
    name="quick",
    recipe=replace(RECIPE, epochs=12, learning_rate=1e-3, n_copies=0, batch_size=8),
    step=1.0,
    distillation=0.0,
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Low voices and high ones."""
    folder = tmp_path_factory.mktemp("clips")
    for number in range(N_CLIPS):
        f0 = 110.0 if number % 2 else 240.0
        write(folder / f"{number}.wav", voice(1.5, f0=f0 + number, seed=number))
    return folder


def said(*, low: str = "sad", high: str = "happy", corpus: str = "users") -> tuple[Utterance, ...]:
    return tuple(
        Utterance(f"{n}.wav", corpus, f"user:{n // 4}", low if n % 2 else high)
        for n in range(N_CLIPS)
    )


def tuned(data: Path, folder: Path, lesson: Lesson, options: FineTuning = QUICK) -> Recognizer:
    fine_tune(CHAMPION, lesson, Places(data, folder / "bundle", folder / "cache"), options)
    return Recognizer.load(folder / "bundle")


def answers(recognizer: Recognizer, data: Path) -> np.ndarray:
    found = [recognizer.recognize(data / f"{n}.wav").posteriors for n in range(N_CLIPS)]
    return np.array([list(posteriors.values()) for posteriors in found])


@pytest.fixture(scope="module")
def learned(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Recognizer:
    return tuned(data, tmp_path_factory.mktemp("learned"), Lesson(said()))


def test_it_learns_what_people_said(data: Path, learned: Recognizer) -> None:
    truth = [utterance.label for utterance in said()]
    before = answers(Recognizer.load(CHAMPION), data)[np.arange(N_CLIPS), truth]
    after = answers(learned, data)[np.arange(N_CLIPS), truth]
    assert after.mean() > before.mean() + 0.2


def test_its_bundle_says_where_it_comes_from(learned: Recognizer) -> None:
    champion = bundles.read_info(CHAMPION)
    info = learned.bundle
    assert info.training["parent"] == champion.sha256
    assert info.training["n_clips"] == champion.training["n_clips"] + N_CLIPS
    assert info.training_speakers == champion.training_speakers | {"user:0", "user:1", "user:2"}
    assert set(info.training["licenses"]) == {*champion.training["licenses"], "users"}
    assert info.scores == {}  # the champion's figures are not its own
    assert info.temperature == champion.temperature


def test_what_it_learns_again_counts_once(data: Path, tmp_path: Path) -> None:
    options = TrainingOptions(name="tiny", architecture="baseline", recipe={"epochs": 1}, n_parts=3)
    places = Places(data, tmp_path / "bundle", tmp_path / "cache")
    before = train_on(options, hold_out(options, Splits(said())), places).info
    assert before.learned == {utterance.path for utterance in said()}
    one_new = replace(said()[0], sha256="a" * 64)
    heard = replace(said()[1], corpus="others")
    unheard = replace(said()[2], corpus="others", speaker="nobody yet")
    lesson = Lesson((*said()[1:], one_new), (heard, unheard))
    again = replace(places, output=tmp_path / "again")
    short = replace(QUICK, recipe=replace(QUICK.recipe, epochs=1))
    after = fine_tune(places.output, lesson, again, short).info
    assert after.learned == before.learned | {"a" * 64}
    assert (before.training["n_clips"], after.training["n_clips"]) == (N_CLIPS, N_CLIPS + 2)


def test_distillation_keeps_it_near_the_champion(
    data: Path, learned: Recognizer, tmp_path: Path
) -> None:
    guarded = tuned(data, tmp_path, Lesson(said()), replace(QUICK, distillation=0.9))
    before = answers(Recognizer.load(CHAMPION), data)
    moves = [np.abs(answers(one, data) - before).mean() for one in (learned, guarded)]
    assert moves[1] < moves[0] / 2


def test_rehearsed_clips_keep_the_champions_answers(
    data: Path, learned: Recognizer, tmp_path: Path
) -> None:
    """Their labels are not looked at: they may be unknown."""
    lesson = Lesson(said()[:2], said(low="angry", high="angry", corpus="others")[2:])
    rehearsed = tuned(data, tmp_path, lesson)
    before = answers(Recognizer.load(CHAMPION), data)[2:]
    moves = [np.abs(answers(one, data)[2:] - before).mean() for one in (learned, rehearsed)]
    assert moves[1] < moves[0] / 2


def test_several_opinions_are_all_learned(data: Path, learned: Recognizer, tmp_path: Path) -> None:
    torn = tuple(replace(u, shares={"sad": 0.5, "happy": 0.5}) for u in said())
    found = answers(tuned(data, tmp_path, Lesson(torn)), data)
    sad, happy = said()[1].label, said()[0].label
    # the discriminants keep the champion's opinion: it does not become nothing
    gaps = [
        np.abs(rows[:, sad] - rows[:, happy]).mean() for rows in (found, answers(learned, data))
    ]
    assert gaps[0] < gaps[1] / 2
    assert (found[:, [sad, happy]].sum(axis=1) > 0.6).mean() > 0.5


def test_emotions_that_the_champion_does_not_know_teach_nothing(data: Path, tmp_path: Path) -> None:
    places = Places(data, tmp_path / "bundle", tmp_path / "cache")
    with pytest.raises(DatasetError) as caught:
        fine_tune(CHAMPION, Lesson(said(low="calm", high="surprised")), places, QUICK)
    assert caught.value.code == "dataset:user:no-rows"
    assert not places.output.exists()
