"""Several clips at once."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from mlcore.labels import EMOTIONS
from recognition.api.descriptions import samples
from recognition.api.descriptions.filters import OF_CLIPS
from recognition.api.descriptions.parts import (
    CURSOR,
    QUERY,
    answer,
    asked,
    one_of_a_kind,
    sent,
)
from recognition.api.schema import PATH_WORDS, page_of, refusals
from recognition.api.serializers.many_clips import (
    MOST_CHOSEN,
    MOST_NAMED,
    DeletedClipSerializer,
    ExportedClipSerializer,
    SelectedSerializer,
    SideBySideSerializer,
)
from recognition.http import COMPARED
from recognition.presentation.exports import EXPORTS
from recognition.services.describe import MOST_TAGS, TAG_LENGTH

TAGS = ["clips"]
OTHER_ID = "b2a45c1e-6d0f-4f0e-9c55-0f1f7e1d9a27"
DELETED = samples.BATCH["clips"][0] | {
    "deleted_at": "2026-11-02T10:00:00Z",
    "gone_at": "2026-11-02T10:10:00Z",
}
CHOSEN = {"clips": [samples.CLIP_ID, OTHER_ID]}
IDS = {
    "type": "array",
    "items": {"type": "string", "format": "uuid"},
    "minItems": 1,
    "maxItems": MOST_CHOSEN,
}
FEWER_IDS = IDS | {"maxItems": MOST_NAMED}
NAMES = {
    "type": "array",
    "items": {"type": "string", "pattern": "^[^,]+$", "maxLength": TAG_LENGTH},
    "minItems": 1,
    "maxItems": MOST_TAGS,
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXPORTED: dict[str, Any] = {
    "id": samples.CLIP_ID,
    "name": "monday.wav",
    "file_name": "monday.wav",
    "created_at": "2026-11-02T09:30:00+00:00",
    "duration_s": 3.0,
    "size_bytes": 96_044,
    "container": "wav",
    "state": "done",
    "error_code": "",
    "error": "",
    "emotion": "happy",
    "predicted_emotion": "happy",
    "confidence": 0.68,
    "is_sure": True,
    "corrected_emotion": "",
    "reviewed_emotion": "",
    "provenance": "model",
    "posteriors": samples.POSTERIORS,
    "model": "three-networks",
    "model_sha256": samples.SHA256,
    "tags": ["interview"],
    "note": "",
    "batch": "",
}
PLACED = samples.CLIP | {"place": samples.PLACE}
COMPARISON = {
    "clips": [PLACED, samples.WAITING | {"id": OTHER_ID, "place": None}],
    "rows": [
        {"emotion": emotion, "percents": [round(100 * samples.POSTERIORS[emotion], 1), None]}
        for emotion in EMOTIONS
    ],
}

LIST_DELETED = extend_schema(
    operation_id="list_deleted_clips",
    tags=TAGS,
    summary="List the clips that can be had back",
    description=(
        "Yours that were deleted lately, the last one first, each with the moment from which it is "
        "gone for good. `restore_clip` has one of them back, `change_clips` several."
    ),
    parameters=[CURSOR],
    responses={
        200: answer(
            page_of(DeletedClipSerializer, "DeletedClip"), "A page.", page=samples.page(DELETED)
        ),
        **refusals("api:user:cursor"),
    },
)
CHANGE = extend_schema(
    operation_id="change_clips",
    tags=TAGS,
    summary="Delete, tag or restore several clips",
    description=(
        "With all of the named clips, or with none: if one is not yours or not there, `extra` says "
        "which, and nothing is done. `tag` adds tags to those that each has; clips that are "
        "deleted already may be deleted again; `restore` takes only deleted ones. A clip named "
        "twice counts once."
    ),
    request={
        "application/json": {
            "oneOf": [
                one_of_a_kind("delete", by="action", clips=IDS),
                one_of_a_kind("tag", by="action", clips=IDS, tags=NAMES),
                one_of_a_kind("restore", by="action", clips=IDS),
            ]
        }
    },
    examples=[
        asked("delete", {"action": "delete", **CHOSEN}),
        asked("tag", {"action": "tag", **CHOSEN, "tags": ["interview"]}),
    ],
    responses={
        200: answer(
            SelectedSerializer,
            "Done, with all of them.",
            tagged={"action": "tag", "n_clips": 2, **CHOSEN, "tags": ["interview"]},
            deleted={"action": "delete", "n_clips": 2, **CHOSEN, "tags": []},
        ),
        **refusals(
            "selection:user:unknown",
            "describe:user:no-tag",
            "describe:user:too-many-tags",
            "erase:user:nothing-to-undo",
            "erase:user:purged",
        ),
    },
)
EXPORT = extend_schema(
    operation_id="export_clips",
    tags=TAGS,
    summary="Get your clips as a file",
    description=(
        "All that fit the filters, which are those of `list_clips`, in one answer that is written "
        "while it is read, or those that `clip` names, without filters. In CSV and XLSX each "
        "emotion has a column `p_…`, tags have semicolons between them, and text that a "
        "spreadsheet would take for a formula begins with `'`. JSON is one array; if the "
        "connection breaks its last bracket is missing."
    ),
    parameters=[
        OpenApiParameter(
            "extension",
            OpenApiTypes.STR,
            OpenApiParameter.PATH,
            enum=list(EXPORTS),
            description=PATH_WORDS["extension"],
        ),
        *OF_CLIPS,
        OpenApiParameter("clip", FEWER_IDS, QUERY, description="Once for each of your clips."),
        sent("Content-Disposition", "With a name for the file.", 200),
    ],
    responses={
        (200, "application/json"): OpenApiResponse(
            ExportedClipSerializer(many=True),
            "The clips, one or a row each.",
            [OpenApiExample("one clip", value=EXPORTED, response_only=True)],
        ),
        (200, "text/csv"): OpenApiTypes.STR,
        (200, XLSX): OpenApiTypes.BINARY,
        **refusals("api:user:invalid", "selection:user:unknown"),
    },
)
COMPARE = extend_schema(
    operation_id="compare_clips",
    tags=TAGS,
    summary="Put clips side by side",
    description=(
        "Two to four that you may see, in the order in which they are named; one that is named "
        "twice counts once. `rows` has for each emotion what the model gave it, in percent. "
        "`place` is where the emotions that were heard lie between unpleasant and pleasant, drowsy "
        "and excited."
    ),
    parameters=[
        OpenApiParameter(
            "clip",
            {
                "type": "array",
                "items": {"type": "string", "format": "uuid"},
                "minItems": COMPARED.start,
                "maxItems": COMPARED.stop - 1,
                "uniqueItems": True,
            },
            QUERY,
            required=True,
            description="Once for each clip.",
        )
    ],
    responses={
        200: answer(SideBySideSerializer, "Side by side.", two_clips=COMPARISON),
        **refusals("compare:user:number", "api:user:not-found"),
    },
)
