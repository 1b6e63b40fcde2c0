"""What the staff sees of the site and of its models."""

from drf_spectacular.utils import extend_schema

from recognition.api.descriptions import samples
from recognition.api.descriptions.figures import MODEL
from recognition.api.descriptions.parts import (
    CONDITIONAL,
    IF_MATCH,
    IF_NONE_MATCH,
    answer,
    asked,
    etag,
    parameters_of,
)
from recognition.api.schema import page_of, refusals
from recognition.api.serializers.monitoring import HoursSerializer, MonitoringSerializer
from recognition.api.serializers.registry import (
    DifferenceSerializer,
    ListenerDetailSerializer,
    ListenerSerializer,
    RegisteredDetailSerializer,
    RegisteredSerializer,
    ShareSerializer,
)
from recognition.forms.registry import DifferenceForm

CHAMPION = {
    "id": 3,
    "name": "three-networks",
    "sha256": samples.SHA256,
    "status": "champion",
}
CHALLENGER = {
    "id": 5,
    "name": "tuned",
    "sha256": samples.SHA256[::-1],
    "status": "challenger",
}
EMOTIONS = list(samples.POSTERIORS)
MOVEMENT = {"expected": [260, 255], "observed": [31, 12], "psi": 0.04, "by_chance": 0.06}
STATE = {
    "hours": 24,
    "as_of": samples.HEARD_AT,
    "alarms": [],
    "checks": [
        {
            "slug": "queue-age",
            "level": "good",
            "name": "Longest wait in the queue",
            "value": "0 ms",
            "words": "How long the clip that waits longest does.",
        }
    ],
    "queue": {"n_waiting": 0, "n_running": 0, "oldest_s": 0.0},
    "outcomes": {
        "n_clips": 43,
        "n_done": 43,
        "n_failed": 0,
        "n_no_speech": 0,
        "n_not_sure": 4,
        "duration_s": 3.1,
        "wait_s": 0.05,
        "slow_wait_s": 0.4,
        "work_s": 0.06,
        "slow_work_s": 0.2,
    },
    "throughput": [{"start": samples.SENT_AT, "n_clips": 43, "n_done": 43, "n_failed": 0}],
    "failures": [],
    "emotion_names": EMOTIONS,
    "drift": {
        "version": CHAMPION,
        "is_measured": True,
        "emotions": MOVEMENT,
        "confidence": MOVEMENT,
    },
    "serving_since": "2026-10-02T12:00:00Z",
    "versions": [
        CHAMPION
        | {"n_clips": 43, "n_judged": 6, "n_wrong": 2, "mean_confidence": 0.64, "level": "good"}
    ],
    "training": {
        "last_done": None,
        "last_failed": None,
        "running": None,
        "n_corrections": 2,
        "n_settled": 0,
    },
    "other_work": [{"n_waiting": 0, "n_running": 0, "oldest_s": 0.0, "name": "portrait"}],
}
REGISTERED = MODEL | {
    **CHALLENGER,
    "is_serving": False,
    "promoted_at": None,
    "parent": CHAMPION,
    "data_hash": samples.SHA256,
    "seed": 42,
    "code_version": "1.4.0",
    "licenses": ["CC BY-NC-SA 4.0", "ODbL 1.0"],
    "verdict": "not-better",
    "shadow_share": 0.1,
    "alarm_code": "",
    "alarm_at": None,
    "removed_at": None,
}
REASON = {
    "what": "recall of “sad”",
    "before": "70.0 %",
    "after": "50.0 %",
    "words": "may fall by 5.0 points",
    "is_good": False,
}
PROMOTION = {
    "kind": "shipped",
    "version": CHAMPION,
    "previous": None,
    "by_name": "command line",
    "forced_reason": "",
    "created_at": "2026-10-02T12:00:00Z",
}
DETAIL = REGISTERED | {
    "files": "in the media storage, models/5",
    "reasons": [REASON],
    "ancestors": [CHAMPION],
    "children": [],
    "promotions": [PROMOTION],
    "report": {
        "name": "tuned",
        "sha256": samples.SHA256[::-1],
        "status": "challenger",
        "parent": samples.SHA256,
        "data_hash": samples.SHA256,
        "seed": 42,
        "code_version": "1.4.0",
        "about": {"architecture": "conformer", "n_clips": 11512},
        "scores": {},
        "training": {"outcome": "trained"},
    },
}
CHANGE = {
    "what": "UAR",
    "before": "74.2 %",
    "after": "75.0 %",
    "difference": "+0.8 points",
    "is_better": True,
}
LISTENER = CHALLENGER | {"created_at": samples.SENT_AT, "share": 0.1, "n_heard": 40}
SIDE = {"n_right": 3, "n_not_sure": 4, "mean_confidence": 0.64, "median_ms": 41.0}
COMPARISON = {
    "served": CHAMPION,
    "n_clips": 40,
    "n_same": 31,
    "n_judged": 5,
    "n_only_served_right": 1,
    "n_only_challenger_right": 2,
    "served_figures": SIDE,
    "challenger_figures": SIDE | {"n_right": 4, "median_ms": 44.5},
    "emotion_names": EMOTIONS,
    "heard": [[31, 9], [0, 0]],
}

