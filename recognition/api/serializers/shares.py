"""Links by which anybody may see and hear a clip."""

from typing import Any

from rest_framework import serializers

from recognition.api.serializers.base import StrictSerializer
from recognition.models import Share
from recognition.presentation.actions import share_address
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
