"""What the model hears in one clip or in several, in the order that all of them share."""

from dataclasses import dataclass

from mlcore.affect import affect_of
from mlcore.labels import EMOTIONS
from recognition.models import Clip, Prediction
from recognition.presentation.clips import (
    EmotionBar,
    Failure,
    Result,
    bars_of,
    failure_of,
    result_of,
)
from recognition.presentation.scores import fixed
from recognition.selectors import newest_prediction


@dataclass(frozen=True)
class Place:
    """Between unpleasant and pleasant, drowsy and excited: in figures, and in a square of 100."""

    valence: float
    arousal: float
    x: int
    y: int

    @property
    def valence_words(self) -> str:
        return fixed(self.valence, 2)

    @property
    def arousal_words(self) -> str:
        return fixed(self.arousal, 2)


@dataclass(frozen=True)
class Heard:
    """One clip as a column beside others; without result and bars while there is none."""

    clip: Clip
    failure: Failure | None
    result: Result | None
    bars: list[EmotionBar]
    place: Place | None


def heard_in(clip: Clip) -> Heard:
    """From what was fetched with the clip: no further query."""
    prediction = newest_prediction(clip)
    if prediction is None:
        return Heard(clip, failure_of(clip), None, [], None)
    bars = sorted(bars_of(prediction), key=lambda bar: EMOTIONS.index(bar.emotion))
    return Heard(clip, None, result_of(prediction), bars, place_of(prediction))


def place_of(prediction: Prediction) -> Place:
    affect = affect_of(prediction.posteriors)
    return Place(
        valence=affect.valence,
        arousal=affect.arousal,
        x=round(50 + 50 * affect.valence),
        y=round(50 - 50 * affect.arousal),
    )


@dataclass(frozen=True)
class EmotionRow:
    """One emotion in all clips; None where a clip has no result."""

    emotion: str
    label: str
    emoji: str
    percents: list[float | None]


def rows_of(columns: list[Heard]) -> list[EmotionRow]:
    bars = next((column.bars for column in columns if column.bars), [])
    return [
        EmotionRow(
            emotion=bar.emotion,
            label=bar.label,
            emoji=bar.emoji,
            percents=[column.bars[i].percent if column.bars else None for column in columns],
        )
        for i, bar in enumerate(bars)
    ]
