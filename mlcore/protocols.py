"""How a figure came about: which clips were heard in training and which in test."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from mlcore.labels import EMOTIONS

# Nearly all corpora have these, so a model can be taken from one corpus to another.
SHARED_EMOTIONS: tuple[str, ...] = ("neutral", "happy", "sad", "angry", "fearful")


@dataclass(frozen=True)
class Protocol:
    """A way of dividing clips into training and test.

    Parameters
    ----------
    name, description : str
    mark : str
        What must stand beside every figure; empty for an honest one.
    parts : {"fold", "corpus", "none"}
        What a training leaves out at a time: a fold, a corpus, or some clips once only.
    emotions : tuple of str
        That are judged, see `evaluation.restrict`.
    """

    name: str
    description: str
    mark: str = ""
    parts: Literal["fold", "corpus", "none"] = "none"
    emotions: tuple[str, ...] = EMOTIONS

    @property
    def is_comparable(self) -> bool:
        """Tell whether the figure says anything about people who were never heard."""
        return not self.mark

    def to_dict(self) -> dict[str, Any]:
        """Return the protocol as plain data for JSON."""
        return asdict(self) | {"is_comparable": self.is_comparable, "emotions": list(self.emotions)}


SPEAKER_INDEPENDENT = Protocol(
    name="speaker_independent",
    description=(
        "Every speaker is judged by a model that never heard this person: the speakers are "
        "divided into folds, and one fold at a time is left out of the training."
    ),
    parts="fold",
)
LEAVE_ONE_CORPUS_OUT = Protocol(
    name="leave_one_corpus_out",
    description=(
        "Every corpus is judged by a model that heard other corpora only, neither these "
        f"recordings nor these speakers, on the emotions {', '.join(SHARED_EMOTIONS)}."
    ),
    parts="corpus",
    emotions=SHARED_EMOTIONS,
)
RANDOM_SPLIT = Protocol(
    name="random_split",
    description="A fifth of the clips, drawn by chance, is judged by a model trained on the rest.",
    mark="not comparable: the same speakers in training and test",
)
AUGMENTED_BEFORE_SPLIT = Protocol(
    name="augmented_before_split",
    description=(
        "Clips are copied with changes first, then a fifth of all copies, drawn by chance, is "
        "judged by a model trained on the rest. Only to reproduce claims that were made this way."
    ),
    mark="leak: copies of one clip in training and test",
)
PROTOCOLS: dict[str, Protocol] = {
    protocol.name: protocol
    for protocol in (
        SPEAKER_INDEPENDENT,
        LEAVE_ONE_CORPUS_OUT,
        RANDOM_SPLIT,
        AUGMENTED_BEFORE_SPLIT,
    )
}
