"""The benchmark of the feature sets, which needs no server."""

import json
from dataclasses import replace
from pathlib import Path

from django.core.management import call_command

from mlcore.features import FEATURE_SETS, USUAL, extract
from mlcore.tests import synth
from recognition.benchmark import LARGEST, SHORT_NAMES, largest_by_separate_calls


def test_it_measures_every_feature_set_and_librosas_own_way(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    call_command("benchmark", "--features", "--rounds", "2", "--json", str(path))
    figures = json.loads(path.read_text())
    names = {f"3 s {SHORT_NAMES.get(name, name)}" for name in FEATURE_SETS}
    assert names | {"3 s largest, plain librosa"} <= figures.keys()
    assert all(0 < row["p50_ms"] <= row["p95_ms"] for row in figures.values())


def test_both_ways_give_the_same_number_of_features() -> None:
    waveform = synth.voice(3.0)
    config = replace(USUAL, name=LARGEST)
    assert largest_by_separate_calls(waveform, config).shape == extract(waveform, config).shape
