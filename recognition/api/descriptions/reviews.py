"""The reviewer's work."""

from drf_spectacular.utils import extend_schema, inline_serializer

from mlcore.labels import EMOTIONS
from recognition.api.descriptions import samples
from recognition.api.descriptions.clip_parts import AUDIO, AUDIO_HEADERS
from recognition.api.descriptions.parts import answer, asked, one_of_a_kind
from recognition.api.schema import refusals
from recognition.api.serializers.reviews import (
    AnswerSerializer,
    AnswerWishSerializer,
    GivenSerializer,
    NextSerializer,
    QueueSerializer,
    ReleasedSerializer,
    ReviewSerializer,
)
from recognition.services.review import REASON_LENGTH

TAGS = ["reviews"]
HELD = {
    "id": samples.CLIP_ID,
    "duration_s": 3.0,
    "audio": f"/api/v1/reviews/{samples.CLIP_ID}/audio/",
    "is_conflict": False,
    "held_until": "2026-11-02T09:50:00Z",
}
QUEUE = {"clip": HELD, "next": None, "n_waiting": 14, "n_today": 3}
NOTHING_HELD = QUEUE | {"clip": None}
REVIEW = {
    "id": 31,
    "clip": samples.CLIP_ID,
    "kind": "heard",
    "emotion": "happy",
    "reason": "",
    "was_blind": True,
    "created_at": "2026-11-02T09:41:20Z",
}
SKIP = REVIEW | {"kind": "skipped", "emotion": "", "reason": "two people speak"}


OPINION = {
    "oneOf": [
        one_of_a_kind("heard", emotion={"type": "string", "enum": list(EMOTIONS)}),
        one_of_a_kind(
            "skipped", reason={"type": "string", "pattern": "\\S", "maxLength": REASON_LENGTH}
        ),
        one_of_a_kind("bad-audio"),
    ]
}
QUEUE_STATE = extend_schema(
    operation_id="get_review_queue",
    tags=TAGS,
    summary="See what you hold to review",
    description=(
        "The clip to review now, the one after it, and how many wait. It claims nothing: "
        "`claim_review` does. A clip comes without what the model hears and without whose voice it "
        "is, so that nobody is swayed."
    ),
    responses={
        200: answer(QueueSerializer, "What you hold.", held=QUEUE, nothing_held=NOTHING_HELD)
    },
)
CLAIM = extend_schema(
    operation_id="claim_review",
    tags=TAGS,
    summary="Claim the next clip to review",
    description=(
        "Holds a clip and the next one for you, so that nobody else works on them meanwhile; what "
        "you hold already you keep. `clip` names one that is wanted before all others, if it may "
        "be reviewed."
    ),
    request=NextSerializer,
    examples=[asked("any clip", {}), asked("this clip", {"clip": samples.CLIP_ID})],
    responses={
        200: answer(QueueSerializer, "What you hold now.", held=QUEUE, nothing_waits=NOTHING_HELD)
    },
)
RELEASE = extend_schema(
    operation_id="release_reviews",
    tags=TAGS,
    summary="Let go of the clips that you hold",
    description="So that others may review them at once. There is no body to send.",
    request=None,
    responses={200: answer(ReleasedSerializer, "How many were let go.", both={"n_clips": 2})},
)
UNDO = extend_schema(
    operation_id="undo_review",
    tags=TAGS,
    summary="Take back what you said last",
    description=(
        "And before it what you said before. The clip comes first again, if it can still be "
        "reviewed. There is no body to send."
    ),
    request=None,
    responses={
        200: answer(
            inline_serializer(
                "UndoneReview", {"review": ReviewSerializer(), "queue": QueueSerializer()}
            ),
            "What was taken back, and what you hold now.",
            undone={"review": REVIEW, "queue": QUEUE},
        ),
        **refusals("review:user:nothing-to-undo"),
    },
)
REVEAL = extend_schema(
    operation_id="reveal_answer",
    tags=TAGS,
    summary="See what the model hears in a clip that you hold",
    description=(
        "And what its owner and other reviewers said. With the `emotion` that you have chosen: if "
        "you then say another one, or without it, it is noted that you had seen the answer, and "
        "your opinion does not count where agreement is measured. What was chosen first stays. "
        "Who wants to see every answer at once asks like this for each clip without an emotion."
    ),
    request=AnswerWishSerializer,
    examples=[asked("after a choice", {"emotion": "happy"}), asked("at once", {})],
    responses={
        200: answer(
            AnswerSerializer,
            "Shown, and noted.",
            shown={
                "prediction": samples.PREDICTION,
                "corrected_emotion": "",
                "opinions": [{"kind": "heard", "emotion": "sad"}],
            },
        )
    },
)
GIVE = extend_schema(
    operation_id="give_review",
    tags=TAGS,
    summary="Say what you hear in a clip",
    description=(
        "Of a clip that you hold: an emotion with the kind `heard`, a reason with the kind "
        "`skipped`, or `bad-audio` alone. The answer tells what the model hears; after a skip "
        "not even that. `reveal_answer` tells it before."
    ),
    request={"application/json": OPINION},
    examples=[
        asked("heard", {"kind": "heard", "emotion": "happy"}),
        asked("skipped", {"kind": "skipped", "reason": "two people speak"}),
        asked("bad audio", {"kind": "bad-audio"}),
    ],
    responses={
        201: answer(
            GivenSerializer,
            "Noted.",
            heard={"review": REVIEW, "prediction": samples.PREDICTION},
            skipped={"review": SKIP, "prediction": None},
        ),
        **refusals(
            "review:user:no-reason",
            "review:user:settled",
            "review:user:twice",
            "review:user:claimed",
            "review:user:not-held",
            "review:user:withdrawn",
        ),
    },
)
GET_AUDIO = extend_schema(
    operation_id="get_review_audio",
    tags=TAGS,
    summary="Get the recording of a clip to review",
    description="Like `get_clip_audio`, for clips that you may review.",
    parameters=AUDIO_HEADERS,
    responses=AUDIO,
)
