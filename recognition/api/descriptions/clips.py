"""Clips: handed in, listed, looked at, described and deleted."""

from drf_spectacular.utils import extend_schema

from recognition.api.descriptions import samples
from recognition.api.descriptions.filters import OF_CLIPS
from recognition.api.descriptions.parts import (
    CONDITIONAL,
    CURSOR,
    EMPTY,
    FORM,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    IF_NONE_MATCH,
    NOT_TOLD,
    answer,
    asked,
    asked_by_form,
    etag,
    location,
    retry_after,
)
from recognition.api.schema import page_of, refusals
from recognition.api.serializers.clips import (
    ClipDetailSerializer,
    ClipSerializer,
    CopySerializer,
    DescribeSerializer,
    UploadSerializer,
    WaitSerializer,
)

TAGS = ["clips"]
RECORDING = "(the bytes of monday.wav)"
NO_COPIES = {"speaker_consent": "agreed", "keep_copies": False}
REFUSED_FILES = (
    "api:user:no-file",
    "upload:user:two-files",
    "api:user:no-consent",
    "upload:user:extension",
    "upload:user:no-extension",
    "upload:user:path-in-name",
    "upload:user:duplicate",
    "upload:user:request-too-big",
    "upload:user:too-many-parts",
    "audio:user:empty",
    "audio:user:not-audio",
    "audio:user:too-large",
    "audio:user:too-short",
    "audio:user:too-long",
)
EARLIER = answer(
    ClipSerializer, "This key was sent before: the clip of the first time.", waiting=samples.WAITING
)
LATE = answer(
    ClipSerializer, "Kept, but there was no result in time: ask for it.", waiting=samples.WAITING
)

LIST = extend_schema(
    operation_id="list_clips",
    tags=TAGS,
    summary="List your clips",
    description=(
        "Your own clips in pages, the newest first unless `sort` says otherwise. The filters are "
        "those of the history page; several together all have to fit, `emotion` may be named "
        "more than once. Follow `next` until it is null."
    ),
    parameters=[*OF_CLIPS, CURSOR],
    responses={
        200: answer(page_of(ClipSerializer, "Clip"), "A page.", page=samples.page(samples.CLIP)),
        **refusals("api:user:cursor", "api:user:invalid"),
    },
)
UPLOAD = extend_schema(
    operation_id="upload_clip",
    tags=TAGS,
    summary="Hand in a recording",
    description=(
        "Keeps one recording and has it recognized. Without `wait` the answer comes at once, and "
        "the clip is asked for at the address in Location until `is_final` is true; with `wait` "
        "it is held back for up to so many seconds, and 202 says that there was no result in "
        "time, or that as many wait already as may. Whoever is heard must have agreed that a "
        "program judges the voice. A file that is refused is not kept."
    ),
    parameters=[
        WaitSerializer,
        IDEMPOTENCY_KEY,
        location(200, 201, 202),
        retry_after("After so many seconds a result may be there.", 202),
    ],
    request={FORM: UploadSerializer},
    examples=[
        asked_by_form("a recording", {"file": RECORDING, "speaker_consent": "own-voice"}),
        asked_by_form("no copies", {"file": RECORDING, **NO_COPIES}),
    ],
    responses={
        200: EARLIER,
        201: answer(ClipSerializer, "Kept.", waiting=samples.WAITING, waited_for_it=samples.CLIP),
        202: LATE,
        **refusals(
            *REFUSED_FILES,
            "api:user:key-malformed",
            "upload:user:key-reused",
            "upload:user:key-clip-gone",
        ),
    },
)
COPY = extend_schema(
    operation_id="copy_clip",
    tags=TAGS,
    summary="Keep a recording once more",
    description=(
        "For a file that was refused with `keep_copies=false`, because this clip holds it already: "
        "it is kept as a clip of its own and recognized, without being sent again. With `batch` it "
        "becomes part of that batch, and the refusal of this name there is forgotten. Each time "
        "makes one more."
    ),
    parameters=[location(201)],
    request=CopySerializer,
    examples=[
        asked(
            "into a batch",
            {
                "speaker_consent": "own-voice",
                "file_name": "monday.wav",
                "batch": samples.BATCH_ID,
            },
        )
    ],
    responses={
        201: answer(ClipSerializer, "Kept.", waiting=samples.WAITING),
        **refusals(
            "api:user:no-consent",
            "upload:user:extension",
            "upload:user:no-extension",
            "upload:user:path-in-name",
        ),
    },
)
GET = extend_schema(
    operation_id="get_clip",
    tags=TAGS,
    summary="Get a clip with its result",
    description=(
        "All there is to know of a clip: the prediction with its segments, and in `steps` who said "
        "what of it, the newest first. `place` and `trust` are what its page draws and says of the "
        "result: where it lies between emotions, and how often such a confidence is right. "
        "`counted_emotion` is the label that counts: what reviewers "
        "settled, else your correction, else what the model heard. Reviewers may get clips of "
        "owners who agreed to it, without names, notes and tags."
    ),
    parameters=[IF_NONE_MATCH, IF_MATCH, etag(200)],
    responses={
        200: answer(ClipDetailSerializer, "The clip.", recognized=samples.CLIP_DETAIL),
        **CONDITIONAL,
    },
)
DESCRIBE = extend_schema(
    operation_id="describe_clip",
    tags=TAGS,
    summary="Rename a clip, change its note",
    description=(
        "Fields that are not sent stay as they are. With If-Match nothing is overwritten that "
        "somebody changed meanwhile."
    ),
    parameters=[IF_MATCH, etag(200)],
    request=DescribeSerializer,
    examples=[asked("a name", {"name": "Monday, after the meeting.wav"})],
    responses={
        200: answer(ClipDetailSerializer, "As it is now.", renamed=samples.CLIP_DETAIL),
        204: NOT_TOLD,
        **refusals("describe:user:name-changed", "describe:user:no-name"),
    },
)
DELETE = extend_schema(
    operation_id="delete_clip",
    tags=TAGS,
    summary="Delete a clip",
    description=(
        "It is gone from everything at once. For ten minutes (if this site is not set otherwise) "
        "`restore_clip` brings it back, then recording and results are removed for good. "
        "To delete it twice is no error."
    ),
    parameters=[IF_MATCH],
    responses={204: EMPTY},
)
