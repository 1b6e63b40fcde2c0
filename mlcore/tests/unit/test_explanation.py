"""Occlusion: it points at what a network looks at, and nowhere else."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mlcore.audio import SAMPLE_RATE
from mlcore.bundles import Network
from mlcore.errors import AudioError
from mlcore.explanation import MAX_SEGMENTS, MAX_TIME_CELLS, explain
from mlcore.features import FeatureConfig, Features, extract
from mlcore.inference import Recognizer
from mlcore.labels import EMOTIONS
from mlcore.tests import synth

ANGRY = EMOTIONS.index("angry")
POWER: dict[str, object] = {"name": "power_mel", "trim_db": None}


@pytest.fixture(scope="module")
def shipped() -> Recognizer:
    """Return the recognizer of the shipped bundle."""
    return Recognizer.load()


def listening_to(shipped: Recognizer, network: Network, **features: object) -> Recognizer:
    """Put a network of our own behind the features and segments of the shipped bundle."""
    config = replace(shipped.bundle.features, **{**POWER, **features})  # type: ignore[arg-type]
    return Recognizer(replace(shipped.bundle, features=config, temperature=1.0), network)


def angry_by(evidence: Features) -> Features:
    """Make logits that are angry as far as the evidence goes."""
    logits = np.zeros((len(evidence), len(EMOTIONS)), np.float32)
    logits[:, ANGRY] = 1.0 + 2.0 * evidence
    return logits


def test_it_points_at_the_one_place_that_the_network_looks_at(shipped: Recognizer) -> None:
    """Frames 120 to 149 and bands 10 to 14 decide: the ninth and tenth cell in time, one band."""
    voice = synth.voice(3.0)
    heard = extract(voice, FeatureConfig())[120:150, 10:15].sum()

    def network(batch: Features) -> Features:
        return angry_by(batch[:, 120:150, 10:15].sum(axis=(1, 2)) / heard)

    found = explain(listening_to(shipped, network), voice)
    (part,) = found.segments
    relevance = np.array(part.relevance)
    assert found.emotion == "angry"
    assert relevance.shape == (20, 8)
    inside = np.zeros(relevance.shape, bool)
    inside[8:10, 2] = True
    assert (relevance[inside] > 0).all()
    np.testing.assert_allclose(relevance[~inside], 0, atol=1e-6)
    assert part.time_edges_s[8] == pytest.approx(1.2)
    assert part.time_edges_s[10] == pytest.approx(1.5)
    assert found.band_unit == "Hz"
    assert part.band_edges[2] < 800 < part.band_edges[3]


def test_what_speaks_against_the_emotion_is_negative(shipped: Recognizer) -> None:
    def network(batch: Features) -> Features:
        return angry_by(1.0 - np.tanh(1e3 * batch[:, 60:75, :5].mean(axis=(1, 2))))

    (part,) = explain(listening_to(shipped, network), synth.voice(3.0)).segments
    relevance = np.array(part.relevance)
    assert divmod(int(relevance.argmin()), 8) == (4, 0)
    assert relevance.min() < 0
    assert relevance.max() == pytest.approx(0, abs=1e-9)


def test_it_explains_the_shipped_network_within_bounds_and_always_alike(
    shipped: Recognizer,
) -> None:
    voice = synth.voice(3.0)
    found, again = explain(shipped, voice), explain(shipped, voice)
    assert found == again
    (part,) = found.segments
    relevance = np.array(part.relevance)
    assert found.emotion == shipped.judge(voice).emotion
    assert part.posterior == pytest.approx(shipped.judge(voice).confidence, abs=1e-5)
    assert np.abs(relevance).max() <= 1
    assert relevance.max() > 0.001
    assert relevance.shape == (len(part.time_edges_s) - 1, len(part.band_edges) - 1)
    assert (np.diff(part.time_edges_s) > 0).all()
    assert (np.diff(part.band_edges) > 0).all()
    assert (part.time_edges_s[0], part.time_edges_s[-1]) == (0.0, 3.0)
    assert (part.band_edges[0], part.band_edges[-1]) == (0.0, SAMPLE_RATE / 2)


def test_it_points_at_the_speech_and_not_at_the_pauses(shipped: Recognizer) -> None:
    hiss = 1e-4 * np.random.default_rng(0).standard_normal(SAMPLE_RATE).astype(np.float32)
    voice = synth.voice(1.0)
    (part,) = explain(shipped, np.concatenate([voice, hiss, voice])).segments
    relevance = np.abs(part.relevance).mean(axis=1)
    starts, ends = np.array(part.time_edges_s[:-1]), np.array(part.time_edges_s[1:])
    pause = (starts >= 1.0) & (ends <= 2.0)
    assert relevance[~pause].mean() > 2 * relevance[pause].mean()


def test_it_explains_a_long_clip_segment_by_segment(shipped: Recognizer) -> None:
    network = listening_to(shipped, lambda batch: angry_by(batch.mean(axis=(1, 2))))
    waveform = synth.voice(40.0)
    found = explain(network, waveform)
    assert found.n_segments > MAX_SEGMENTS == len(found.segments)
    judged = network.judge(waveform).segments
    for part in found.segments:
        assert (part.start_s, part.end_s) == (
            judged[part.segment].start_s,
            judged[part.segment].end_s,
        )
        assert len(part.relevance) == MAX_TIME_CELLS
        assert part.time_edges_s[0] == part.start_s
        assert part.time_edges_s[-1] <= part.end_s
    chosen = {part.segment for part in found.segments}
    least = min(judged[number].posteriors["angry"] for number in chosen)
    left = (part for number, part in enumerate(judged) if number not in chosen)
    assert all(part.posteriors["angry"] <= least for part in left)


def test_it_explains_only_the_segment_asked_for(shipped: Recognizer) -> None:
    network = listening_to(shipped, lambda batch: angry_by(batch.mean(axis=(1, 2))))
    found = explain(network, synth.voice(13.0), segment=2)
    (part,) = found.segments
    assert part.segment == 2
    assert part.start_s == 3.0
    with pytest.raises(IndexError):
        explain(network, synth.voice(3.0), segment=1)


def test_it_finds_nothing_to_explain_in_silence(shipped: Recognizer) -> None:
    with pytest.raises(AudioError) as caught:
        explain(shipped, np.zeros(3 * SAMPLE_RATE, np.float32))
    assert caught.value.code == "audio:user:no-speech"


def test_a_very_short_clip_has_few_cells(shipped: Recognizer) -> None:
    (part,) = explain(shipped, synth.voice(0.4)).segments
    assert len(part.relevance) == 3
    assert part.time_edges_s[-1] == pytest.approx(0.4)


def test_features_that_summarize_time_are_told_apart_by_number_only(shipped: Recognizer) -> None:
    def network(batch: Features) -> Features:
        return angry_by(np.abs(batch[:, 62:70] - noise[62:70]).sum(axis=1))

    recognizer = listening_to(shipped, network, name="vector_162")
    voice = synth.voice(3.0)
    still = np.random.default_rng(0).standard_normal(len(voice)).astype(np.float32)
    noise = extract(still, recognizer.bundle.features)
    found = explain(recognizer, voice)
    (part,) = found.segments
    assert found.band_unit == "feature"
    assert part.time_edges_s == (0.0, 3.0)
    assert (part.band_edges[0], part.band_edges[-1]) == (0.0, 162.0)
    ((*relevance,),) = part.relevance
    cell = next(n for n, edge in enumerate(part.band_edges[1:]) if edge > 65)
    assert relevance[cell] == max(relevance) > 0
    assert sum(value != 0 for value in relevance) == 1


def test_it_leaves_padding_out_and_covers_all_channels(shipped: Recognizer) -> None:
    """A clip of 1 s in a network of 3 s, two channels: the second one decides."""

    def network(batch: Features) -> Features:
        assert batch.shape[1:] == (301, 40, 2)
        return angry_by(np.abs(batch[:, 45:60, :5, 1] - quiet[:5, 1]).mean(axis=(1, 2)))

    recognizer = listening_to(shipped, network, name="mfcc_log_mel", n_frames=301)
    voice = synth.voice(1.0)
    quiet = np.median(extract(voice, recognizer.bundle.features)[:101], axis=0)
    found = explain(recognizer, voice)
    (part,) = found.segments
    relevance = np.array(part.relevance)
    assert found.band_unit == "feature"
    assert part.time_edges_s[-1] == 1.0
    assert relevance.shape == (7, 8)
    assert set(np.flatnonzero(relevance.max(axis=1) > 1e-6)) == {3}
    assert relevance[3].argmax() == 0


def test_it_names_the_moments_between_the_silence_that_is_cut_off(shipped: Recognizer) -> None:
    """A network that listens to the end only, on a clip with a second of silence around it."""
    recognizer = listening_to(
        shipped, lambda batch: angry_by(1e3 * batch[:, -30:].mean(axis=(1, 2))), trim_db=30.0
    )
    silence = np.zeros(SAMPLE_RATE, np.float32)
    (part,) = explain(recognizer, np.concatenate([silence, synth.voice(2.0), silence])).segments
    assert 0.85 <= part.time_edges_s[0] <= 1.0
    assert 3.0 <= part.time_edges_s[-1] <= 3.15
    by_time = np.abs(part.relevance).sum(axis=1)
    assert part.time_edges_s[int(by_time.argmax())] > 2.6


def test_its_plain_data_is_json(shipped: Recognizer) -> None:
    network = listening_to(shipped, lambda batch: angry_by(batch.mean(axis=(1, 2))))
    plain = explain(network, synth.voice(3.0)).to_dict()
    assert json.loads(json.dumps(plain))["segments"][0]["relevance"][0][0] == pytest.approx(
        plain["segments"][0]["relevance"][0][0]
    )
