"""Links by which anybody may see and hear a clip."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from recognition.api.serializers.base import StrictSerializer
from recognition.api.serializers.clips import (
    ErrorSerializer,
    NewestPredictionSerializer,
    OutcomeSerializer,
)
from recognition.models import Clip, Share
from recognition.presentation.actions import share_address, shared_audio_address
from recognition.services.share import PERIODS_DAYS

PERIODS = [(days, days) for days in PERIODS_DAYS]


class ShareWishSerializer(StrictSerializer):
    days = serializers.ChoiceField(choices=PERIODS, help_text="For how long it works.")


class ShareSerializer(serializers.Serializer[dict[str, Any]]):
    """Both null where no link works."""

    url = serializers.URLField(
        allow_null=True, help_text="Whoever has it sees the result and hears the recording."
    )
    expires_at = serializers.DateTimeField(allow_null=True)


def share_body(share: Share | None) -> dict[str, Any]:
    found = {
        "url": share and share_address(share),
        "expires_at": share and share.expires_at,
    }
    return dict(ShareSerializer(found).data)


class SharedPredictionSerializer(NewestPredictionSerializer):
    class Meta(NewestPredictionSerializer.Meta):
        fields = ["emotion", "confidence", "is_sure", "posteriors"]
        read_only_fields = fields


class SharedClipSerializer(OutcomeSerializer):
    """Not a word about its owner: neither its name nor whose voice it is."""

    prediction = SharedPredictionSerializer(read_only=True, allow_null=True)
    error = ErrorSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Clip
        fields = ["is_final", "duration_s", "prediction", "place", "trust", "error"]
        read_only_fields = fields


class SharedSerializer(serializers.ModelSerializer[Share]):
    """What the page of a link shows."""

    audio_url = serializers.SerializerMethodField(
        help_text="Of the recording, as long as it works."
    )
    clip = SharedClipSerializer(read_only=True)

    class Meta:
        model = Share
        fields = ["expires_at", "audio_url", "clip"]
        read_only_fields = fields

    @extend_schema_field(serializers.URLField)
    def get_audio_url(self, share: Share) -> str:
        return shared_audio_address(share)
