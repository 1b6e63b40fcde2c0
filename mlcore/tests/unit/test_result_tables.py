"""Tables and calibration from kept cells: made by hand here, so that every figure is known."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from mlcore.calibration import calibrate, posteriors_of
from mlcore.dataset import Utterance
from mlcore.labels import EMOTIONS
from mlcore.metrics import Floats, score, uar
from mlcore.networks import ARCHITECTURES
from mlcore.protocols import PROTOCOLS, SHARED_EMOTIONS
from mlcore.result_tables import (
    BEGIN,
    END,
    SCRATCH,
    SEVERAL,
    USUAL_CORPORA,
    left_out_table,
    own_table,
    scratch_table,
    several_table,
    usual_table,
    write_tables,
)
from mlcore.series import CrossValidation, Key, Series, cross_validation, full_report, read_series

N = len(EMOTIONS)
OURS: Key = ("all", "voice_transfer", "speaker_independent", 1)
N_SPEAKERS = {"cremad": 10, "ravdess_speech": 10, "ravdess_song": 10, "savee": 10, "tess": 2}
EVERYBODY = [
    Utterance(f"{corpus}/{n}-{emotion}.wav", corpus, f"{corpus}:{n}", emotion, fold=n % 5)
    for corpus, n_speakers in N_SPEAKERS.items()
    for n in range(n_speakers)
    for emotion in EMOTIONS
]


def of(corpora: str) -> list[Utterance]:
    return [u for u in EVERYBODY if corpora == "all" or u.corpus in corpora.split("+")]


def answers(tested: Sequence[Utterance], *, seed: int, loudness: float = 1.0) -> Floats:
    logits = np.random.default_rng(seed).standard_normal((len(tested), N))
    logits[np.arange(len(tested)), [u.label for u in tested]] += 1.0
    return posteriors_of(loudness * logits, temperature=1.0)


def keep(
    folder: Path,
    key: Key,
    part: str,
    tested: Sequence[Utterance],
    rows: Floats,
) -> None:
    """Write a cell as `comparison` does, its scores from its own posteriors."""
    corpora, architecture, protocol, seed = key
    found = score(np.array([u.label for u in tested]), rows)
    place = folder / corpora / architecture
    place.mkdir(parents=True, exist_ok=True)
    path = place / f"{protocol}-{part}-{seed}.json"
    content = {
        "architecture": architecture,
        "protocol": protocol,
        "part": part,
        "seed": seed,
        "data_hash": "",
        "trained_with": {},
        "temperature": 1.0,
        "scores": {name: getattr(found, name) for name in ("uar", "accuracy", "macro_f1", "ece")},
    }
    path.write_text(json.dumps(content))
    np.savez(path.with_suffix(".npz"), posteriors=rows, paths=[u.path for u in tested])


def keep_folds(folder: Path, corpora: str, architecture: str, *, seed: int = 1) -> None:
    key = (corpora, architecture, "speaker_independent", seed)
    for fold in range(5):
        tested = [u for u in of(corpora) if u.fold == fold]
        # the first part's network is three times as sure as the others'
        rows = answers(tested, seed=10 * seed + fold, loudness=1.0 if fold else 3.0)
        keep(folder, key, str(fold), tested, rows)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tmp_path = tmp_path_factory.mktemp("results")
    for seed in (1, 2):
        keep_folds(tmp_path, "all", "voice_transfer", seed=seed)
    keep_folds(tmp_path, USUAL_CORPORA, "cnn2d")
    keep_folds(tmp_path, "all", "attentive_cnn", seed=1)
    keep_folds(tmp_path, USUAL_CORPORA, "cnn_bilstm", seed=1)
    for corpora, architecture, protocol in (
        (USUAL_CORPORA, "cnn2d", "random_split"),
        (SEVERAL, "voice_transfer", "random_split"),
        (SEVERAL, "voice_transfer", "augmented_before_split"),
    ):
        key = (corpora, architecture, protocol, 1)
        keep(tmp_path, key, "", of(corpora)[::3], answers(of(corpora)[::3], seed=5))
    for corpus in ("savee", "tess"):
        tested = [u for u in of(corpus) if u.emotion in SHARED_EMOTIONS]
        key = ("all", "voice_transfer", "leave_one_corpus_out", 1)
        keep(tmp_path, key, corpus, tested, answers(tested, seed=7))
    return tmp_path


@pytest.fixture(scope="module")
def series(results: Path) -> list[Series]:
    return read_series(results)


@pytest.fixture(scope="module")
def validations(series: Sequence[Series]) -> dict[Key, CrossValidation]:
    honest = [s for s in series if s.protocol == "speaker_independent"]
    return {s.key: cross_validation(s, EVERYBODY) for s in honest}


def cells_of(lines: Sequence[str], start: str) -> list[str]:
    (line,) = [line for line in lines if line.startswith(f"| {start}")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_nobody_has_a_say_in_how_sure_the_network_is_about_them(
    series: list[Series], validations: dict[Key, CrossValidation]
) -> None:
    (one,) = [s for s in series if s.key == OURS]
    found = validations[OURS]
    logits, labels, folds = [], [], []
    for fold in range(5):
        tested = [u for u in EVERYBODY if u.fold == fold]
        loudness = 1.0 if fold else 3.0
        logits.append(np.log(answers(tested, seed=10 * one.seed + fold, loudness=loudness)))
        labels += [u.label for u in tested]
        folds += [fold] * len(tested)
    every, truth, fold_of = np.concatenate(logits), np.array(labels), np.array(folds)
    answered = by_path(found)
    for fold in range(5):
        others = calibrate(every[fold_of != fold], truth[fold_of != fold]).temperature
        expected = posteriors_of(logits[fold], temperature=others)
        tested = [u for u in EVERYBODY if u.fold == fold]
        np.testing.assert_allclose([answered[u.path] for u in tested], expected, atol=1e-4)
    together = calibrate(every, truth)
    assert found.calibration.temperature == pytest.approx(together.temperature, rel=1e-3)
    assert found.calibration.not_sure_below == pytest.approx(together.not_sure_below, abs=0.011)


def test_our_figures_are_means_over_folds_and_seeds_with_an_interval(
    results: Path, validations: dict[Key, CrossValidation]
) -> None:
    ours = {key: found for key, found in validations.items() if key[1] == "voice_transfer"}
    lines = own_table(ours)
    assert "voice_transfer, mean of 2 seeds: UAR, mean of five folds (95 %)" in lines[0]
    values = [
        uar(
            np.array([u.label for u in tested]),
            answers_of_corpus.argmax(axis=1),
        )
        for seed in (1, 2)
        for fold in range(5)
        for tested, answers_of_corpus in [saved(results, seed, fold, "cremad")]
    ]
    mean, folds = cells_of(lines, "cremad")[2:4]
    assert mean.startswith(f"**{np.mean(values):.3f}** (0.")
    assert folds == f"{min(values):.2f} to {max(values):.2f}"
    assert "(" not in cells_of(lines, "tess")[2]  # two speakers: no interval
    assert cells_of(lines, "all clips, pooled")[1] == str(len(EVERYBODY))


def saved(results: Path, seed: int, fold: int, corpus: str) -> tuple[list[Utterance], Floats]:
    path = results / "all" / "voice_transfer" / f"speaker_independent-{fold}-{seed}.npz"
    tested = [u for u in EVERYBODY if u.fold == fold]
    rows = [n for n, u in enumerate(tested) if u.corpus == corpus]
    with np.load(path) as arrays:
        return [tested[n] for n in rows], arrays["posteriors"][rows]


def test_the_loose_figure_stands_marked_beside_the_honest_one(
    series: list[Series], validations: dict[Key, CrossValidation]
) -> None:
    speeds = {"cnn2d": {"n_parameters": 44432, "onnx_bytes": 178_000, "p50_ms": 7.24}}
    lines = usual_table(series, validations, speeds)
    cells = cells_of(lines, "cnn2d")
    (loose,) = [s for s in series if s.key == (USUAL_CORPORA, "cnn2d", "random_split", 1)]
    (honest,) = [s for s in series if s.key == (USUAL_CORPORA, "cnn2d", "speaker_independent", 1)]
    assert cells[:5] == ["cnn2d", "44,432", "0.2 MB", "7.2 ms", "48 %, 45 % (RAVDESS, by clip)"]
    assert cells[5] == f"{loose.mean('accuracy'):.3f}, {loose.mean('macro_f1'):.3f} †"
    assert cells[6].startswith(f"**{honest.mean('uar'):.3f}** (0.")
    assert cells[7:] == [f"{honest.mean('accuracy'):.3f}", f"{honest.mean('macro_f1'):.3f}"]
    # nothing is said of what was not run
    assert len(lines) == 4  # cnn_bilstm, too
    assert set(ARCHITECTURES) > {"cnn2d", "cnn_bilstm"}


def test_claims_over_several_corpora_stand_beside_leak_and_honest_figure(
    series: list[Series], validations: dict[Key, CrossValidation]
) -> None:
    lines = several_table(series, validations)
    assert cells_of(lines, "`voice_transfer`, copies made before the split ‡")[1].endswith("‡")
    assert cells_of(lines, "`voice_transfer`, by clip †")[1].endswith("†")
    honest = validations[OURS]
    rows = [n for n, u in enumerate(honest.utterances) if u.corpus in SEVERAL.split("+")]
    labels = np.array([honest.utterances[n].label for n in rows])
    expected = (honest.posteriors[rows].argmax(axis=1) == labels).mean()
    assert cells_of(lines, "`voice_transfer`, unseen")[1] == f"**{expected:.3f}**"


def test_networks_from_scratch_are_judged_together_on_what_all_were_tested_on(
    validations: dict[Key, CrossValidation],
) -> None:
    usual = [(USUAL_CORPORA, name, "speaker_independent", 1) for name in ("cnn2d", "cnn_bilstm")]
    ours, *theirs = (by_path(validations[key]) for key in (SCRATCH, *usual))
    uars = []
    for fold in range(5):
        tested = [u for u in of("ravdess_speech") if u.fold == fold]
        rows = [ours[u.path] + np.mean([one[u.path] for one in theirs], axis=0) for u in tested]
        uars.append(uar(np.array([u.label for u in tested]), np.argmax(rows, axis=1)))
    lines = scratch_table(validations)
    cells = cells_of(lines, "half of each")
    assert cells[1].startswith(f"**{np.mean(uars):.3f}** (0.")
    assert cells[2] == f"{min(uars):.2f} to {max(uars):.2f}"
    assert cells_of(lines, "the 2 usual networks")
    assert not scratch_table({OURS: validations[OURS]})


def by_path(validation: CrossValidation) -> dict[str, Floats]:
    paths = [u.path for u in validation.utterances]
    return dict(zip(paths, validation.posteriors, strict=True))


def test_corpora_left_out_have_a_mean(series: list[Series]) -> None:
    (left_out,) = [s for s in series if s.protocol == "leave_one_corpus_out"]
    lines = left_out_table(series)
    by_corpus = {cell["part"]: cell["scores"]["uar"] for cell in left_out.cells}
    assert cells_of(lines, "savee")[1] == f"{by_corpus['savee']:.3f}"
    assert cells_of(lines, "mean")[1] == f"**{np.mean(list(by_corpus.values())):.3f}**"


def test_a_series_that_lacks_a_fold_gives_no_figure(tmp_path: Path) -> None:
    keep_folds(tmp_path, USUAL_CORPORA, "cnn2d")
    (tmp_path / USUAL_CORPORA / "cnn2d" / "speaker_independent-3-1.json").unlink()
    write_tables(tmp_path, EVERYBODY, tmp_path)
    assert not list(tmp_path.glob("*.json"))
    (series,) = read_series(tmp_path)
    assert not series.is_complete


def test_pages_get_all_tables_between_their_marks_and_training_its_calibration(
    results: Path,
) -> None:
    (results / "README.md").write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    written = write_tables(results, EVERYBODY, results)
    text = (results / "README.md").read_text()
    assert text.startswith(f"before\n{BEGIN}\n| corpus |")
    assert text.endswith(f"\n{END}\nafter\n")
    assert "\nold\n" not in text
    for name in ("random_split", "augmented_before_split"):
        assert PROTOCOLS[name].mark in text
    path = results / "all-voice_transfer-speaker_independent-1.json"
    assert path in written
    content = json.loads(path.read_text())
    assert set(content) == {"temperature", "not_sure_below", "scores"}
    assert content["scores"]["cross_validation"]["folds_by_corpus"]["cremad"]["uar_mean"] > 0
    # only the first seed's networks left a corpus out
    assert set(content["scores"]["cross_validation"]["left_out"]) == {"savee", "tess"}
    other = json.loads((results / "all-voice_transfer-speaker_independent-2.json").read_text())
    assert "left_out" not in other["scores"]["cross_validation"]


@pytest.mark.parametrize("protocol", ["random_split", "augmented_before_split"])
def test_loose_series_are_reported_as_what_they_are(series: list[Series], protocol: str) -> None:
    (loose,) = [s for s in series if s.key == (SEVERAL, "voice_transfer", protocol, 1)]
    found = full_report(loose, EVERYBODY)
    assert found.protocol == PROTOCOLS[protocol]
    assert found.overall.accuracy == pytest.approx(loose.mean("accuracy"))
    assert found.folds is None
