"""Which language a page has: the person's own, else the switch's, else the browser's."""

from collections.abc import Callable

import pytest
from django.test import Client

from recognition.models import User

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
GERMAN = {"accept-language": "de-AT,de;q=0.9,en;q=0.5"}
FRENCH = {"accept-language": "fr"}


def language_of(client: Client, address: str = "/accounts/login/", **headers: str) -> str:
    response = client.get(address, headers=headers)
    text = response.content.decode()
    found = text.split('<html lang="')[1].split('"')[0]
    assert response["Content-Language"] == found
    words = {"en": "Skip to the content", "de": "Zum Inhalt springen"}
    assert words[found] in text
    return found


def switch(client: Client, language: str, target: str = "/") -> str:
    response = client.post("/language/", {"language": language, "next": target})
    return str(response["Location"])


def test_it_takes_the_browsers_language_at_first() -> None:
    assert language_of(Client(), **GERMAN) == "de"
    assert language_of(Client(), **FRENCH) == "en"


def test_the_switch_outranks_the_browser() -> None:
    client = Client()
    assert switch(client, "en", "/accounts/signup/") == "/accounts/signup/"
    assert language_of(client, **GERMAN) == "en"
    switch(client, "de")
    assert language_of(client, **FRENCH) == "de"


def test_a_persons_own_language_outranks_the_switch(owner: User, signed_in: SignIn) -> None:
    client = Client()
    switch(client, "de")
    client.force_login(owner)
    assert language_of(client, "/settings/") == "de"
    User.objects.update(language="en")
    assert language_of(client, "/settings/", **GERMAN) == "en"


def test_the_switch_changes_a_signed_in_persons_own_language(
    owner: User, stranger: User, signed_in: SignIn
) -> None:
    User.objects.update(language="en")
    client = signed_in(owner)
    switch(client, "de", "/settings/")
    assert language_of(client, "/settings/") == "de"
    stranger.refresh_from_db()
    assert stranger.language == "en"


@pytest.mark.parametrize("language", ["xx", "", "de/../../etc"])
def test_it_ignores_a_language_that_it_does_not_have(
    owner: User, signed_in: SignIn, language: str
) -> None:
    client = signed_in(owner)
    switch(client, language)
    owner.refresh_from_db()
    assert owner.language == ""
    assert language_of(client, "/settings/") == "en"


@pytest.mark.parametrize("address", ["/language/", "/theme/"])
def test_its_switches_never_lead_to_another_site(address: str) -> None:
    words = {"language": "de", "theme": "dark", "next": "https://evil.example/"}
    assert Client().post(address, words)["Location"] == "/"
    assert Client().get(address).status_code == 405


def test_an_error_page_speaks_the_persons_language() -> None:
    assert "Hier ist nichts" in Client().get("/nowhere/", headers=GERMAN).content.decode()


def test_the_server_sends_the_chosen_colors_at_once() -> None:
    client = Client()
    assert 'media="(prefers-color-scheme: dark)"' in client.get("/").content.decode()
    client.post("/theme/", {"theme": "dark", "next": "/"})
    page = client.get("/").content.decode()
    assert "tokens-dark" in page
    assert "prefers-color-scheme" not in page
    client.post("/theme/", {"theme": "light"})
    assert "tokens-dark" not in client.get("/").content.decode()
    client.post("/theme/", {"theme": "auto"})
    assert "prefers-color-scheme" in client.get("/").content.decode()
