"""What hangs on a clip."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema

from recognition.api.descriptions import samples
from recognition.api.descriptions.parts import (
    CONDITIONAL,
    CURSOR,
    IF_CLIP_MATCHES,
    IF_MATCH,
    IF_NONE_MATCH,
    IF_RANGE,
    NOT_TOLD,
    RANGE,
    answer,
    asked,
    retry_after,
    sent,
)
from recognition.api.schema import page_of, refusals
from recognition.api.serializers.clips import (
    ClipSerializer,
    StatusSerializer,
)
from recognition.api.serializers.corrections import CorrectionSerializer, CorrectSerializer
from recognition.api.serializers.work import ExplanationSerializer, PortraitSerializer
from recognition.playback import CONTENT_TYPES

TAGS = ["clips"]
ASK_AGAIN = "After so many seconds it may be further."
EXPLANATION = {
    "state": "done",
    "error": None,
    "explanation": {
        "emotion": "happy",
        "band_unit": "Hz",
        "n_segments": 1,
        "segments": [
            {
                "segment": 0,
                "start_s": 0.0,
                "end_s": 3.0,
                "posterior": 0.68,
                "total": 0.51,
                "time_edges_s": [0.0, 1.5, 3.0],
                "band_edges": [0.0, 1000.0, 8000.0],
                "relevance": [[0.31, 0.04], [0.12, -0.02]],
            }
        ],
    },
}
NOT_ASKED = {"state": "none", "error": None, "explanation": None}
ASKED = NOT_ASKED | {"state": "queued"}
PORTRAIT = {
    "state": "done",
    "error": None,
    "portrait": {
        "duration_s": 0.03,
        "peaks": [[-0.02, 0.03], [-0.41, 0.38], [-0.12, 0.09]],
        "spectrogram": "AAwYJDBAUGBwgA==",
        "n_columns": 5,
        "band_edges_hz": [0.0, 1000.0, 8000.0],
        "energy_db": [-48.2, -21.6, -30.9],
        "pitch_hz": [None, 182.4, 179.0],
        "speech_s": [[0.01, 0.03]],
    },
}
NOT_DRAWN = {"state": "none", "error": None, "portrait": None}
DRAWN_SOON = NOT_DRAWN | {"state": "queued"}


def recording(words: str) -> OpenApiResponse:
    return OpenApiResponse(OpenApiTypes.BINARY, words)


AUDIO: dict[Any, Any] = {
    (200, *CONTENT_TYPES.values()): recording("All of it, in the format that was handed in."),
    (206, *CONTENT_TYPES.values()): recording("The bytes that Range asks for."),
    **CONDITIONAL,
    **refusals("api:user:range"),
}
AUDIO_HEADERS = [
    RANGE,
    IF_RANGE,
    IF_NONE_MATCH,
    IF_MATCH,
    sent("ETag", "Of the recording, which never changes.", 200, 206),
    sent("Accept-Ranges", "`bytes`.", 200, 206),
    sent("Content-Range", "Which bytes these are, and of how many.", 206, 416),
    sent("Content-Disposition", "With the clip’s name for the file.", 200, 206),
]

STATUS = extend_schema(
    operation_id="get_clip_status",
    tags=TAGS,
    summary="Ask how far a clip is",
    description=(
        "The least that changes while a clip is worked on, to be asked about once a second until "
        "`is_final` is true. Live updates tell the same without asking."
    ),
    parameters=[retry_after(ASK_AGAIN, 200)],
    responses={
        200: answer(
            StatusSerializer,
            "How it is now.",
            recognized=samples.STATUS,
            waiting=samples.WAITING_STATUS,
        )
    },
)
GET_AUDIO = extend_schema(
    operation_id="get_clip_audio",
    tags=TAGS,
    summary="Get the recording",
    description="The very bytes that were handed in, whole or one range of them.",
    parameters=AUDIO_HEADERS,
    responses=AUDIO,
)
RETRY = extend_schema(
    operation_id="retry_clip",
    tags=TAGS,
    summary="Try a failed clip again",
    description=(
        "For a clip without a result: it is queued again, and asked for like a new one. "
        "There is no body to send."
    ),
    parameters=[IF_CLIP_MATCHES, retry_after(ASK_AGAIN, 202)],
    request=None,
    responses={
        202: answer(StatusSerializer, "Queued again.", queued=samples.WAITING_STATUS),
        **refusals("retry:user:not-failed"),
    },
)
RESTORE = extend_schema(
    operation_id="restore_clip",
    tags=TAGS,
    summary="Have a deleted clip back",
    description=(
        "As long as it is not removed for good, with all that belongs to it. There is no body to "
        "send."
    ),
    request=None,
    responses={
        200: answer(ClipSerializer, "It is back.", restored=samples.CLIP),
        204: NOT_TOLD,
        **refusals("erase:user:nothing-to-undo", "erase:user:purged"),
    },
)
GET_EXPLANATION = extend_schema(
    operation_id="get_clip_explanation",
    tags=TAGS,
    summary="See what carried the emotion",
    description=(
        "Parts of the recording are covered one by one, and by how much the emotion’s share falls "
        "is what each carried. It is made when somebody asks for it: the state is `none` before, "
        "`queued` and `running` meanwhile, then `done` or `failed`."
    ),
    responses={
        200: answer(
            ExplanationSerializer, "How far it is.", made=EXPLANATION, not_asked_for=NOT_ASKED
        )
    },
)
ASK_EXPLANATION = extend_schema(
    operation_id="explain_clip",
    tags=TAGS,
    summary="Ask what carried the emotion",
    description=(
        "Has it made by a worker in some seconds; asked for again it is there, for a token that "
        "may read. There is no body to send."
    ),
    parameters=[retry_after(ASK_AGAIN, 202)],
    request=None,
    responses={
        200: answer(ExplanationSerializer, "It is there.", made=EXPLANATION),
        202: answer(ExplanationSerializer, "It is being made: get it later.", queued=ASKED),
        **refusals("explanation:user:no-result"),
    },
)
GET_PORTRAIT = extend_schema(
    operation_id="get_clip_portrait",
    tags=TAGS,
    summary="See what a clip looks like",
    description=(
        "What its page draws: the wave’s `peaks`, the spectrogram (base64, a byte a cell: time "
        "first, the lowest band first), loudness in dBFS and pitch in equal stretches, and where "
        "speech is. Made when somebody asks for it: the state is `none` before, `queued` and "
        "`running` meanwhile, then `done` or `failed`."
    ),
    responses={
        200: answer(PortraitSerializer, "How far it is.", made=PORTRAIT, not_asked_for=NOT_DRAWN)
    },
)
ASK_PORTRAIT = extend_schema(
    operation_id="portray_clip",
    tags=TAGS,
    summary="Ask what a clip looks like",
    description=(
        "Has it measured by a worker in some seconds, also of a clip without a result; asked for "
        "again it is there, for a token that may read. There is no body to send."
    ),
    parameters=[retry_after(ASK_AGAIN, 202)],
    request=None,
    responses={
        200: answer(PortraitSerializer, "It is there.", made=PORTRAIT),
        202: answer(PortraitSerializer, "It is being made: get it later.", queued=DRAWN_SOON),
    },
)
LIST_CORRECTIONS = extend_schema(
    operation_id="list_clip_corrections",
    tags=["corrections"],
    summary="List the corrections of a clip",
    description="What its owner said instead of the model; the newest is first, and counts.",
    parameters=[CURSOR],
    responses={
        200: answer(
            page_of(CorrectionSerializer, "Correction"),
            "A page.",
            page=samples.page(samples.CORRECTION),
        ),
        **refusals("api:user:cursor"),
    },
)
CORRECT = extend_schema(
    operation_id="correct_clip",
    tags=["corrections"],
    summary="Say what is heard in a clip",
    description=(
        "Yours, and recognized. What was said before stays on record; the model’s own emotion may "
        "be named too: it was right after all. Corrections teach new models only if you agree to "
        "that on the account page."
    ),
    parameters=[IF_CLIP_MATCHES],
    request=CorrectSerializer,
    examples=[
        asked("an emotion", {"emotion": "surprised", "reason": "I had just heard the news."})
    ],
    responses={
        200: answer(CorrectionSerializer, "It says this already.", the_same=samples.CORRECTION),
        201: answer(CorrectionSerializer, "Noted.", corrected=samples.CORRECTION),
        **refusals("correct:user:no-result"),
    },
)
