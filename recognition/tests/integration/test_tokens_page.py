"""Tokens on the account page: made, shown once, listed, revoked; all without a script."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from recognition.models import ApiToken, User
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
WISH = {"token-name": "my notebook", "token-scopes": ["read"], "token-days": "30"}


def make(client: Client, **fields: Any) -> Any:
    return client.post("/settings/tokens/", {**WISH, **fields})


def works(secret: str) -> bool:
    header = {"Authorization": f"Bearer {secret}"}
    return Client().get("/api/v1/tokens/", headers=header).status_code == 200


def secret_in(response: Any) -> str:
    words: str = response.context["secret"]
    assert words in response.content.decode()
    return words


def test_a_token_is_shown_once_with_a_line_to_try(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    response = make(client)
    secret = secret_in(response)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert works(secret)
    page = response.content.decode()
    assert f"Bearer {secret}&quot; http://testserver/api/v1/clips/" in page
    later = client.get("/settings/").content.decode()
    assert "my notebook" in later
    assert secret[:8] in later
    assert secret[8:] not in later
    days = (ApiToken.objects.get().expiry - timezone.now()) / timedelta(days=1)
    assert days == pytest.approx(30, abs=0.1)


def test_sending_the_form_again_makes_no_second_one(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    make(client)
    again = make(client)
    assert again.status_code == 422
    assert "a token named “my notebook” already" in again.content.decode()
    assert ApiToken.objects.count() == 1


def test_its_line_to_try_fits_what_it_may_do(owner: User, signed_in: SignIn) -> None:
    page = make(signed_in(owner), **{"token-scopes": ["upload"]}).content.decode()
    assert "-F file=@clip.wav -F speaker_consent=own-voice" in page


def test_it_can_work_until_it_is_revoked(owner: User, signed_in: SignIn) -> None:
    page = make(signed_in(owner), **{"token-days": ""}).content.decode()
    assert ApiToken.objects.get().expiry is None
    assert "works until it is revoked" in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"token-name": ""},
        {"token-name": "x" * 61},
        {"token-scopes": []},
        {"token-scopes": ["admin"]},
        {"token-scopes": ["review"]},
        {"token-days": "8"},
    ],
)
def test_it_refuses_what_it_does_not_offer(
    owner: User, signed_in: SignIn, wrong: dict[str, Any]
) -> None:
    response = make(signed_in(owner), **wrong)
    assert response.status_code == 422
    assert 'class="errorlist"' in response.content.decode()
    assert not ApiToken.objects.exists()


def test_the_scope_to_review_is_offered_to_reviewers(
    owner: User, reviewer: User, signed_in: SignIn
) -> None:
    assert 'value="review"' not in signed_in(owner).get("/settings/").content.decode()
    client = signed_in(reviewer)
    assert 'value="review"' in client.get("/settings/").content.decode()
    assert make(client, **{"token-scopes": ["review"]}).status_code == 200


def test_it_shows_since_when_and_how_long_it_works(owner: User, signed_in: SignIn) -> None:
    factories.token(owner, expiry=timezone.now() - timedelta(days=2))
    factories.token(owner, last_used_at=timezone.now() - timedelta(hours=3))
    page = signed_in(owner).get("/settings/").content.decode()
    assert "expired " in page
    assert "last used 3\xa0hours ago" in page
    assert "never used" in page


def test_revoking_ends_it(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    secret = secret_in(make(client))
    place = f"/settings/tokens/{ApiToken.objects.get().pk}/revoke/"
    response = client.post(place, follow=True)
    assert response.redirect_chain == [("/settings/#api-tokens", 302)]
    assert "The token “my notebook” was revoked" in response.content.decode()
    assert not works(secret)
    assert client.post(place).status_code == 404


@pytest.mark.parametrize("who", ["stranger", "reviewer", "administrator"])
def test_nobody_else_revokes_or_sees_it(
    owner: User, signed_in: SignIn, request: pytest.FixtureRequest, who: str
) -> None:
    secret = factories.token(owner)
    client = signed_in(request.getfixturevalue(who))
    token = ApiToken.objects.get()
    assert client.post(f"/settings/tokens/{token.pk}/revoke/").status_code == 404
    assert token.name not in client.get("/settings/").content.decode()
    assert works(secret)


def test_a_visitor_makes_none() -> None:
    assert make(Client())["Location"].startswith("/accounts/login/")
    assert not ApiToken.objects.exists()


def test_making_one_needs_the_csrf_token(owner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    assert make(client).status_code == 403
    assert not ApiToken.objects.exists()


def test_an_address_that_was_typed_leads_to_the_page(owner: User, signed_in: SignIn) -> None:
    response = signed_in(owner).get("/settings/tokens/")
    assert (response.status_code, response["Location"]) == (302, "/settings/#api-tokens")
