"""The own account and its tokens."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema

from recognition.api.descriptions import samples
from recognition.api.descriptions.parts import (
    CONDITIONAL,
    CURSOR,
    EMPTY,
    IF_MATCH,
    IF_NONE_MATCH,
    answer,
    asked,
    etag,
    location,
    sent,
)
from recognition.api.schema import page_of, refusals
from recognition.api.serializers.account import (
    AccountSerializer,
    ChoicesSerializer,
    DeleteAccountSerializer,
)
from recognition.api.serializers.tokens import (
    MadeTokenSerializer,
    TokenSerializer,
    TokenWishSerializer,
)

ACCOUNT = {
    "username": "ada",
    "email": "ada@example.org",
    "role": "user",
    "name": "Ada",
    "language": "en",
    "time_zone": "Europe/Berlin",
    "retention_days": None,
    "consents_to_review": True,
    "review_consent_at": "2026-11-01T08:12:00Z",
    "consents_to_training": False,
    "training_consent_at": None,
    "limits": {
        "file_max_bytes": 100_000_000,
        "request_max_bytes": 1_000_000_000,
        "files_at_once": 200,
        "clip_min_s": 0.3,
        "clip_max_s": 600.0,
        "requests_per_minute": 600,
        "requests_per_minute_and_token": 300,
        "uploads_per_minute": 60,
        "tokens": 20,
    },
    "use": {"clips": 2, "bytes": 192_088, "seconds": 6.0, "tokens": 1},
}
TOKEN = {
    "id": samples.TOKEN_ID,
    "name": "nightly upload",
    "scopes": ["read", "upload"],
    "first_characters": "ser_4c1d",
    "created_at": samples.SENT_AT,
    "expires_at": "2027-01-31T09:30:00Z",
    "has_expired": False,
    "last_used_at": None,
}

GET = extend_schema(
    operation_id="get_account",
    tags=["account"],
    summary="Get your account",
    description=(
        "Who you are here, what you chose and agreed to, the limits of this site, and how much "
        "you use."
    ),
    parameters=[IF_NONE_MATCH, IF_MATCH, etag(200)],
    responses={
        200: answer(AccountSerializer, "Your account.", account=ACCOUNT),
        **CONDITIONAL,
    },
)
CHANGE = extend_schema(
    operation_id="change_account",
    tags=["account"],
    summary="Change what you chose",
    description=(
        "Name, language, time zone, how long clips are kept, and the two consents; what is not "
        "sent stays as it is. A consent that is withdrawn counts at once. It is a person’s to "
        "give, so that programs can only read it."
    ),
    parameters=[IF_MATCH, etag(200)],
    request=ChoicesSerializer,
    examples=[asked("a consent", {"consents_to_review": True})],
    responses={200: answer(AccountSerializer, "As it is now.", account=ACCOUNT)},
)
DELETE = extend_schema(
    operation_id="delete_account",
    tags=["account"],
    summary="Delete your account",
    description=(
        "With every clip, recording and token, at once and for good. Your password is asked for "
        "again, and can be tried a few times a minute. It is a person’s to do."
    ),
    parameters=[IF_MATCH],
    request=DeleteAccountSerializer,
    examples=[asked("with the password", {"password": "correct horse battery"})],
    responses={204: EMPTY, **refusals("account:user:password")},
)
DOWNLOAD = extend_schema(
    operation_id="download_account",
    tags=["account"],
    summary="Download all your data",
    description=(
        "A ZIP of everything that is kept about you: the account, each clip with what was ever "
        "said of it, and the recordings. It is sent while it is made, so that its length is not "
        "known before; one that ends without the list of its members, as ZIPs do, was broken off."
    ),
    parameters=[sent("Content-Disposition", "With a name for the file.", 200)],
    responses={(200, "application/zip"): OpenApiResponse(OpenApiTypes.BINARY, "The ZIP.")},
)
LIST_TOKENS = extend_schema(
    operation_id="list_tokens",
    tags=["tokens"],
    summary="List your tokens",
    description="What can be known of a token later: not the token itself.",
    parameters=[CURSOR],
    responses={
        200: answer(page_of(TokenSerializer, "Token"), "A page.", page=samples.page(TOKEN)),
        **refusals("api:user:cursor"),
    },
)
MAKE_TOKEN = extend_schema(
    operation_id="make_token",
    tags=["tokens"],
    summary="Make a token",
    description=(
        "The token itself stands in this answer and nowhere else: only its hash is kept. Scopes: "
        "`read` sees what is yours, `upload` hands in clips and changes what is yours, `review` "
        "works through the review queue."
    ),
    parameters=[location(201)],
    request=TokenWishSerializer,
    examples=[
        asked(
            "for uploads",
            {"name": "nightly upload", "scopes": ["read", "upload"], "expires_in_days": 90},
        )
    ],
    responses={
        201: answer(MadeTokenSerializer, "Made.", token=TOKEN | {"token": "ser_4c1d" + 60 * "0"}),
        **refusals("token:user:name-taken", "token:user:too-many", "token:user:reviewers-only"),
    },
)
GET_TOKEN = extend_schema(
    operation_id="get_token",
    tags=["tokens"],
    summary="Get what is known of a token",
    description="When it was made, when it was last used, when it expires, and what it may do.",
    parameters=[IF_NONE_MATCH, IF_MATCH, etag(200)],
    responses={
        200: answer(TokenSerializer, "The token.", token=TOKEN),
        **CONDITIONAL,
    },
)
REVOKE_TOKEN = extend_schema(
    operation_id="revoke_token",
    tags=["tokens"],
    summary="Revoke a token",
    description="For good: whoever uses it is answered 401 from now on.",
    parameters=[IF_MATCH],
    responses={204: EMPTY},
)
