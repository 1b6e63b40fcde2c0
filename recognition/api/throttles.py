"""How often the API may be asked in a minute. Counted in the cache that all processes share."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from recognition.models import ApiToken


class PerMinute(SimpleRateThrottle):
    setting = ""

    def get_rate(self) -> str:
        return f"{getattr(settings, self.setting)}/min"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        """None: this one does not count whoever asks."""
        who = self.who(request)
        return None if who is None else f"api:{self.setting}:{who}"

    def who(self, request: Request) -> Any:
        raise NotImplementedError


class UserThrottle(PerMinute):
    """All tokens and browsers of a person together."""

    setting = "API_PER_MINUTE"

    def who(self, request: Request) -> Any:
        return request.user.pk


class TokenThrottle(PerMinute):
    """One program gone wild leaves something to the others."""

    setting = "API_TOKEN_PER_MINUTE"

    def who(self, request: Request) -> Any:
        return request.auth.pk if isinstance(request.auth, ApiToken) else None


class UploadThrottle(UserThrottle):
    """Each one is work for the model."""

    setting = "API_UPLOADS_PER_MINUTE"


class VisitorThrottle(PerMinute):
    """By address, as the site's other throttles of visitors see it behind proxies."""

    setting = "API_VISITORS_PER_MINUTE"

    def who(self, request: Request) -> Any:
        if request.user.is_authenticated:
            return None
        return get_adapter().get_client_ip(request)
