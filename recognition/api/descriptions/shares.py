"""Links by which anybody may see and hear a clip."""

from drf_spectacular.utils import extend_schema

from recognition.api.descriptions import samples
from recognition.api.descriptions.parts import EMPTY, IF_CLIP_MATCHES, answer, asked
from recognition.api.schema import refusals
from recognition.api.serializers.shares import (
    SharedSerializer,
    ShareSerializer,
    ShareWishSerializer,
)

TAGS = ["clips"]
SHARE = {
    "url": "http://localhost:8000/s/5Jq2m0aV7cXw9RkT3yBzNf6LhPdGsUe1/",
    "expires_at": "2026-11-09T09:30:00Z",
}
SHARED = {
    "expires_at": SHARE["expires_at"],
    "audio_url": f"{SHARE['url']}audio/",
    "clip": {
        "is_final": True,
        "duration_s": 3.0,
        "prediction": {
            name: samples.PREDICTION[name]
            for name in ("emotion", "confidence", "is_sure", "posteriors")
        },
        "place": samples.PLACE,
        "trust": samples.TRUST,
        "error": None,
    },
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
    parameters=[IF_CLIP_MATCHES],
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
    parameters=[IF_CLIP_MATCHES],
    responses={204: EMPTY},
)
OPEN = extend_schema(
    operation_id="open_shared_clip",
    tags=TAGS,
    summary="Open a link to a clip",
    description=(
        "For whoever has the link `/s/<token>/`: what its page shows, and no more. The recording "
        "is at `audio_url`."
    ),
    responses={
        200: answer(SharedSerializer, "The clip.", shared=SHARED),
        **refusals(
            "share:user:unknown", "share:user:expired", "share:user:withdrawn", "share:user:deleted"
        ),
    },
)
