from typing import Any

from rest_framework import serializers

from recognition.api.serializers.base import StrictSerializer
from recognition.models import ApiToken
from recognition.services.tokens import PERIODS_DAYS, TokenWish


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """What can be known of a token later: not the token itself."""

    scopes = serializers.ListField(child=serializers.ChoiceField(choices=ApiToken.Scope.choices))
    first_characters = serializers.CharField()
    created_at = serializers.DateTimeField(source="created")
    expires_at = serializers.DateTimeField(source="expiry", allow_null=True)
    has_expired = serializers.BooleanField()

    class Meta:
        model = ApiToken
        fields = [
            *("id", "name", "scopes", "first_characters"),
            *("created_at", "expires_at", "has_expired", "last_used_at"),
        ]


class MadeTokenSerializer(TokenSerializer):
    """With the token itself, this once: only its hash is kept."""

    token = serializers.SerializerMethodField()

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]

    def get_token(self, made: ApiToken) -> str:
        return str(self.context["token"])


class TokenWishSerializer(StrictSerializer):
    name = serializers.CharField(
        max_length=60, help_text="What it is for; no two of your tokens have the same name."
    )
    scopes = serializers.MultipleChoiceField(
        choices=ApiToken.Scope.choices, allow_empty=False, help_text="What it may do."
    )
    expires_in_days = serializers.ChoiceField(
        choices=PERIODS_DAYS,
        allow_null=True,
        default=90,
        help_text="When it stops working; null: when it is revoked.",
    )


def wish_of(given: dict[str, Any]) -> TokenWish:
    return TokenWish(given["name"], sorted(given["scopes"]), given["expires_in_days"])
