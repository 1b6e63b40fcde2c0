"""The clips that visitors can try: made by rule, nobody's voice (docs/samples)."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from mlcore.synthesis import Manner

FOLDER = Path(settings.BASE_DIR) / "docs" / "samples"
DURATION_S = 3.5
# Of the hidden user that examples belong to: no form accepts a colon in a user name.
USERNAME = ":examples:"


@dataclass(frozen=True)
class Example:
    """What is said of it is how it was made, and no emotion: the model is to say that."""

    slug: str
    title: str | Promise
    about: str | Promise
    manner: Manner | None = None  # None: not made by our own rules
    seed: int = 0

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.slug}.flac"


EXAMPLES = (
    Example(
        "train",
        _("A sentence"),
        _("“The train to the coast leaves at half past nine”, read by a plain synthesizer."),
    ),
    Example(
        "slow",
        _("Slow and soft"),
        _("Two syllables a second, little effort, falling pitch."),
        Manner(117, 3.0, -6.3, 2.2, 0.08, 0.027, 1.13, 0.18, 0.74),
        74,
    ),
    Example(
        "lively",
        _("Lively"),
        _("Pitch that swings over more than an octave, clear voice."),
        Manner(183, 9.1, 2.6, 4.0, 0.73, 0.03, 1.03, 0.03, 0.6),
        71,
    ),
    Example(
        "pressed",
        _("Pressed"),
        _("Much effort, so that high tones are strong; falling pitch."),
        Manner(156, 7.6, -5.0, 3.7, 0.89, 0.02, 1.08, 0.15, 0.6),
        178,
    ),
    Example(
        "hurried",
        _("Hurried and breathy"),
        _("Six syllables a second on nearly one tone, much breath."),
        Manner(275, 1.6, 1.7, 6.0, 0.08, 0.028, 1.05, 0.19, 0.78),
        469,
    ),
    Example(
        "flat",
        _("Nearly on one tone"),
        _("High, even, with little effort and hardly a pause."),
        Manner(191, 0.8, -2.4, 3.9, 0.15, 0.014, 1.11, 0.03, 0.3),
        550,
    ),
)
BY_SLUG = {example.slug: example for example in EXAMPLES}
