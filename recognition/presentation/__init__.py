"""What pages show in their words: percentages, emoji and sentences, not numbers and codes."""

from recognition.presentation.clips import (
    bars_of,
    clip_context,
    failure_of,
    result_of,
    timeline_of,
)

__all__ = ["bars_of", "clip_context", "failure_of", "result_of", "timeline_of"]
