"""Whether whoever was let in still is: for answers that go on for a while."""

from collections.abc import Callable
from functools import partial
from typing import cast

from django.contrib import auth
from django.http import HttpRequest
from rest_framework.request import Request

from recognition.models import ApiToken, User
from recognition.selectors.tokens import token_works


def access_of(request: Request) -> Callable[[], bool]:
    """Asks the database each time that it is called."""
    if isinstance(request.auth, ApiToken):
        return partial(token_works, request.auth.pk)
    return partial(session_works, request._request, cast(User, request.user))


def session_works(request: HttpRequest, user: User) -> bool:
    """As the next request would find it: not ended, and of an active user with this password."""
    again = HttpRequest()
    again.session = type(request.session)(request.session.session_key)
    return auth.get_user(again) == user
