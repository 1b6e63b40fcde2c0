from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from recognition.api.serializers.base import StrictSerializer
from recognition.forms.account import RETENTIONS, time_zones

RETENTION_DAYS = [int(days) for days, _words in RETENTIONS if days]


class LimitsSerializer(serializers.Serializer[Any]):
    """What this site takes."""

    file_max_bytes = serializers.IntegerField()
    request_max_bytes = serializers.IntegerField()
    files_at_once = serializers.IntegerField()
    clip_min_s = serializers.FloatField()
    clip_max_s = serializers.FloatField()
    requests_per_minute = serializers.IntegerField()
    requests_per_minute_and_token = serializers.IntegerField()
    uploads_per_minute = serializers.IntegerField()
    tokens = serializers.IntegerField()


class UseSerializer(serializers.Serializer[Any]):
    """What is there now; deleted clips don't count."""

    clips = serializers.IntegerField()
    bytes = serializers.IntegerField()
    seconds = serializers.FloatField()
    tokens = serializers.IntegerField()


class AccountSerializer(serializers.Serializer[Any]):
    username = serializers.CharField()
    email = serializers.EmailField()
    role = serializers.ChoiceField(
        choices=["user", "reviewer", "senior-reviewer", "administrator"],
        help_text="The most that the account may do.",
    )
    name = serializers.CharField()
    language = serializers.CharField(help_text="Empty: the browser’s.")
    time_zone = serializers.CharField(help_text="Empty: UTC.")
    retention_days = serializers.IntegerField(
        allow_null=True, help_text="Older clips are deleted for good; null: none is."
    )
    consents_to_review = serializers.BooleanField()
    review_consent_at = serializers.DateTimeField(allow_null=True)
    consents_to_training = serializers.BooleanField()
    training_consent_at = serializers.DateTimeField(allow_null=True)
    limits = LimitsSerializer()
    use = UseSerializer()


class ChoicesSerializer(StrictSerializer):
    """What is not named stays as it is."""

    name = serializers.CharField(required=False, allow_blank=True, max_length=150)
    language = serializers.ChoiceField(
        required=False, allow_blank=True, choices=[code for code, _name in settings.LANGUAGES]
    )
    time_zone = serializers.CharField(required=False, allow_blank=True)
    retention_days = serializers.ChoiceField(
        required=False, allow_null=True, choices=RETENTION_DAYS
    )
    consents_to_review = serializers.BooleanField(
        required=False, help_text="Reviewers may listen to my clips and check their labels."
    )
    consents_to_training = serializers.BooleanField(
        required=False, help_text="My clips and what I corrected may teach new models."
    )

    def validate_time_zone(self, zone: str) -> str:
        if zone and zone not in time_zones():
            words = _(
                "There is no time zone “%(zone)s”. Give its name as in Europe/Berlin, or nothing "
                "for UTC."
            )
            raise serializers.ValidationError(words % {"zone": zone[:60]}, code="time-zone")
        return zone


class DeleteAccountSerializer(StrictSerializer):
    password = serializers.CharField(
        trim_whitespace=False, max_length=4096, help_text="Yours, once more."
    )
