"""How often the API may be asked in a minute, whichever process is asked."""

from abc import ABC, abstractmethod
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from recognition.jobs.request_counts import count_request
from recognition.models import ApiToken


class PerMinute(BaseThrottle, ABC):
    setting = ""
    wait_s: float | None = None

    def allow_request(self, request: Request, view: APIView) -> bool:
        """None does not count whoever asks."""
        who = self.who(request)
        if who is not None:
            key = f"api:{self.setting}:{who}"
            self.wait_s = count_request(key, most=getattr(settings, self.setting))
        return self.wait_s is None

    def wait(self) -> float | None:
        return self.wait_s

    @abstractmethod
    def who(self, request: Request) -> Any:
        """Who is counted; None: nobody."""


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
