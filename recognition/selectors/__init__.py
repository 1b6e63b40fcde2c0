"""Reads. Whoever shows something gets it from here, so that nobody sees another person's."""

from recognition.selectors.clips import (
    champion_version,
    clip_for,
    explanation_of,
    newest_prediction,
    own_clip,
)
from recognition.selectors.history import (
    PAGE_SIZE,
    HistoryFilter,
    history,
    history_rows,
    matching_in_chunks,
    own_clips,
    own_clips_by_id,
    with_all,
)

__all__ = [
    "PAGE_SIZE",
    "HistoryFilter",
    "champion_version",
    "clip_for",
    "explanation_of",
    "history",
    "history_rows",
    "matching_in_chunks",
    "newest_prediction",
    "own_clip",
    "own_clips",
    "own_clips_by_id",
    "with_all",
]
