"""Reports: what they hold, how parts and groups are made, and which clips are chosen."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlcore.dataset import Utterance
from mlcore.errors import AudioError, DatasetError
from mlcore.evaluation import duration_bin, evaluate, report, restrict
from mlcore.inference import Recognition, describe
from mlcore.judging import judge_all, sample, write_posteriors
from mlcore.labels import EMOTIONS
from mlcore.metrics import Floats, score
from mlcore.protocols import (
    AUGMENTED_BEFORE_SPLIT,
    LEAVE_ONE_CORPUS_OUT,
    PROTOCOLS,
    RANDOM_SPLIT,
    SHARED_EMOTIONS,
    SPEAKER_INDEPENDENT,
)

N = len(EMOTIONS)


def utterances(n_speakers: int = 10) -> list[Utterance]:
    """Two corpora; every speaker says every emotion twice; folds by speaker."""
    return [
        Utterance(
            path=f"{speaker}-{emotion}-{take}.wav",
            corpus="even" if speaker % 2 == 0 else "odd",
            speaker=f"s{speaker:02}",
            emotion=emotion,
            fold=speaker % 5,
            duration_s=(1.0, 2.5, 9.0)[speaker % 3],
            sex="f" if speaker % 4 < 2 else "m",
            language="en",
            intensity="strong" if take else "",
        )
        for speaker in range(n_speakers)
        for emotion in EMOTIONS
        for take in range(2)
    ]


def posteriors_for(items: list[Utterance], *, seed: int = 0) -> Floats:
    rng = np.random.default_rng(seed)
    logits = rng.standard_normal((len(items), N))
    logits[np.arange(len(items)), [item.label for item in items]] += 1.5
    exponents = np.exp(logits)
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))


def test_groups_and_parts_are_those_of_the_clips_alone() -> None:
    items = utterances()
    posteriors = posteriors_for(items)
    found = report(items, posteriors)
    assert found.folds is not None
    for kind, name, wanted in (
        ("sex", "f", lambda u: u.sex == "f"),
        ("intensity", "strong", lambda u: u.intensity == "strong"),
        ("intensity", "unknown", lambda u: not u.intensity),
        ("duration", "> 4 s", lambda u: u.duration_s == 9.0),
        ("speaker", "s03", lambda u: u.speaker == "s03"),
    ):
        rows = [row for row, item in enumerate(items) if wanted(item)]
        plain = score(np.array([items[row].label for row in rows]), posteriors[rows])
        group = found.by_group[kind][name]
        assert (group.uar, group.accuracy, group.ece) == (plain.uar, plain.accuracy, plain.ece)
        assert group.n_clips == len(rows)
    assert list(found.folds.parts) == ["0", "1", "2", "3", "4"]
    uars = [scores.uar for scores in found.folds.parts.values()]
    assert found.folds.uar_mean == pytest.approx(np.mean(uars))
    assert found.folds.uar_std == pytest.approx(np.std(uars, ddof=1))
    assert found.folds.uar_interval is not None
    assert found.folds.uar_interval.low < found.folds.uar_mean < found.folds.uar_interval.high
    for corpus, folds in found.folds_by_corpus.items():
        rows = [row for row, item in enumerate(items) if item.corpus == corpus]
        alone = report([items[row] for row in rows], posteriors[rows])
        assert folds == alone.folds
    assert set(found.folds_by_corpus) == {item.corpus for item in items}


def test_what_nobody_knows_is_no_group() -> None:
    items = [replace(u, sex="", duration_s=None, fold=None) for u in utterances(2)]
    found = report(items, posteriors_for(items))
    assert set(found.by_group) == {"language", "intensity", "speaker"}
    assert found.folds is None
    assert found.overall.uar_interval is None  # two speakers


@pytest.mark.parametrize(
    ("duration_s", "name"),
    [(1.99, "0-2 s"), (2.0, "2-4 s"), (4.0, "2-4 s"), (4.01, "> 4 s"), (None, "unknown")],
)
def test_durations_have_three_bins(duration_s: float | None, name: str) -> None:
    assert duration_bin(duration_s) == name


def test_a_report_is_json_without_a_row_for_every_clip() -> None:
    def strict(value: str) -> Any:
        raise AssertionError(f"{value} is no JSON")

    items = utterances()
    posteriors = posteriors_for(items)
    posteriors[0] = np.nan
    content = report(items, posteriors, {items[0].path: "audio:user:no-speech"}).to_dict()
    text = json.dumps(content)
    assert json.loads(text, parse_constant=strict) == content
    assert content["overall"]["n_refused"] == 1
    assert content["protocol"]["is_comparable"] is True
    assert items[1].path not in text
    double = report([*items, *items], np.concatenate([posteriors, posteriors])).to_dict()
    assert len(json.dumps(double)) < 1.1 * len(text)


def test_the_parts_of_a_corpus_left_out_are_corpora_and_a_random_split_has_none() -> None:
    items = utterances()
    posteriors = posteriors_for(items)
    by_corpus = report(items, posteriors, protocol=LEAVE_ONE_CORPUS_OUT)
    assert by_corpus.folds is not None
    assert set(by_corpus.folds.parts) == {"even", "odd"}
    assert report(items, posteriors, protocol=RANDOM_SPLIT).folds is None


def test_figures_of_loose_protocols_are_marked() -> None:
    assert list(PROTOCOLS) == [
        "speaker_independent",
        "leave_one_corpus_out",
        "random_split",
        "augmented_before_split",
    ]
    assert SPEAKER_INDEPENDENT.is_comparable
    assert LEAVE_ONE_CORPUS_OUT.is_comparable
    for protocol, word in ((RANDOM_SPLIT, "not comparable"), (AUGMENTED_BEFORE_SPLIT, "leak")):
        assert not protocol.is_comparable
        assert word in protocol.mark


def test_restricted_posteriors_can_not_be_wrong_outside() -> None:
    items = utterances(2)
    posteriors = posteriors_for(items)
    posteriors[0] = np.nan  # neutral: stays refused
    posteriors[2] = np.eye(N)[1]  # calm: left out
    kept, shares = restrict(items, posteriors, SHARED_EMOTIONS)
    assert {item.emotion for item in kept} == set(SHARED_EMOTIONS)
    assert np.isnan(shares[0]).all()
    np.testing.assert_allclose(shares[1:].sum(axis=1), 1)
    outside = [EMOTIONS.index(name) for name in set(EMOTIONS) - set(SHARED_EMOTIONS)]
    assert not shares[1:, outside].any()


def test_restricted_posteriors_without_any_share_are_refused() -> None:
    (item, *_) = utterances(1)
    _, shares = restrict([item], np.eye(N)[[1]], SHARED_EMOTIONS)
    assert np.isnan(shares).all()


def test_a_sample_is_even_over_emotions_and_speakers_whatever_the_order() -> None:
    items = utterances()
    chosen = sample(items, n_per_corpus=20, seed=3)
    for corpus in ("even", "odd"):
        mine = [item for item in chosen if item.corpus == corpus]
        assert len(mine) == 20
        emotions = Counter(item.emotion for item in mine)
        assert set(emotions.values()) == {2, 3}
        assert len({(item.emotion, item.speaker) for item in mine}) == 20  # nobody twice
    assert set(sample(items[::-1], n_per_corpus=20, seed=3)) == set(chosen)
    assert set(sample(items, n_per_corpus=20, seed=4)) != set(chosen)
    assert sample(items, n_per_corpus=1000) == tuple(items)


def test_refused_clips_keep_their_reason(tmp_path: Path) -> None:
    items = utterances(1)

    def judge(paths: Iterable[Path]) -> Iterator[Recognition | AudioError]:
        for path in paths:
            if path.name == items[1].path:
                yield AudioError("audio:user:no-speech", {"speech_s": 0.0, "limit_s": 0.1})
            else:
                yield Recognition(*describe(np.eye(N)[2]), 1.0, ())

    judged = judge_all(judge, items, Path("data"))
    assert judged.refusals == {items[1].path: "audio:user:no-speech"}
    write_posteriors(tmp_path / "p.csv", items, judged)
    with (tmp_path / "p.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["path"] for row in rows] == [item.path for item in items]
    assert (rows[0]["found"], rows[0]["happy"], rows[0]["error"]) == ("happy", "1.000000", "")
    assert (rows[1]["found"], rows[1]["happy"]) == ("", "")
    assert rows[1]["error"] == "audio:user:no-speech"


def test_it_does_not_judge_people_who_were_trained_on() -> None:
    with pytest.raises(DatasetError) as caught:
        evaluate(lambda _: (), utterances(2), Path("data"), training_speakers=["s01"])
    assert caught.value.code == "dataset:user:seen-speakers"
