"""The model card: what a bundle says of itself, in the words that are true for this one."""

from dataclasses import replace
from typing import Any

import pytest

from mlcore import bundles
from mlcore.bundles import SHIPPED, BundleInfo, read_info, shipped_bundle
from mlcore.cards import model_card


@pytest.fixture
def research() -> BundleInfo:
    return read_info(shipped_bundle())


def scored(info: BundleInfo, **changes: Any) -> BundleInfo:
    scores = info.scores["cross_validation"] | changes
    return replace(info, scores={"cross_validation": scores})


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_card_is_that_of_its_bundle(name: str) -> None:
    folder = shipped_bundle(name)
    assert (folder / bundles.CARD).read_text(encoding="utf-8") == model_card(read_info(folder))


def test_limits_are_those_of_its_corpora(research: BundleInfo) -> None:
    card = model_card(research)
    assert "Only ravdess_song and ravdess_speech have calm." in card
    assert "Polish" in card
    assert "tess 26 and 64" in card
    card = model_card(read_info(shipped_bundle("permissive")))
    assert "It can't name calm or surprised." in card
    assert "Languages: North American English, German.\n" in card
    assert "tess" not in card
    assert "a database that is derived from it keeps the license" in card
    learned = {**research.training, "corpora": ["users"], "licenses": {"users": "by consent"}}
    card = model_card(replace(research, training=learned, scores={}))
    assert "Languages: unknown.\n" in card
    assert "CREMA-D" not in card


def test_figures_are_told_by_corpus_emotion_group_and_coverage(research: BundleInfo) -> None:
    folds = {"uar_mean": 0.1234, "uar_interval": {"low": 0.1, "high": 0.2}}
    few = {"uar_mean": 0.4321, "uar_interval": None}
    card = model_card(scored(research, folds_by_corpus={"cremad": folds, "tess": few}))
    scores = research.scores["cross_validation"]
    pooled = scores["by_corpus"]["cremad"]
    assert f"| 0.123 (0.10 to 0.20) | {pooled['uar']:.3f} (" in card
    assert f"| 0.432 | {scores['by_corpus']['tess']['uar']:.3f} |" in card
    assert f"| cremad | {pooled['emotions']['neutral']['recall']:.2f} | – |" in card
    women = scores["by_group"]["sex"]["f"]
    assert f"| sex | women | {women['n_clips']} | {women['n_speakers']} |" in card
    half = next(point for point in scores["coverage"] if point["coverage"] == 0.5)
    assert f"| 50% | {half['confidence']:.3f} | {half['accuracy']:.3f} |" in card
    assert "a little too good" in card


def test_corpora_left_out_are_told_where_they_were_judged(research: BundleInfo) -> None:
    card = model_card(scored(research, left_out={"emodb": 0.7, "nemo": 0.5}))
    assert "| emodb | 0.700 |" in card
    assert "| mean | 0.600 |" in card


def test_a_bundle_without_figures_has_a_card(research: BundleInfo) -> None:
    card = model_card(replace(research, scores={}, architecture="lstm"))
    assert "Figures:" not in card
    assert "Resemblyzer" not in card
