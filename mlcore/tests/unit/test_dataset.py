"""Manifests and splits: what is read, what is refused, and that no speaker is in two parts."""

from collections import Counter
from pathlib import Path

import pytest

from mlcore.dataset import Utterance, data_hash, read_manifest, select
from mlcore.errors import SENTENCES, DatasetError
from mlcore.labels import EMOTIONS
from mlcore.splits import (
    SHARED_EMOTIONS,
    check_disjoint,
    check_unseen,
    deal_folds,
    deal_speakers,
    fold_split,
    leave_one_corpus_out,
    random_split,
    speakers_of,
)

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
        ("path,speaker,emotion\nC:\\1.wav,me,sad\n", "dataset:user:path"),
        ("path,speaker,emotion\nx\\..\\..\\1.wav,me,sad\n", "dataset:user:path"),
        ("path,speaker,emotion\n.,me,sad\n", "dataset:user:path"),
        ("path,speaker,emotion\n1.wav,  ,sad\n", "dataset:user:speaker"),
        ("path,emotion,speaker\n1.wav,sad\n", "dataset:user:speaker"),
        ("path,speaker,emotion,fold\n1.wav,me,sad,x\n", "dataset:user:fold"),
        ("path,speaker,emotion,fold\n1.wav,me,sad,-1\n", "dataset:user:fold"),
        ("path,speaker,emotion,duration_s\n1.wav,me,sad,long\n", "dataset:user:duration"),
        ("path,speaker,emotion,duration_s\n1.wav,me,sad,nan\n", "dataset:user:duration"),
        ("path,speaker,emotion,duration_s\n1.wav,me,sad,0\n", "dataset:user:duration"),
        ("path,speaker,emotion\n1.wav,me,sad\n./1.wav,me,happy\n", "dataset:user:two-labels"),
        ("path,speaker,emotion\n1.wav,me,sad\n1.wav,you,sad\n", "dataset:user:two-labels"),
        ("path,speaker,emotion\n1.wav,me,boredom\n1.wav,me,sad\n", "dataset:user:two-labels"),
        ("path,speaker,emotion\n" + "x" * 200_000 + ",me,sad\n", "dataset:user:not-csv"),
    ],
)
def test_it_refuses_a_manifest_that_can_not_be_used(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(DatasetError) as caught:
        read_manifest(manifest(tmp_path, text))
    assert caught.value.code == code
    assert code in SENTENCES
    assert not str(caught.value).startswith("dataset:")


def test_it_refuses_a_manifest_that_is_not_in_utf_8(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_bytes(
        "path,speaker,emotion\n1.wav,Jürgen,sad".encode("cp1252")
    )
    with pytest.raises(DatasetError, match="UTF-8") as caught:
        read_manifest(tmp_path)
    assert caught.value.code == "dataset:user:not-csv"


def test_it_strips_blanks_around_names_and_values(tmp_path: Path) -> None:
    text = "\ufeff path , speaker,emotion ,sex\n 1.wav, me ,sad , f\n"
    (found,) = read_manifest(manifest(tmp_path, text))
    assert (found.path, found.speaker, found.emotion, found.sex) == ("1.wav", "me", "sad", "f")


def test_it_reads_all_that_a_manifest_says_of_a_speaker(tmp_path: Path) -> None:
    text = (
        "path,speaker,emotion,sex,language,intensity,statement\n"
        '1.wav,me,sad,m,de,strong,"Ja, gut."\n'
    )
    (found,) = read_manifest(manifest(tmp_path, text))
    assert (found.sex, found.language, found.intensity, found.statement) == (
        *("m", "de", "strong"),
        "Ja, gut.",
    )


def test_a_row_that_stands_there_twice_counts_once(tmp_path: Path) -> None:
    text = "path,speaker,emotion\n1.wav,me,sad\n./1.wav,me,sad\n2.wav,me,sad\n"
    assert [u.path for u in read_manifest(manifest(tmp_path, text))] == ["1.wav", "2.wav"]


def test_it_reads_a_manifest_of_any_name(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("path,speaker,emotion\n1.wav,me,sad\n")
    (found,) = read_manifest(tmp_path / "mine.csv")
    assert found.corpus == tmp_path.name


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


def people(corpus: str, sexes: dict[str, str]) -> list[Utterance]:
    """Return one clip a person and emotion."""
    return [
        Utterance(f"{corpus}/{s}-{e}.wav", corpus, s, e, sex=sex)
        for s, sex in sexes.items()
        for e in EMOTIONS
    ]


@pytest.mark.parametrize(("n_women", "n_men"), [(5, 5), (3, 7), (12, 12), (0, 4), (43, 48)])
def test_folds_are_by_speaker_and_the_sexes_spread_evenly(n_women: int, n_men: int) -> None:
    sexes = {f"w{n:02}": "f" for n in range(n_women)} | {f"m{n:02}": "m" for n in range(n_men)}
    folds = deal_folds(people("a", sexes))
    assert set(folds) == set(sexes)
    for group in (sexes, {s for s in sexes if sexes[s] == "f"}, {s for s in sexes if "m" in s}):
        sizes = Counter(folds[speaker] for speaker in group)
        counts = [sizes[fold] for fold in range(5)]
        assert max(counts) - min(counts) <= 1
    assert folds == deal_folds(people("a", dict(reversed(sexes.items()))))


def test_speakers_who_have_a_fold_keep_it_and_the_others_go_where_nobody_is() -> None:
    sexes = dict.fromkeys("abcde", "f")
    folds = deal_folds(people("x", sexes), kept={"a": 3, "b": 3, "somebody": 0})
    assert folds["a"] == folds["b"] == 3
    assert {folds[s] for s in "cde"} == {0, 1, 2}


def test_a_speaker_of_two_corpora_has_one_fold() -> None:
    both = [
        *people("song", dict.fromkeys("bcd", "m")),
        *people("speech", dict.fromkeys("abcd", "m")),
    ]
    folds = deal_folds(both)
    assert len(folds) == 4
    assert len(set(folds.values())) == 4


@pytest.mark.parametrize("fold", range(5))
def test_no_speaker_is_in_two_parts_of_a_fold_split(fold: int) -> None:
    train, validation, test = fold_split(UTTERANCES, fold)
    assert {u.fold for u in test} == {fold}
    assert {u.fold for u in validation} == {(fold + 1) % 5}
    assert sorted((*train, *validation, *test), key=UTTERANCES.index) == list(UTTERANCES)
    sets = [speakers_of(part) for part in (train, validation, test)]
    assert sum(map(len, sets)) == len(frozenset().union(*sets))


def test_every_speaker_is_tested_once_over_the_folds() -> None:
    heard = [
        speaker for fold in range(5) for speaker in speakers_of(fold_split(UTTERANCES, fold)[2])
    ]
    assert sorted(heard) == sorted(speakers_of(UTTERANCES))


@pytest.mark.parametrize(
    ("items", "fold"),
    [
        (UTTERANCES, 7),
        ((), 0),
        (select(UTTERANCES, folds=[0, 1]), 0),
        ((*UTTERANCES, Utterance("x.wav", "a", "x", "sad")), 0),
    ],
)
def test_it_refuses_a_split_by_folds_that_are_not_there(
    items: tuple[Utterance, ...], fold: int
) -> None:
    with pytest.raises(DatasetError) as caught:
        fold_split(items, fold)
    assert caught.value.code == "dataset:user:folds"


def test_it_refuses_a_speaker_in_two_folds_and_names_him() -> None:
    with pytest.raises(DatasetError, match="a_3") as caught:
        fold_split((*UTTERANCES, Utterance("again.wav", "a", "a_3", "sad", 4)), 3)
    assert caught.value.code == "dataset:user:shared-speakers"
    check_disjoint(UTTERANCES[:3], UTTERANCES[3:])


CORPORA = (
    *people("ravdess_speech", dict.fromkeys(("r1", "r2", "r18"), "m")),
    *people("ravdess_song", dict.fromkeys(("r1", "r2"), "m")),
    *people("savee", {"DC": "m"}),
    *people("emodb", {"03": "m"}),
)


@pytest.mark.parametrize("corpus", ["ravdess_speech", "ravdess_song", "savee", "emodb"])
def test_no_speaker_of_a_corpus_that_is_left_out_is_trained_on(corpus: str) -> None:
    train, test = leave_one_corpus_out(CORPORA, corpus)
    assert {u.corpus for u in test} == {corpus}
    assert not speakers_of(train) & speakers_of(u for u in CORPORA if u.corpus == corpus)
    # who speaks in RAVDESS sings in it, so both go, even the man who does not sing
    out = {"ravdess_speech", "ravdess_song"} if corpus.startswith("ravdess") else {corpus}
    assert {u.corpus for u in train} == {u.corpus for u in CORPORA} - out
    assert {u.emotion for u in (*train, *test)} == set(SHARED_EMOTIONS)


@pytest.mark.parametrize(
    ("items", "corpus"), [(CORPORA, "tess"), (people("one", {"a": "f", "b": "m"}), "one")]
)
def test_leaving_out_needs_a_corpus_and_another_one(items: list[Utterance], corpus: str) -> None:
    with pytest.raises(DatasetError) as caught:
        leave_one_corpus_out(items, corpus)
    assert caught.value.code == "dataset:user:no-rows"


def test_the_random_split_is_by_clip_and_alike_in_emotions() -> None:
    items = people("a", {f"s{n}": "f" for n in range(50)})
    train, test = random_split(items, test_share=0.2, seed=1)
    assert sorted((*train, *test), key=items.index) == items
    assert Counter(u.emotion for u in test) == dict.fromkeys(EMOTIONS, 10)
    assert speakers_of(train) & speakers_of(test)  # this is what is wrong with it
    assert set(test) == set(random_split(items[::-1], test_share=0.2, seed=1)[1])
    assert set(test) != set(random_split(items, test_share=0.2, seed=2)[1])


@pytest.mark.parametrize(("n_clips", "share"), [(0, 0.2), (1, 0.2), (8, 0.0), (8, 1.0)])
def test_the_random_split_leaves_no_part_empty(n_clips: int, share: float) -> None:
    with pytest.raises(DatasetError) as caught:
        random_split(people("a", {"s": "f"})[:n_clips], test_share=share, seed=1)
    assert caught.value.code == "dataset:user:no-rows"
