"""Model versions as their open pages show them: nothing of single speakers."""

from typing import Any

from rest_framework import serializers

from recognition.models import ModelVersion
from recognition.presentation.models import NOT_FOR, data_rows, set_names
from recognition.presentation.scores import KINDS, SETS

FIGURES = ("uar", "uar_interval", "accuracy", "accuracy_interval", "macro_f1", "ece")
COUNTS = ("n_clips", "n_speakers", "n_refused")
ABOUT = (
    *("architecture", "sizes", "features", "emotions", "temperature", "code_version"),
    *("n_clips", "n_speakers", "data_hash"),
)


class IntervalSerializer(serializers.Serializer[dict[str, float]]):
    low = serializers.FloatField()
    high = serializers.FloatField()


class FiguresSerializer(serializers.Serializer[dict[str, Any]]):
    """Shares from 0 to 1 on speakers that were not heard in training; only what was measured."""

    uar = serializers.FloatField(required=False, help_text="The mean recall of the emotions.")
    uar_interval = IntervalSerializer(required=False)
    accuracy = serializers.FloatField(required=False)
    accuracy_interval = IntervalSerializer(required=False)
    macro_f1 = serializers.FloatField(required=False)
    ece = serializers.FloatField(required=False, help_text="By how much the confidence misses.")
    n_clips = serializers.IntegerField(required=False)
    n_speakers = serializers.IntegerField(required=False)
    n_refused = serializers.IntegerField(required=False)


class SetSerializer(serializers.Serializer[dict[str, Any]]):
    """All that was measured on one set of clips."""

    name = serializers.CharField()
    title = serializers.CharField()
    words = serializers.CharField()
    overall = FiguresSerializer()
    emotions = serializers.DictField(help_text="Precision, recall, F1 and clips of each.")
    confusion = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="Clips: a row for what it was, a column for what was heard, then refusals.",
    )
    corpora = serializers.DictField(child=FiguresSerializer())
    groups = serializers.DictField(child=serializers.DictField(child=FiguresSerializer()))
    reliability = serializers.ListField(child=serializers.DictField())
    coverage = serializers.ListField(child=serializers.DictField())


class CorpusSerializer(serializers.Serializer[Any]):
    """A corpus that it learned from."""

    name = serializers.CharField()
    license = serializers.CharField()
    meaning = serializers.CharField()


class ModelSerializer(serializers.ModelSerializer[ModelVersion]):
    is_serving = serializers.SerializerMethodField()
    figures = serializers.SerializerMethodField()

    class Meta:
        model = ModelVersion
        fields = [
            *("id", "name", "sha256", "status", "is_serving", "not_sure_below"),
            *("created_at", "promoted_at", "figures"),
        ]
        read_only_fields = fields

    def get_is_serving(self, version: ModelVersion) -> bool:
        return version.status == ModelVersion.Status.CHAMPION

    def get_figures(self, version: ModelVersion) -> dict[str, Any]:
        main: dict[str, Any] = version.main or {}  # type: ignore[attr-defined] # annotated
        return figures_of(main)


class CardSerializer(serializers.Serializer[dict[str, Any]]):
    about = serializers.DictField(help_text="What it is made of and learned from.")
    corpora = CorpusSerializer(many=True)
    must_not_be_used_for = serializers.ListField(child=serializers.CharField())


class ModelDetailSerializer(ModelSerializer):
    card = serializers.SerializerMethodField()
    sets = serializers.SerializerMethodField()

    class Meta(ModelSerializer.Meta):
        fields = [*ModelSerializer.Meta.fields, "card", "sets"]
        read_only_fields = fields

    def get_card(self, version: ModelVersion) -> dict[str, Any]:
        about = version.about
        card = {
            "about": {key: about[key] for key in ABOUT if key in about},
            "corpora": data_rows(about.get("licenses", {})),
            "must_not_be_used_for": [str(words) for words in NOT_FOR],
        }
        return dict(CardSerializer(card).data)

    def get_sets(self, version: ModelVersion) -> list[dict[str, Any]]:
        scores = version.scores
        return [set_of(name, scores[name]) for name in set_names(scores)]


def figures_of(found: dict[str, Any]) -> dict[str, Any]:
    return {key: found[key] for key in (*FIGURES, *COUNTS) if key in found}


def set_of(name: str, scores: dict[str, Any]) -> dict[str, Any]:
    title, words = SETS.get(name, (name, ""))
    overall, groups = scores["overall"], scores.get("by_group", {})
    return {
        "name": name,
        "title": str(title),
        "words": str(words),
        "overall": figures_of(overall),
        "emotions": overall.get("emotions", {}),
        "confusion": overall.get("confusion", []),
        "corpora": {key: figures_of(it) for key, it in scores.get("by_corpus", {}).items()},
        "groups": {
            kind: {key: figures_of(it) for key, it in groups[kind].items()}
            for kind in KINDS  # speakers are none of them
            if kind in groups
        },
        "reliability": scores.get("reliability", []),
        "coverage": scores.get("coverage", []),
    }
