"""Statistics of one's own clips, and the models."""

from drf_spectacular.utils import extend_schema

from recognition.api.descriptions import samples
from recognition.api.descriptions.filters import SINCE, UNTIL
from recognition.api.descriptions.parts import (
    CONDITIONAL,
    IF_MATCH,
    IF_NONE_MATCH,
    answer,
    etag,
    parameters_of,
)
from recognition.api.schema import page_of, refusals
from recognition.api.serializers.models import ModelDetailSerializer, ModelSerializer
from recognition.api.serializers.statistics import StatisticsSerializer
from recognition.forms.dashboard import DashboardForm

STATISTICS = {
    "period": {
        "range": "",
        "since": "2026-11-01",
        "until": "2026-11-02",
        "time_zone": "Europe/Berlin",
    },
    "totals": {
        "n_clips": 2,
        "n_heard": 2,
        "n_failed": 0,
        "seconds": 6.0,
        "mean_confidence": 0.61,
        "n_sure": 2,
        "n_judged": 1,
        "n_corrected": 1,
        "n_reviewed": 0,
        "first_at": samples.SENT_AT,
        "last_at": samples.HEARD_AT,
    },
    "figures": [
        {
            "slug": "activity",
            "title": "Clips and minutes over time",
            "words": "2 clips, 0.1 minutes.",
            "columns": ["day", "clips", "minutes"],
            "rows": [["2026-11-01", 0, 0.0], ["2026-11-02", 2, 0.1]],
        }
    ],
}
FIGURES = {
    "uar": 0.742,
    "uar_interval": {"low": 0.718, "high": 0.765},
    "accuracy": 0.751,
    "accuracy_interval": {"low": 0.729, "high": 0.772},
    "macro_f1": 0.739,
    "ece": 0.021,
    "n_clips": 2076,
    "n_speakers": 36,
    "n_refused": 4,
}
MODEL = {
    "id": 3,
    "name": "three-networks",
    "sha256": samples.SHA256,
    "status": "champion",
    "is_serving": True,
    "not_sure_below": 0.41,
    "created_at": "2026-10-01T08:00:00Z",
    "promoted_at": "2026-10-02T12:00:00Z",
    "figures": FIGURES,
}
CARD = {
    "about": {"architecture": "conformer", "temperature": 1.31, "n_clips": 11452},
    "corpora": [
        {"name": "CREMA-D", "license": "ODbL 1.0", "meaning": "free, with the source named"}
    ],
    "must_not_be_used_for": ["Saying what somebody feels: an expression is not a feeling."],
}
SET = {
    "name": "gold",
    "title": "Gold set",
    "words": "People set apart for ever, whom no model learns from: it decides what serves.",
    "overall": FIGURES,
    "emotions": {"happy": {"precision": 0.71, "recall": 0.69, "f1": 0.7, "n_clips": 260}},
    "confusion": [[201, 12], [17, 243]],
    "corpora": {"cremad": FIGURES},
    "groups": {"sex": {"f": FIGURES}},
    "reliability": [],
    "coverage": [],
}

GET_STATISTICS = extend_schema(
    operation_id="get_statistics",
    tags=["statistics"],
    summary="See how your clips develop",
    description=(
        "What the dashboard draws, as numbers: the totals of the period and, if there are clips, "
        "the table of each figure. `since` and `until` go before `range`; days are those of your "
        "time zone, and 30 of them are meant where nothing is named."
    ),
    parameters=parameters_of(
        DashboardForm,
        {
            "range": "So many days up to today, which counts; without `since` and `until`.",
            "since": SINCE,
            "until": UNTIL,
        },
    ),
    responses={
        200: answer(StatisticsSerializer, "The figures.", two_days=STATISTICS),
        **refusals("api:user:invalid"),
    },
)
LIST_MODELS = extend_schema(
    operation_id="list_models",
    tags=["models"],
    summary="List the model versions",
    description=(
        "The one that serves first, then the newest, each with its figures on its main set of "
        "clips. All stand on one page."
    ),
    responses={
        200: answer(page_of(ModelSerializer, "Model"), "All of them.", page=samples.page(MODEL))
    },
)
GET_MODEL = extend_schema(
    operation_id="get_model",
    tags=["models"],
    summary="Get a model version with its card",
    description=(
        "What it is made of and learned from, what it must not be used for, and all that was "
        "measured of it: on which set of clips, by emotion, corpus and group of speakers."
    ),
    parameters=[IF_NONE_MATCH, IF_MATCH, etag(200)],
    responses={
        200: answer(
            ModelDetailSerializer, "The version.", serving=MODEL | {"card": CARD, "sets": [SET]}
        ),
        **CONDITIONAL,
    },
)
