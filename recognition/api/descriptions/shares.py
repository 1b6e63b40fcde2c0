"""Links by which anybody may see and hear a clip."""

from drf_spectacular.utils import extend_schema

from recognition.api.descriptions.parts import EMPTY, answer, asked
from recognition.api.serializers.shares import ShareSerializer, ShareWishSerializer

TAGS = ["clips"]
SHARE = {
    "url": "http://localhost:8000/s/5Jq2m0aV7cXw9RkT3yBzNf6LhPdGsUe1/",
    "expires_at": "2026-11-09T09:30:00Z",
}
NONE = {"url": None, "expires_at": None}

GET = extend_schema(
    operation_id="get_clip_share",
    tags=TAGS,
    summary="See the link to a clip",
    description="The one that works now; null where none does. Only for the clip’s owner.",
    responses={200: answer(ShareSerializer, "The link.", shared=SHARE, not_shared=NONE)},
)
MAKE = extend_schema(
    operation_id="share_clip",
    tags=TAGS,
    summary="Make a link to a clip",
    description=(
        "Whoever has the link sees the result and hears the recording, without an account and "
        "without a word about whose it is. A link that works already is kept, and works at least "
        "so long from now."
    ),
    request=ShareWishSerializer,
    examples=[asked("a week", {"days": 7})],
    responses={
        200: answer(ShareSerializer, "The link that worked already.", prolonged=SHARE),
        201: answer(ShareSerializer, "Made.", made=SHARE),
    },
)
WITHDRAW = extend_schema(
    operation_id="withdraw_clip_share",
    tags=TAGS,
    summary="Withdraw the link to a clip",
    description="It opens nothing from now on. To withdraw it twice is no error.",
    responses={204: EMPTY},
)
