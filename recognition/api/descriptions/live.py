"""Live updates."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema

from recognition.api.descriptions.parts import LAST_EVENT_ID
from recognition.api.descriptions.samples import CLIP_ID
from recognition.api.schema import refusals

TAGS = ["live updates"]
EVENTS = (200, "text/event-stream")
CLIP_EVENTS = f"""\
id: queued-0
event: state
data: {{"id": "{CLIP_ID}", "state": "queued", "is_final": false, \
"emotion": "", "confidence": null, "is_sure": null, "error_code": ""}}

id: done-1
event: state
data: {{"id": "{CLIP_ID}", "state": "done", "is_final": true, \
"emotion": "happy", "confidence": 0.68, "is_sure": true, "error_code": ""}}

event: end
data: {{}}
"""
BATCH_EVENTS = f"""\
event: state
data: {{"id": "{CLIP_ID}", "state": "done", "is_final": true, \
"emotion": "happy", "confidence": 0.68, "is_sure": true, "error_code": ""}}

id: 5d41402abc4b2a76
event: sums
data: {{"n_clips": 1, "n_final": 1, "n_failed": 0, "is_final": true}}

event: end
data: {{}}
"""
OVER = OpenApiResponse(description="All was told before: come back no more.")


def told_as(events: str) -> dict[Any, OpenApiResponse]:
    """How the answers of a stream are described."""
    example = OpenApiExample("events", value=events, media_type=EVENTS[1], response_only=True)
    stream = OpenApiResponse(OpenApiTypes.STR, "Server-sent events.", [example])
    return {EVENTS: stream, 204: OVER, **refusals("api:app:no-stream")}


CLIP = extend_schema(
    operation_id="follow_clip",
    tags=TAGS,
    summary="Follow a clip",
    description=(
        "An event `state` now and whenever the state changes, until it is final; `gone` when "
        "the clip is deleted meanwhile; `end` when nothing more comes. A stream lasts a "
        "minute at most and is then asked for again, as every EventSource does by itself. "
        "There are few at a time: with 503, ask for the state instead."
    ),
    parameters=[LAST_EVENT_ID],
    responses=told_as(CLIP_EVENTS),
)
BATCH = extend_schema(
    operation_id="follow_batch",
    tags=TAGS,
    summary="Follow a batch",
    description=(
        "An event `state` for each clip, now and whenever its state changes, `gone` for one "
        "that is deleted; after them `sums`. Otherwise as for a single clip."
    ),
    parameters=[LAST_EVENT_ID],
    responses=told_as(BATCH_EVENTS),
)
