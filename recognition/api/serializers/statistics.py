"""The dashboard as data."""

from typing import Any

from rest_framework import serializers

from recognition.forms.dashboard import RANGES
from recognition.selectors.dashboard import Totals


class PeriodSerializer(serializers.Serializer[dict[str, Any]]):
    """Whole days, both ends included; null: without this end."""

    range = serializers.ChoiceField(
        choices=RANGES, allow_blank=True, help_text="Empty for days of one's own."
    )
    since = serializers.DateField(allow_null=True)
    until = serializers.DateField(allow_null=True)
    time_zone = serializers.CharField()


class TotalsSerializer(serializers.Serializer[Totals]):
    n_clips = serializers.IntegerField()
    n_heard = serializers.IntegerField()
    n_failed = serializers.IntegerField()
    seconds = serializers.FloatField()
    mean_confidence = serializers.FloatField(allow_null=True)
    n_sure = serializers.IntegerField()
    n_judged = serializers.IntegerField()
    n_corrected = serializers.IntegerField()
    n_reviewed = serializers.IntegerField()
    first_at = serializers.DateTimeField(allow_null=True)
    last_at = serializers.DateTimeField(allow_null=True)


class FigureSerializer(serializers.Serializer[dict[str, Any]]):
    """The table under a chart of the dashboard."""

    slug = serializers.CharField()
    title = serializers.CharField()
    words = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
    rows = serializers.ListField(
        child=serializers.ListField(child=serializers.JSONField()),
        help_text="In the order of the columns. Emotions, days and figures, not their words.",
    )


class StatisticsSerializer(serializers.Serializer[dict[str, Any]]):
    period = PeriodSerializer()
    totals = TotalsSerializer()
    figures = FigureSerializer(many=True, help_text="None without clips.")
