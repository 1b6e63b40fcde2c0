"""The second factor and the list of sessions, as a person goes through them."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core.cache import cache
from django.test import Client

from recognition.models import User
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]


def code_of(secret: str) -> str:
    """What an authenticator app shows now."""
    return str(format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time()))))


def sign_in(client: Client) -> Any:
    words = {"login": "owner", "password": factories.PASSWORD}
    return client.post("/accounts/login/", words)


def activate(client: Client) -> str:
    client.post("/accounts/reauthenticate/", {"password": factories.PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    found = re.search(r'class="secret">(\w+)<', page)
    assert found
    response = client.post("/accounts/2fa/totp/activate/", {"code": code_of(found[1])})
    assert response.status_code == 302
    return found[1]


def test_it_asks_for_a_code_after_the_password(owner: User) -> None:
    client = Client()
    sign_in(client)
    secret = activate(client)
    again = Client()
    assert sign_in(again)["Location"] == "/accounts/2fa/authenticate/"
    assert again.get("/clips/").status_code == 302  # the password alone opens nothing
    assert again.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert again.get("/clips/").status_code == 302
    cache.clear()  # a code works once, and this one was used to set the app up
    response = again.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert response["Location"] == "/clips/"
    assert again.get("/clips/").status_code == 200


def test_a_recovery_code_opens_it_once(owner: User) -> None:
    client = Client()
    sign_in(client)
    activate(client)
    page = client.get("/accounts/2fa/recovery-codes/").content.decode()
    code = re.findall(r"<code>(\w+)</code>", page)[0]
    for opens in (True, False):
        other = Client()
        sign_in(other)
        other.post("/accounts/2fa/authenticate/", {"code": code})
        assert (other.get("/clips/").status_code == 200) == opens


def test_it_can_be_switched_off(owner: User) -> None:
    client = Client()
    sign_in(client)
    activate(client)
    assert client.post("/accounts/2fa/totp/deactivate/").status_code == 302
    assert sign_in(Client())["Location"] == "/clips/"


def test_it_lists_own_sessions_and_ends_the_others(owner: User, stranger: User) -> None:
    here = Client(headers={"user-agent": "Firefox/132 on Windows"})
    there = Client(headers={"user-agent": "Chrome/131 (Linux; Android)"})
    for client in (here, there):
        sign_in(client)
    strange = Client(headers={"user-agent": "Safari/605 (iPhone)"})
    strange.force_login(stranger)
    page = here.get("/accounts/sessions/").content.decode()
    assert "Firefox on Windows" in page
    assert "Chrome on Android" in page
    assert "Safari on iPhone" not in page
    here.post("/accounts/sessions/")
    assert here.get("/clips/").status_code == 200
    assert there.get("/clips/").status_code == 302
    assert strange.get("/clips/").status_code == 200


PAGES = ["2fa", "2fa/totp/activate", "sessions"]


@pytest.mark.parametrize("page", PAGES)
def test_its_pages_look_like_the_others(owner: User, page: str) -> None:
    client = Client()
    sign_in(client)
    client.post("/accounts/reauthenticate/", {"password": factories.PASSWORD})
    text = client.get(f"/accounts/{page}/").content.decode()
    assert "css/frame.css" in text
    assert text.count("<h1") == 1
    assert Client().get(f"/accounts/{page}/").status_code == 302
