"""Manifests and splits: what is read, what is refused, and that no speaker is in two parts."""

from collections import Counter
from pathlib import Path

import pytest

from mlcore.dataset import Utterance, data_hash, read_manifest, select
from mlcore.errors import SENTENCES, DatasetError
from mlcore.splits import check_unseen, deal_speakers, speakers_of

UTTERANCES = tuple(
    Utterance(f"{corpus}/{speaker}-{n}.wav", corpus, f"{corpus}_{speaker}", "sad", speaker % 5)
    for corpus in ("a", "b")
    for speaker in range(10)
    for n in range(3)
)


def manifest(folder: Path, text: str) -> Path:
    """Write a manifest."""
    (folder / "manifest.csv").write_text(text, encoding="utf-8")
    return folder


def test_it_reads_a_full_manifest_and_leaves_boredom_out(tmp_path: Path) -> None:
    text = (
        "path,corpus,speaker,emotion,duration_s,fold,sha256\n"
        "x/1.wav,x,x_1,sad,1.5,3,abc\nx/2.wav,x,x_1,boredom,1.5,3,abd\n"
    )
    (found,) = read_manifest(manifest(tmp_path, text))
    assert found == Utterance("x/1.wav", "x", "x_1", "sad", 3, 1.5, "abc")
    assert found.label == 3


def test_it_reads_the_least_that_a_manifest_needs(tmp_path: Path) -> None:
    (found,) = read_manifest(manifest(tmp_path, "path,speaker,emotion\n1.wav,me,happy\n"))
    assert (found.corpus, found.fold) == (tmp_path.name, None)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("path,emotion\n1.wav,sad\n", "dataset:user:columns"),
        ("", "dataset:user:columns"),
        ("path,speaker,emotion\n1.wav,me,hungry\n", "dataset:user:emotion"),
        ("path,speaker,emotion\n../1.wav,me,sad\n", "dataset:user:path"),
        ("path,speaker,emotion\n/etc/1.wav,me,sad\n", "dataset:user:path"),
        ("path,speaker,emotion\n,me,sad\n", "dataset:user:path"),
        ("path,speaker,emotion,fold\n1.wav,me,sad,x\n", "dataset:user:fold"),
    ],
)
def test_it_refuses_a_manifest_that_can_not_be_used(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(DatasetError) as caught:
        read_manifest(manifest(tmp_path, text))
    assert caught.value.code == code
    assert code in SENTENCES
    assert not str(caught.value).startswith("dataset:")


def test_it_says_when_there_is_no_manifest(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        read_manifest(tmp_path)
    assert caught.value.code == "dataset:user:missing"


def test_it_selects_corpora_and_folds() -> None:
    assert {u.corpus for u in select(UTTERANCES, corpora=["a"])} == {"a"}
    assert {u.fold for u in select(UTTERANCES, folds=[1, 2])} == {1, 2}
    assert select(UTTERANCES) == UTTERANCES
    with pytest.raises(DatasetError) as caught:
        select(UTTERANCES, corpora=["c"])
    assert caught.value.code == "dataset:user:no-rows"


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n_parts", [2, 3, 10])
def test_every_speaker_is_dealt_to_one_part_and_corpora_are_spread(seed: int, n_parts: int) -> None:
    parts = deal_speakers(UTTERANCES, n_parts=n_parts, seed=seed)
    assert set(parts) == speakers_of(UTTERANCES)
    for corpus in ("a", "b"):
        sizes = Counter(parts[s] for s in parts if s.startswith(corpus))
        assert set(sizes) == set(range(n_parts))
        assert max(sizes.values()) - min(sizes.values()) <= 1


def test_speakers_of_two_corpora_are_dealt_once() -> None:
    both = [
        Utterance(f"{corpus}{n}.wav", corpus, f"s{n}", "sad")
        for corpus, n_speakers in (("song", 4), ("speech", 6))
        for n in range(n_speakers)
    ]
    parts = deal_speakers(both, n_parts=3, seed=0)
    assert Counter(parts.values()) == {0: 2, 1: 2, 2: 2}


def test_dealing_repeats_with_its_seed_and_changes_with_another() -> None:
    dealt = [str(deal_speakers(UTTERANCES, n_parts=4, seed=seed)) for seed in (1, 1, 2)]
    assert dealt[0] == dealt[1] != dealt[2]


@pytest.mark.parametrize("n_parts", [1, 2])
def test_one_speaker_can_not_be_dealt(n_parts: int) -> None:
    with pytest.raises(DatasetError) as caught:
        deal_speakers(UTTERANCES[:3], n_parts=n_parts, seed=0)
    assert caught.value.code == "dataset:user:speakers"


def test_it_refuses_speakers_that_were_trained_on_and_names_them() -> None:
    with pytest.raises(DatasetError, match="a_1, b_2") as caught:
        check_unseen(UTTERANCES, ["b_2", "a_1", "somebody"])
    assert caught.value.code == "dataset:user:seen-speakers"
    check_unseen(UTTERANCES, ["somebody"])


def test_the_data_hash_knows_labels_and_not_the_order() -> None:
    assert data_hash(UTTERANCES) == data_hash(UTTERANCES[::-1])
    assert data_hash(UTTERANCES) != data_hash(UTTERANCES[1:])
