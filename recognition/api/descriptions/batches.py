"""Many recordings at once."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema

from recognition.api.descriptions import samples
from recognition.api.descriptions.parts import (
    CONDITIONAL,
    CURSOR,
    FORM,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    IF_NONE_MATCH,
    answer,
    asked_by_form,
    etag,
    location,
    sent,
)
from recognition.api.schema import page_of, refusals
from recognition.api.serializers.batches import (
    BatchEntrySerializer,
    BatchSerializer,
    BatchUploadSerializer,
    RetriedSerializer,
)

TAGS = ["batches"]
RECORDINGS = ["(the bytes of monday.wav)", "(the bytes of tuesday.wav)"]

LIST = extend_schema(
    operation_id="list_batches",
    tags=TAGS,
    summary="List your batches",
    description=(
        "The newest first, each with how far it is and how often each emotion was heard. Deleted "
        "clips are not counted."
    ),
    parameters=[CURSOR],
    responses={
        200: answer(
            page_of(BatchEntrySerializer, "Batch"),
            "A page.",
            page=samples.page(samples.BATCH_ENTRY),
        ),
        **refusals("api:user:cursor"),
    },
)
UPLOAD = extend_schema(
    operation_id="upload_batch",
    tags=TAGS,
    summary="Hand in many recordings",
    description=(
        "Each in a field named `files`, or in ZIPs. Every file is looked at by itself: those that "
        "are refused stand in `refusals` and do not hold up the others. If none is accepted the "
        "answer is 422 and nothing is kept. With an `Idempotency-Key` the same files in the same "
        "order can be sent again after a lost answer, or one that broke off: the batch is made "
        "once, with all of them."
    ),
    parameters=[IDEMPOTENCY_KEY, location(200, 201)],
    request={FORM: BatchUploadSerializer},
    examples=[
        asked_by_form("two recordings", {"files": RECORDINGS, "speaker_consent": "own-voice"})
    ],
    responses={
        201: answer(BatchSerializer, "Kept; each clip waits for its turn.", batch=samples.BATCH),
        200: answer(BatchSerializer, "It was there: the key was sent before.", batch=samples.BATCH),
        **refusals(
            "api:user:key-malformed",
            "upload:user:key-reused",
            "upload:user:key-batch-gone",
            "api:user:no-file",
            "api:user:no-consent",
            "upload:user:too-many-files",
            "upload:user:all-refused",
            "upload:user:request-too-big",
            "upload:user:too-many-parts",
        ),
    },
)
GET = extend_schema(
    operation_id="get_batch",
    tags=TAGS,
    summary="Get a batch with its clips",
    description=(
        "How far it is, how often each emotion was heard, the clips in short, and the files that "
        "were refused. Deleted clips are left out."
    ),
    parameters=[IF_NONE_MATCH, IF_MATCH, etag(200)],
    responses={
        200: answer(BatchSerializer, "The batch.", finished=samples.BATCH),
        **CONDITIONAL,
    },
)
RETRY = extend_schema(
    operation_id="retry_batch",
    tags=TAGS,
    summary="Try the failed clips of a batch again",
    description="`n_clips` says how many are tried again: maybe none. There is no body to send.",
    request=None,
    responses={202: answer(RetriedSerializer, "Queued again.", two_of_them={"n_clips": 2})},
)
TABLE = extend_schema(
    operation_id="get_batch_table",
    tags=TAGS,
    summary="Get a batch as a table",
    description=(
        "CSV in UTF-8 with a row for each clip and each refused file, as the batch’s page offers "
        "it. Text that a spreadsheet would take for a formula has an apostrophe before it."
    ),
    parameters=[sent("Content-Disposition", "With a name for the file.", 200)],
    responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "The table.")},
)
