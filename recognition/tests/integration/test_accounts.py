"""Accounts: sign-up to sign-out, passwords, throttling, consent, the first administrator."""

import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client

from recognition.models import Clip, User
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
NEW_PASSWORD = "another long phrase 7"
SITE = "http://testserver"


def sign_up(client: Client, email: str = "ada@example.org") -> Any:
    words = {"email": email, "password1": factories.PASSWORD, "password2": factories.PASSWORD}
    return client.post("/accounts/signup/", words)


def sign_in(client: Client, login: str, password: str = factories.PASSWORD) -> Any:
    return client.post("/accounts/login/", {"login": login, "password": password})


def test_it_signs_up_and_goes_to_the_history() -> None:
    client = Client()
    response = sign_up(client)
    assert (response.status_code, response["Location"]) == (302, "/clips/")
    user = User.objects.get()
    assert user.email == "ada@example.org"
    assert user.review_consent_at is None
    assert not user.is_staff
    assert client.get("/clips/").status_code == 200


@pytest.mark.parametrize("login", ["owner", "owner@example.org", "OWNER@example.org"])
def test_it_signs_in_by_name_or_address(owner: User, login: str) -> None:
    assert sign_in(Client(), login)["Location"] == "/clips/"


def test_it_signs_out(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    client.post("/accounts/logout/")
    assert client.get("/clips/").status_code == 302


def test_it_throttles_sign_in_even_for_the_right_password(owner: User) -> None:
    client = Client()
    for _ in range(6):
        sign_in(client, "owner", "wrong")
    response = sign_in(client, "owner")
    assert "sessionid" not in response.cookies
    assert "Too many failed login attempts" in response.content.decode()


def test_the_admin_has_no_sign_in_form_of_its_own() -> None:
    response = Client().get("/admin/login/?next=/admin/")
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_it_changes_the_password(owner: User) -> None:
    client = Client()
    sign_in(client, "owner")
    words = {
        "oldpassword": factories.PASSWORD,
        "password1": NEW_PASSWORD,
        "password2": NEW_PASSWORD,
    }
    client.post("/accounts/password/change/", words)
    assert sign_in(Client(), "owner", NEW_PASSWORD).status_code == 302


def test_it_resets_the_password_by_mail(owner: User) -> None:
    client = Client()
    client.post("/accounts/password/reset/", {"email": owner.email})
    link = re.search(r"http://\S+(/accounts/password/reset/key/\S+/)", str(mail.outbox[0].body))
    assert link
    form = client.get(link[1], follow=True)
    address = form.redirect_chain[-1][0]
    client.post(address, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert sign_in(Client(), "owner", NEW_PASSWORD).status_code == 302


def test_it_asks_for_a_proof_of_the_address_where_that_is_switched_on(settings: Any) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    client = Client()
    response = sign_up(client)
    assert response["Location"] == "/accounts/confirm-email/"
    assert client.get("/clips/").status_code == 302
    link = re.search(r"http://\S+(/accounts/confirm-email/\S+/)", str(mail.outbox[0].body))
    assert link
    client.post(link[1])
    assert sign_in(client, "ada@example.org")["Location"] == "/clips/"


def test_it_allows_one_account_an_address() -> None:
    factories.user("ada")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("other", "ADA@example.org", "x")


def chosen_consents(client: Client) -> list[str]:
    """As the browser shows them."""
    page = client.get("/settings/").content.decode()
    assert 'name="consent_to_training"' in page
    return re.findall(r'<input [^>]*name="(consent_\w+)"[^>]* checked', page)


def test_it_keeps_consent_off_until_chosen_and_lets_it_be_withdrawn(
    owner: User, signed_in: SignIn
) -> None:
    client = signed_in(owner)
    assert chosen_consents(client) == []
    client.post("/settings/", {"consent_to_review": "on"})
    owner.refresh_from_db()
    assert owner.review_consent_at
    assert chosen_consents(client) == ["consent_to_review"]
    client.post("/settings/", {})
    owner.refresh_from_db()
    assert owner.review_consent_at is None


def test_it_makes_the_first_administrator_once(settings: Any, tmp_path: Path) -> None:
    settings.ADMIN_PASSWORD_FILE = tmp_path / "admin-password"
    out = StringIO()
    call_command("ensure_admin", stdout=out)
    password = settings.ADMIN_PASSWORD_FILE.read_text().strip()
    assert password in out.getvalue()
    assert settings.ADMIN_PASSWORD_FILE.stat().st_mode & 0o777 == 0o600
    assert sign_in(Client(), "admin", password).status_code == 302
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"  # its address needs no proof
    client = Client()
    sign_in(client, "admin", password)
    assert client.get("/admin/").status_code == 200
    again = StringIO()
    call_command("ensure_admin", stdout=again)
    assert again.getvalue() == ""
    assert User.objects.count() == 1


ACCOUNT_PAGES = ["login", "signup", "password/reset", "password/reset/done", "confirm-email"]


@pytest.mark.parametrize("page", ACCOUNT_PAGES)
def test_its_account_pages_look_like_the_others(page: str) -> None:
    text = Client().get(f"/accounts/{page}/").content.decode()
    assert "css/app.css" in text
    assert text.count("<h1") == 1


@pytest.mark.parametrize(
    ("came_from", "back"),
    [
        (f"{SITE}/clips/?q=voice&page=2", "/clips/?q=voice&page=2"),
        (f"{SITE}//evil.example/", "/evil.example/"),
        ("https://evil.example/clips/", "/clips/"),
        ("javascript:alert(1)", "/clips/"),
        ("", "/clips/"),
    ],
)
def test_a_form_sent_after_the_session_leads_back_to_its_page(
    owner: User, came_from: str, back: str
) -> None:
    response = Client().post("/clips/restore/", headers={"referer": came_from})
    address = urlsplit(response["Location"])
    assert (response.status_code, address.path) == (302, "/accounts/login/")
    assert parse_qs(address.query)["next"] == [back]


def test_after_signing_in_the_page_of_the_form_opens(owner: User, clip: Clip) -> None:
    client, page = Client(), f"/clips/{clip.pk}/"
    form = {"emotion": "sad"}
    sent = client.post(f"{page}correct/", form, headers={"referer": f"{SITE}{page}"})
    words = {"login": "owner", "password": factories.PASSWORD}
    response = client.post(sent["Location"], words, follow=True)
    assert response.redirect_chain == [(page, 302)]
    assert response.status_code == 200


def test_a_page_asked_for_without_a_session_opens_after_signing_in() -> None:
    response = Client().get("/clips/?q=a", headers={"referer": f"{SITE}/settings/"})
    assert parse_qs(urlsplit(response["Location"]).query)["next"] == ["/clips/?q=a"]
