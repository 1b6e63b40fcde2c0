"""How far reviewers agree."""

from typing import Any

from drf_spectacular.utils import extend_schema

from recognition.api.descriptions import samples
from recognition.api.descriptions.parts import answer
from recognition.api.serializers.agreement import AgreementSerializer

TAGS = ["reviews"]
PAIR = {"n": 40, "kappa": 0.71, "level": "fair"}
REVIEWER = {
    "name": "grace",
    "n": 60,
    "n_shared": 40,
    "kappa": 0.71,
    "level": "fair",
    "n_settled": 38,
    "n_like_settled": 35,
}
REPORT: dict[str, Any] = {
    "n_opinions": 120,
    "n_clips": 80,
    "n_shared": 40,
    "alpha": 0.71,
    "level": "fair",
    "emotions": [{"emotion": "happy", "n": 9, "alpha": 0.83, "level": "few"}],
    "reviewers": [REVIEWER, REVIEWER | {"name": "joan"}],
    "pairs": [PAIR | {"first": "grace", "second": "joan"}],
    "model": {"n": 38, "kappa": 0.62, "level": "poor"},
    "owner": {"n": 4, "kappa": None, "level": ""},
}
CONFLICT = {
    "clip": samples.CLIP_ID,
    "duration_s": 3.0,
    "created_at": samples.SENT_AT,
    "may_decide": False,
    "n_opinions": 2,
    "opinions": [
        {"reviewer": "grace", "kind": "heard", "emotion": "happy"},
        {"reviewer": "joan", "kind": "bad-audio", "emotion": ""},
    ],
}
MEASURED: dict[str, Any] = {
    "state": "done",
    "error": None,
    "measured_at": samples.HEARD_AT,
    "report": REPORT,
    "conflicts": [CONFLICT, CONFLICT | {"may_decide": True, "opinions": []}],
}
ASKED: dict[str, Any] = {
    "state": "queued",
    "error": None,
    "measured_at": None,
    "report": None,
    "conflicts": [],
}

GET = extend_schema(
    operation_id="get_agreement",
    tags=TAGS,
    summary="See how far reviewers agree",
    description=(
        "Krippendorff’s alpha of all, Cohen’s kappa two by two, and the clips on which reviewers "
        "disagree. 1 is always, 0 is what chance would do. Only opinions count that were chosen "
        "before the model’s answer and other opinions were shown. A level is good from 0.8 on, "
        "fair from 0.667 on. Reading measures nothing: `measure_agreement` does."
    ),
    responses={
        200: answer(
            AgreementSerializer,
            "How it was measured last.",
            measured=MEASURED,
            never_measured=ASKED | {"state": "none"},
        )
    },
)
MEASURE = extend_schema(
    operation_id="measure_agreement",
    tags=TAGS,
    summary="Have it measured how far reviewers agree",
    description=(
        "Of all that has been said so far, once: where nothing was said since then, the report is "
        "there. Otherwise ask `get_agreement` until its state is done. There is no body to send."
    ),
    request=None,
    responses={
        200: answer(AgreementSerializer, "Measured already.", measured=MEASURED),
        202: answer(AgreementSerializer, "It will be measured.", asked=ASKED),
    },
)
