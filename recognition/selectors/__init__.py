"""Reads. Whoever shows something gets it from here, so that nobody sees another person's."""

from recognition.selectors.clips import (
    PAGE_SIZE,
    champion_version,
    clip_for,
    explanation_of,
    history,
    newest_prediction,
    own_clip,
)

__all__ = [
    "PAGE_SIZE",
    "champion_version",
    "clip_for",
    "explanation_of",
    "history",
    "newest_prediction",
    "own_clip",
]
