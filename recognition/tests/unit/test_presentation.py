from django.utils import translation

from mlcore.labels import EMOTIONS
from recognition.models import Clip, ModelVersion, Prediction, Segment
from recognition.presentation import bars_of, failure_of, result_of, timeline_of
from recognition.presentation.scores import fixed


def judged(*bounds: tuple[float, float]) -> Prediction:
    posteriors = dict.fromkeys(EMOTIONS, 0.05) | {"sad": 0.65}
    prediction = Prediction(
        pk=1,
        emotion="sad",
        confidence=0.65,
        posteriors=posteriors,
        processing_ms=8,
        model_version=ModelVersion(name="model", sha256="ab" * 32, not_sure_below=0.5),
    )
    segments = [
        Segment(start_s=start, end_s=end, emotion="sad", posteriors=posteriors)
        for start, end in bounds
    ]
    prediction._prefetched_objects_cache = {"segments": segments}  # type: ignore[attr-defined]
    return prediction


def test_it_ends_overlapping_segments_where_the_next_one_starts() -> None:
    timeline = timeline_of(Clip(duration_s=10), judged((0, 4), (2, 6), (6, 10)))
    bounds = [(segment.left_permille, segment.width_permille) for segment in timeline]
    assert bounds == [(0, 200), (200, 400), (600, 400)]


def test_it_leaves_parts_without_speech_empty() -> None:
    timeline = timeline_of(Clip(duration_s=10), judged((0, 3), (6, 9)))
    bounds = [(segment.left_permille, segment.width_permille) for segment in timeline]
    assert bounds == [(0, 300), (600, 300)]


def test_it_never_draws_beyond_the_clip() -> None:
    for duration_s in (None, 0.5, 9.9):
        timeline = timeline_of(Clip(duration_s=duration_s), judged((0, 6), (4, 10)))
        assert timeline[-1].left_permille + timeline[-1].width_permille <= 1000


def test_it_sorts_the_bars_by_posterior_with_the_winner_first() -> None:
    bars = bars_of(judged())
    assert bars[0].emotion == "sad"
    assert bars[0].is_top
    assert [bar.percent for bar in bars] == sorted((bar.percent for bar in bars), reverse=True)
    assert {bar.emotion for bar in bars} == set(EMOTIONS)


def test_it_is_sure_from_the_threshold_on() -> None:
    prediction = judged()
    assert result_of(prediction).is_sure
    prediction.model_version.not_sure_below = 0.66
    assert not result_of(prediction).is_sure


def test_it_explains_failed_clips_only() -> None:
    assert failure_of(Clip()) is None
    failure = failure_of(Clip(error_code="audio:user:not-finite"))
    assert failure
    assert failure.code == "audio:user:not-finite"


def test_a_number_has_a_minus_and_is_written_as_the_reader_writes() -> None:
    assert [fixed(number, 2) for number in (-0.126, 0.5, -0.001)] == ["−0.13", "0.50", "0.00"]
    with translation.override("de"):
        assert fixed(-1234.5, 1) == "−1.234,5"
