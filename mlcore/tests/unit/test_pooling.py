"""Pooling: every way gives a distribution; long clips are joined within speaker and emotion."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from mlcore.audio import SAMPLE_RATE, Waveform
from mlcore.dataset import Utterance
from mlcore.errors import AudioError
from mlcore.labels import EMOTIONS
from mlcore.metrics import Floats
from mlcore.pooling import PAUSE_S, POOLINGS, compare

N = len(EMOTIONS)


@pytest.mark.parametrize("name", POOLINGS)
def test_it_gives_a_distribution_and_leaves_a_single_segments_winner(name: str) -> None:
    rows = np.random.default_rng(1).dirichlet(np.ones(N), 5)
    found = POOLINGS[name](rows)
    assert found.shape == (N,)
    assert found.sum() == pytest.approx(1.0)
    assert POOLINGS[name](rows[:1]).argmax() == rows[0].argmax()


def test_the_ways_differ_where_they_should() -> None:
    rows = np.array([[0.4, 0.35, 0.25], [0.4, 0.35, 0.25], [0.01, 0.98, 0.01]])
    winners = {name: int(way(rows).argmax()) for name, way in POOLINGS.items()}
    assert winners["vote"] == 0
    assert winners["mean"] == winners["surest"] == winners["confident_mean"] == 1


def test_clips_of_one_speaker_and_emotion_are_joined(tmp_path: Path) -> None:
    """Their values tell who is in a long clip; leftovers are not used."""
    utterances = []
    for number, (speaker, emotion) in enumerate([("a", 0), ("a", 0), ("a", 1), ("b", 0), ("a", 0)]):
        path = f"{number}.wav"
        value = 0.1 * (emotion + 1)
        soundfile.write(tmp_path / path, np.full(SAMPLE_RATE, value), SAMPLE_RATE, subtype="FLOAT")
        utterances.append(Utterance(path, "made", speaker, EMOTIONS[emotion], 0, 1.0))
    heard: list[int] = []

    def judge(waveform: Waveform) -> Floats:
        heard.append(len(waveform))
        return np.eye(N)[[0, 0]]

    scores = compare(judge, utterances, tmp_path, n_joined=2)
    assert heard == [2 * round((1 + PAUSE_S) * SAMPLE_RATE)]
    assert {s.name: (s.n_clips, s.accuracy) for s in scores} == dict.fromkeys(POOLINGS, (1, 1.0))


def test_a_long_clip_that_is_refused_counts_as_wrong(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "0.wav", np.zeros(SAMPLE_RATE), SAMPLE_RATE)

    def judge(waveform: Waveform) -> Floats:
        raise AudioError("audio:user:no-speech", {"speech_s": 0.0, "limit_s": 0.1})

    utterances = [Utterance("0.wav", "made", "a", EMOTIONS[0], 0, 1.0)]
    assert {s.accuracy for s in compare(judge, utterances, tmp_path, n_joined=1)} == {0.0}