MONITORING = extend_schema(
    operation_id="get_monitoring",
    tags=["monitoring"],
    summary="See how the site does",
    description=(
        "What is in order and what is not, and the figures behind it: queue, outcomes, failures, "
        "drift of the serving model, what people said of each version, and trainings. Hours and "
        "days are those of your time zone."
    ),
    parameters=[HoursSerializer],
    responses={
        200: answer(MonitoringSerializer, "The figures.", one_day=STATE),
        **refusals("api:user:invalid"),
    },
)
LIST_REGISTRY = extend_schema(
    operation_id="list_registry",
    tags=["registry"],
    summary="List the versions with where they came from",
    description=(
        "Every model version: what it was fine-tuned from, on which data, with which seed and "
        "code, and what the gate said of it. The one that serves first, then the newest; all "
        "stand on one page."
    ),
    responses={
        200: answer(
            page_of(RegisteredSerializer, "Registered"),
            "All of them.",
            page=samples.page(REGISTERED),
        )
    },
)
GET_REGISTERED = extend_schema(
    operation_id="get_registered",
    tags=["registry"],
    summary="Get a version with its report",
    description=(
        "With the reasons of the gate, its ancestors and children, when it served, and the report "
        "that the page offers as a file: all that was stored of how it was trained and measured."
    ),
    parameters=[IF_NONE_MATCH, IF_MATCH, etag(200)],
    responses={
        200: answer(RegisteredDetailSerializer, "The version.", tuned=DETAIL),
        **CONDITIONAL,
    },
)
DIFFERENCE = extend_schema(
    operation_id="get_difference",
    tags=["registry"],
    summary="Compare two versions",
    description="What differs in figures, parts and origin, in words as the page has them.",
    parameters=parameters_of(
        DifferenceForm,
        {
            "before": "The id of a model version, as `get_registry` gives it.",
            "after": "The id of the version that is held against it.",
        },
    ),
    responses={
        200: answer(
            DifferenceSerializer,
            "What differs.",
            tuned={
                "before": CHAMPION,
                "after": CHALLENGER,
                "is_same_measure": True,
                "changes": [CHANGE],
                "recalls": [CHANGE | {"what": "Sad"}],
            },
        ),
        **refusals("api:user:invalid"),
    },
)
LIST_SHADOWS = extend_schema(
    operation_id="list_shadows",
    tags=["shadow"],
    summary="List the versions that listen in the shadow",
    description=(
        "Candidates, and whatever once listened beside the serving version without being heard. "
        "Those that listen now first; all stand on one page."
    ),
    responses={
        200: answer(
            page_of(ListenerSerializer, "Listener"), "All of them.", page=samples.page(LISTENER)
        )
    },
)
GET_SHADOW = extend_schema(
    operation_id="get_shadow",
    tags=["shadow"],
    summary="See what a version says in the shadow",
    description=(
        "Beside what was served, on the same live clips. People mostly judge what the serving "
        "version got wrong, so `n_right` speaks for the candidate more than it deserves."
    ),
    parameters=[IF_NONE_MATCH, IF_MATCH, etag(200)],
    responses={
        200: answer(
            ListenerDetailSerializer,
            "The version.",
            listening=LISTENER | {"comparison": COMPARISON},
        ),
        **CONDITIONAL,
    },
)
SET_SHARE = extend_schema(
    operation_id="set_shadow_share",
    tags=["shadow"],
    summary="Say how much a candidate hears",
    description=(
        "The share of the live clips, from 0 to 1; 0: none from now on. It takes the right to "
        "change model versions, as the page does."
    ),
    parameters=[IF_MATCH, etag(200)],
    request=ShareSerializer,
    examples=[asked("every tenth clip", {"share": 0.1})],
    responses={
        200: answer(
            ListenerDetailSerializer,
            "As it is now.",
            listening=LISTENER | {"comparison": COMPARISON},
        ),
        **refusals(
            "api:user:permission-denied",
            "promote:user:no-challenger",
            "promote:user:removed",
        ),
    },
)
