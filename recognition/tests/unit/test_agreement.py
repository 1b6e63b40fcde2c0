"""How far reviewers agree beyond chance."""

import numpy as np
import pytest

from mlcore.labels import EMOTIONS
from recognition.jobs.agreement import report_of
from recognition.selectors.agreement import Opinion


def opinions(**said: str) -> list[Opinion]:
    """Of each reviewer one word a clip; "-" where nothing was said."""
    return [
        Opinion(str(clip), reviewer, emotion)
        for reviewer, words in said.items()
        for clip, emotion in enumerate(words.split())
        if emotion != "-"
    ]


def test_those_who_always_agree_have_one() -> None:
    report = report_of(opinions(ann="sad calm happy sad", bob="sad calm happy sad"))
    assert report["alpha"] == 1
    assert report["pairs"] == [{"first": "ann", "second": "bob", "n": 4, "kappa": 1}]
    assert (report["n_opinions"], report["n_clips"], report["n_shared"]) == (8, 4, 4)


def test_those_who_guess_have_zero() -> None:
    rng = np.random.default_rng(1)
    said = {name: " ".join(rng.choice(EMOTIONS, 4000)) for name in ("ann", "bob")}
    report = report_of(opinions(**said))
    assert report["alpha"] == pytest.approx(0, abs=0.03)
    assert report["pairs"][0]["kappa"] == pytest.approx(0, abs=0.03)


def test_it_is_what_is_reckoned_by_hand() -> None:
    # of 4 shared clips 3 are alike, 5 of 8 words are "sad": observed 1/4, expected 2*5*3/(8*7)
    report = report_of(opinions(ann="sad sad calm sad happy", bob="sad sad calm calm -"))
    assert report["alpha"] == pytest.approx(1 - (1 / 4) / (30 / 56), abs=1e-4)
    # chance: 3/4*2/4 for "sad" and 1/4*2/4 for "calm" make 1/2
    assert report["pairs"][0]["kappa"] == pytest.approx((3 / 4 - 1 / 2) / (1 / 2))


def test_those_who_contradict_each_other_are_below_zero() -> None:
    report = report_of(opinions(ann="sad calm sad calm", bob="calm sad calm sad"))
    assert report["alpha"] is not None
    assert report["alpha"] < 0
    assert report["pairs"][0]["kappa"] == -1


def test_it_tells_emotions_apart() -> None:
    report = report_of(
        opinions(ann="sad sad calm happy angry angry", bob="sad sad happy calm angry angry")
    )
    alphas = {row["emotion"]: row["alpha"] for row in report["emotions"]}
    assert (alphas["sad"], alphas["angry"]) == (1, 1)
    assert alphas["calm"] is not None
    assert alphas["calm"] < 0
    assert alphas["disgust"] is None  # nobody said it


def test_it_tells_reviewers_apart() -> None:
    report = report_of(
        opinions(
            ann="sad calm sad calm happy",
            bob="sad calm sad calm happy",
            eve="calm sad calm sad sad",
        ),
        [(str(clip), word, "sad", "") for clip, word in enumerate(["sad", "calm", "sad", "calm"])],
    )
    kappas = {row["name"]: row["kappa"] for row in report["reviewers"]}
    assert kappas["ann"] == kappas["bob"]
    assert kappas["eve"] < 0 < kappas["ann"]  # type: ignore[operator]
    likes = {row["name"]: (row["n_settled"], row["n_like_settled"]) for row in report["reviewers"]}
    assert likes == {"ann": (4, 4), "bob": (4, 4), "eve": (4, 0)}


def test_a_clip_that_several_share_is_one_clip() -> None:
    report = report_of(opinions(ann="sad calm", bob="sad -", eve="sad -"))
    assert {row["name"]: row["n_shared"] for row in report["reviewers"]} == {
        **{"ann": 1, "bob": 1, "eve": 1},
    }


def test_what_one_opinion_settled_says_nothing_of_who_gave_it() -> None:
    settled = [("0", "sad", "sad", ""), ("1", "calm", "sad", "")]
    report = report_of(opinions(ann="sad calm", bob="happy -"), settled)
    likes = {row["name"]: (row["n_settled"], row["n_like_settled"]) for row in report["reviewers"]}
    assert likes == {"ann": (1, 1), "bob": (1, 0)}


def test_it_sets_the_model_and_owners_beside_what_is_settled() -> None:
    settled = [("a", "sad", "sad", ""), ("b", "calm", "calm", "sad"), ("c", "sad", "calm", "sad")]
    model, owner = report_of([], settled)["beside"]
    assert (model["second"], model["n"]) == ("model", 3)
    assert model["kappa"] == pytest.approx(0.4)
    assert (owner["second"], owner["n"], owner["kappa"]) == ("owner", 2, 0)


@pytest.mark.parametrize(
    "said",
    [{}, {"ann": "sad"}, {"ann": "sad calm"}, {"ann": "sad -", "bob": "- sad"}],
)
def test_without_common_clips_there_is_none(said: dict[str, str]) -> None:
    report = report_of(opinions(**said))
    assert (report["alpha"], report["pairs"], report["n_shared"]) == (None, [], 0)


def test_where_all_say_the_same_chance_can_not_be_told() -> None:
    report = report_of(opinions(ann="sad sad", bob="sad sad"))
    assert report["alpha"] is None
    assert report["pairs"][0]["kappa"] is None
