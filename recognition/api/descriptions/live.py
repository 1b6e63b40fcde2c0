"""Live updates."""

import json
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema

from recognition.api.descriptions.parts import LAST_EVENT_ID
from recognition.api.descriptions.samples import CLIP_ID
from recognition.api.schema import refusals

TAGS = ["live updates"]
EVENTS = (200, "text/event-stream")
STATE = {
    "id": CLIP_ID,
    "state": "done",
    "is_final": True,
    "emotion": "happy",
    "confidence": 0.68,
    "is_sure": True,
    "error_code": "",
}
SUMS = {"n_clips": 1, "n_final": 1, "n_failed": 0, "is_final": True}
OVER = OpenApiResponse(description="All was told before: come back no more.")


def event(name: str, data: dict[str, Any], **mark: str) -> OpenApiExample:
    shown = {**mark, "event": name, "data": json.dumps(data)}
    return OpenApiExample(name, value=shown, media_type=EVENTS[1], response_only=True)


def told_as(*events: OpenApiExample) -> dict[Any, OpenApiResponse]:
    """How the answers of a stream are described: what an event consists of."""
    text = {"type": "string"}
    fields = {
        "id": text | {"description": "To come back with, in Last-Event-ID."},
        "event": text | {"enum": [it.name for it in events]},
        "data": text | {"contentMediaType": "application/json"},
    }
    schema = {"type": "object", "properties": fields, "required": ["event", "data"]}
    stream = OpenApiResponse(schema, "Server-sent events, each like these.", list(events))
    return {EVENTS: stream, 204: OVER, **refusals("api:app:no-stream")}


GONE, END = event("gone", {"id": CLIP_ID, "is_final": True}), event("end", {})
CLIP = extend_schema(
    operation_id="follow_clip",
    tags=TAGS,
    summary="Follow a clip",
    description=(
        "An event `state` now and whenever the state changes, until it is final; `gone` when "
        "the clip is deleted meanwhile; `end` when nothing more comes. A stream lasts a "
        "minute at most and is then asked for again, as every EventSource does by itself. It ends "
        "some seconds after its token, its session or its account. "
        "There are few at a time: with 503, ask for the state instead."
    ),
    parameters=[LAST_EVENT_ID],
    responses=told_as(event("state", STATE, id="done-1"), GONE, END),
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
    responses=told_as(event("state", STATE), GONE, event("sums", SUMS, id="5d41402abc4b2a76"), END),
)
