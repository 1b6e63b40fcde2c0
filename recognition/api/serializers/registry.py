"""Every model version with where it came from, and what challengers say in the shadow."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from recognition.api.serializers.base import StrictSerializer
from recognition.api.serializers.models import ModelSerializer
from recognition.api.serializers.monitoring import VersionNameSerializer
from recognition.models import ModelVersion, Promotion
from recognition.presentation import registry as shown
from recognition.presentation.models import Change, licenses_of
from recognition.presentation.shadow import figures_of
from recognition.presentation.verdicts import OUTCOMES, reason_rows
from recognition.selectors.registry import ancestors, children_of, pairing, promotions_of


class RegisteredSerializer(ModelSerializer):
    """With where it came from."""

    parent = VersionNameSerializer(allow_null=True, help_text="What it was fine-tuned from.")
    data_hash = serializers.SerializerMethodField()
    seed = serializers.SerializerMethodField()
    code_version = serializers.SerializerMethodField()
    licenses = serializers.SerializerMethodField()
    verdict = serializers.SerializerMethodField()

    class Meta(ModelSerializer.Meta):
        fields = [
            *ModelSerializer.Meta.fields,
            *("parent", "data_hash", "seed", "code_version", "licenses", "verdict"),
            *("shadow_share", "alarm_code", "alarm_at", "removed_at"),
        ]
        read_only_fields = fields

    def get_data_hash(self, version: ModelVersion) -> str:
        return shown.data_hash_of(version)

    def get_seed(self, version: ModelVersion) -> int | None:
        return shown.seed_number(version)

    def get_code_version(self, version: ModelVersion) -> str:
        return shown.code_version_of(version)

    def get_licenses(self, version: ModelVersion) -> list[str]:
        return licenses_of(version)

    def get_verdict(self, version: ModelVersion) -> str:
        """Of the gate: better, not-better, cannot-tell, or empty."""
        outcome = shown.verdict_of(shown.run_of(version)).get("outcome", "")
        return outcome if outcome in OUTCOMES else ""


class ReasonSerializer(serializers.Serializer[Any]):
    """One thing that the gate looked at."""

    what = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()
    words = serializers.CharField()
    is_good = serializers.BooleanField()


class PromotionSerializer(serializers.ModelSerializer[Promotion]):
    version = VersionNameSerializer()
    previous = VersionNameSerializer(allow_null=True)

    class Meta:
        model = Promotion
        fields = ["kind", "version", "previous", "by_name", "forced_reason", "created_at"]
        read_only_fields = fields


class RegisteredDetailSerializer(RegisteredSerializer):
    """With its report."""

    files = serializers.SerializerMethodField()
    reasons = serializers.SerializerMethodField()
    ancestors = serializers.SerializerMethodField()
    children = serializers.SerializerMethodField()
    promotions = serializers.SerializerMethodField()
    report = serializers.SerializerMethodField()

    class Meta(RegisteredSerializer.Meta):
        fields = [
            *RegisteredSerializer.Meta.fields,
            *("files", "reasons", "ancestors", "children", "promotions", "report"),
        ]
        read_only_fields = fields

    def get_files(self, version: ModelVersion) -> str:
        """Where they are, in words."""
        return shown.place_of(version)

    def get_reasons(self, version: ModelVersion) -> list[dict[str, Any]]:
        reasons = shown.verdict_of(shown.run_of(version)).get("reasons", [])
        return list(ReasonSerializer(reason_rows(reasons), many=True).data)

    def get_ancestors(self, version: ModelVersion) -> list[dict[str, Any]]:
        return list(VersionNameSerializer(ancestors(version), many=True).data)

    def get_children(self, version: ModelVersion) -> list[dict[str, Any]]:
        return list(VersionNameSerializer(children_of(version), many=True).data)

    def get_promotions(self, version: ModelVersion) -> list[dict[str, Any]]:
        return list(PromotionSerializer(promotions_of(version), many=True).data)

    def get_report(self, version: ModelVersion) -> dict[str, Any]:
        return shown.report_of(version)


class ChangeSerializer(serializers.Serializer[Change]):
    what = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()
    difference = serializers.CharField(help_text="Empty where there is no figure.")
    is_better = serializers.BooleanField(allow_null=True, help_text="Null: no sense in asking.")


class DifferenceSerializer(serializers.Serializer[dict[str, Any]]):
    before = VersionNameSerializer()
    after = VersionNameSerializer()
    is_same_measure = serializers.BooleanField(help_text="Both were measured on the same clips.")
    changes = ChangeSerializer(many=True)
    recalls = ChangeSerializer(many=True, help_text="Of each emotion that both were asked for.")


class ListenerSerializer(VersionNameSerializer):
    """A version that listens beside the serving one, or once did."""

    share = serializers.FloatField(source="shadow_share", help_text="Of live clips, from 0 to 1.")
    n_heard = serializers.IntegerField()

    class Meta(VersionNameSerializer.Meta):
        fields = [*VersionNameSerializer.Meta.fields, "created_at", "share", "n_heard"]
        read_only_fields = fields


class SideSerializer(serializers.Serializer[dict[str, Any]]):
    n_right = serializers.IntegerField(help_text="Of the clips that a person judged.")
    n_not_sure = serializers.IntegerField()
    mean_confidence = serializers.FloatField(allow_null=True)
    median_ms = serializers.FloatField(allow_null=True, help_text="For one clip.")


class ComparisonSerializer(serializers.Serializer[dict[str, Any]]):
    """Both on the same live clips. Mostly judged is what the serving one got wrong."""

    served = VersionNameSerializer(help_text="What answered most of the clips.")
    n_clips = serializers.IntegerField()
    n_same = serializers.IntegerField()
    n_judged = serializers.IntegerField()
    n_only_served_right = serializers.IntegerField()
    n_only_challenger_right = serializers.IntegerField()
    served_figures = SideSerializer()
    challenger_figures = SideSerializer()
    emotion_names = serializers.ListField(child=serializers.CharField())
    heard = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="Clips: a row for what was served, a column for what the challenger says.",
    )


class ListenerDetailSerializer(ListenerSerializer):
    comparison = serializers.SerializerMethodField()

    class Meta(ListenerSerializer.Meta):
        fields = [*ListenerSerializer.Meta.fields, "comparison"]
        read_only_fields = fields

    @extend_schema_field(ComparisonSerializer(allow_null=True))
    def get_comparison(self, version: ModelVersion) -> dict[str, Any] | None:
        """Null before the first clip."""
        found = pairing(version)
        return dict(ComparisonSerializer(figures_of(found)).data) if found else None


class ShareSerializer(StrictSerializer):
    share = serializers.FloatField(
        min_value=0, max_value=1, help_text="Of the live clips, from 0 to 1."
    )
