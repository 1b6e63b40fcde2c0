"""How often the API may be asked in a minute. Counted in the cache that all processes share."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.db import connection, transaction
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from recognition.models import ApiToken

# Nobody waits for the disk: a crash may forget the counts of its last moment.
LOCK = """
SELECT set_config('synchronous_commit', 'off', true),
    pg_advisory_xact_lock(hashtextextended(%s, 0))
"""


@contextmanager
def one_at_a_time(key: str) -> Iterator[None]:
    """What is counted is read and then written: requests at once would be one."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(LOCK, [key])
        yield


class PerMinute(SimpleRateThrottle, ABC):
    setting = ""

    def allow_request(self, request: Request, view: APIView) -> bool:
        key = self.get_cache_key(request, view)
        if key is None:
            return True
        with one_at_a_time(key):
            return super().allow_request(request, view)

    def get_rate(self) -> str:
        return f"{getattr(settings, self.setting)}/min"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        """None: this one does not count whoever asks."""
        who = self.who(request)
        return None if who is None else f"api:{self.setting}:{who}"

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
