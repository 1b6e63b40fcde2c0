"""Many recordings at once."""

from drf_spectacular.utils import extend_schema

from recognition.api.descriptions import samples
from recognition.api.descriptions.parts import (
    IF_MATCH,
    IF_NONE_MATCH,
    UNCHANGED,
    answer,
    etag,
    location,
)
from recognition.api.schema import refusals
from recognition.api.serializers.batches import (
    BatchSerializer,
    BatchUploadSerializer,
    RetriedSerializer,
)

TAGS = ["batches"]

UPLOAD = extend_schema(
    operation_id="upload_batch",
    tags=TAGS,
    summary="Hand in many recordings",
    description=(
        "Each in a field named `files`, or in ZIPs. Every file is looked at by itself: those that "
        "are refused stand in `refusals` and do not hold up the others. If none is accepted the "
        "answer is 422 and nothing is kept. `Idempotency-Key` is for single clips: with it a batch "
        "is refused. Who sends the same files again after a lost answer can have copies refused "
        "by `keep_copies=false`."
    ),
    parameters=[location(201)],
    request={"multipart/form-data": BatchUploadSerializer},
    responses={
        201: answer(BatchSerializer, "Kept; each clip waits for its turn.", batch=samples.BATCH),
        **refusals(
            "api:user:key-not-here",
            "upload:user:no-file",
            "upload:user:no-consent",
            "upload:user:too-many-files",
            "upload:user:all-refused",
            "upload:user:request-too-big",
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
        304: UNCHANGED,
        **refusals("api:user:if-match", "api:user:changed"),
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
