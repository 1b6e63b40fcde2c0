"""Tokens of programs: what they open, what they never open, and how they end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from recognition.models import ApiToken, Clip, User
from recognition.tests import factories, recordings

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
TOKENS = "/api/v1/tokens/"
WISH = {"name": "notebook", "scopes": ["read", "upload"], "expires_in_days": 30}


def bearer(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


def code_of(response: Any) -> tuple[int, str]:
    assert set(response.json()) == {"code", "message", "extra"}
    assert response.json()["message"]
    return response.status_code, response.json()["code"]


def make(client: Client, **fields: Any) -> Any:
    return client.post(TOKENS, WISH | fields, content_type="application/json")


def upload(client: Client) -> Any:
    body = {"file": SimpleUploadedFile("a.wav", recordings.wav()), "speaker_consent": "own-voice"}
    return client.post("/api/v1/clips/", body)


def test_a_token_reads_what_its_owner_may_read(clip: Clip, stranger: User) -> None:
    address = f"/api/v1/clips/{clip.pk}/"
    assert bearer(factories.token(clip.owner)).get(address).json()["id"] == str(clip.pk)
    assert code_of(bearer(factories.token(stranger)).get(address)) == (404, "api:user:not-found")


def test_a_token_of_a_reviewer_reads_what_its_owner_may_read(clip: Clip, reviewer: User) -> None:
    address, client = f"/api/v1/clips/{clip.pk}/", bearer(factories.token(reviewer))
    assert client.get(address).status_code == 404
    factories.consent(clip.owner)
    assert client.get(address).status_code == 200


def test_it_does_what_its_scopes_say_and_nothing_else(owner: User) -> None:
    reads, uploads = (bearer(factories.token(owner, scope)) for scope in ("read", "upload"))
    assert reads.get("/api/v1/clips/").status_code == 200
    refused = upload(reads)
    assert code_of(refused) == (403, "api:user:scope")
    assert refused.json()["extra"] == {"scope": "upload"}
    assert not Clip.objects.exists()
    assert upload(uploads).status_code == 201
    assert code_of(uploads.get("/api/v1/clips/")) == (403, "api:user:scope")
    assert uploads.head("/api/v1/clips/").status_code == 403


def test_it_needs_no_csrf_token_and_no_session(owner: User) -> None:
    client = Client(
        enforce_csrf_checks=True,
        headers={"Authorization": f"bearer {factories.token(owner, 'upload')}"},
    )
    assert upload(client).status_code == 201
    assert not client.cookies


def test_a_token_goes_before_the_session(owner: User, stranger: User, signed_in: SignIn) -> None:
    client = signed_in(stranger)
    header = {"Authorization": f"Bearer {factories.token(owner)}"}
    assert client.get("/api/v1/account/", headers=header).json()["username"] == "owner"
    wrong = client.get("/api/v1/account/", headers={"Authorization": "Bearer wrong"})
    assert code_of(wrong) == (401, "api:user:token-unknown")


def test_it_is_kept_as_a_hash(owner: User) -> None:
    secret = factories.token(owner)
    row = ApiToken.objects.get()
    kept = [str(getattr(row, field.attname)) for field in ApiToken._meta.concrete_fields]
    assert secret.startswith("ser_")
    assert len(secret) > 60
    assert not any(secret in value for value in kept)
    assert secret.startswith(row.token_key)
    assert len(row.token_key) == 15  # the rest, 53 characters, is nowhere


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Bearer", "token-malformed"),
        ("Bearer a b", "token-malformed"),
        ("Bearer \u00e4", "token-malformed"),
        ("Bearer ser_0123", "token-unknown"),
        ("Bearer " + "0" * 5000, "token-unknown"),
        ("Token ser_0123", "not-authenticated"),
        ("Basic b3duZXI6cGFzc3dvcmQ=", "not-authenticated"),
    ],
)
def test_it_says_what_is_wrong_with_a_header(db: None, header: str, code: str) -> None:
    response = Client(HTTP_AUTHORIZATION=header).get("/api/v1/clips/")
    assert code_of(response) == (401, f"api:user:{code}")
    assert response["WWW-Authenticate"].startswith("Bearer ")


def test_revoked_and_expired_tokens_and_blocked_accounts_are_told_apart(owner: User) -> None:
    now = timezone.now()
    ends = {
        "token-revoked": factories.token(owner, revoked_at=now),
        "token-expired": factories.token(owner, expiry=now - timedelta(seconds=1)),
    }
    living = factories.token(owner, expiry=now + timedelta(minutes=1))
    for _ in range(2):  # an expired one is not forgotten at its first use
        for code, secret in ends.items():
            response = bearer(secret).get("/api/v1/clips/")
            assert code_of(response) == (401, f"api:user:{code}")
            assert response["WWW-Authenticate"].startswith("Bearer ")
    assert bearer(living).get("/api/v1/clips/").status_code == 200
    User.objects.filter(pk=owner.pk).update(is_active=False)
    assert code_of(bearer(living).get("/api/v1/clips/")) == (401, "api:user:account-inactive")


def test_its_last_use_is_noted_at_most_once_a_minute(owner: User) -> None:
    client = bearer(factories.token(owner))
    assert ApiToken.objects.get().last_used_at is None
    client.get("/api/v1/tokens/")
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    client.get("/api/v1/tokens/")
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(seconds=61))
    client.get("/api/v1/tokens/")
    assert ApiToken.objects.get().last_used_at >= first


def test_a_session_makes_a_token_that_works_and_is_shown_once(
    owner: User, signed_in: SignIn
) -> None:
    client = signed_in(owner)
    response = make(client)
    body = response.json()
    assert response.status_code == 201
    assert response["Location"] == f"{TOKENS}{body['id']}/"
    assert "no-store" in response["Cache-Control"]
    assert (body["name"], body["scopes"]) == ("notebook", ["read", "upload"])
    days = (ApiToken.objects.get().expiry - timezone.now()) / timedelta(days=1)
    assert days == pytest.approx(30, abs=0.1)
    secret = body["token"]
    assert upload(bearer(secret)).status_code == 201
    for place in (TOKENS, response["Location"]):
        assert secret not in client.get(place).content.decode()
    listed = client.get(TOKENS).json()
    assert set(listed) == {"next", "previous", "results"}
    assert listed["results"][0]["first_characters"] == secret[:8]
    assert listed["results"][0]["last_used_at"]


def test_a_token_never_makes_or_revokes_a_token(owner: User, signed_in: SignIn) -> None:
    client = bearer(factories.token(owner, "read", "upload"))
    assert code_of(make(client)) == (403, "api:user:session-only")
    token = ApiToken.objects.get()
    assert code_of(client.delete(f"{TOKENS}{token.pk}/")) == (403, "api:user:session-only")
    assert [row["id"] for row in client.get(TOKENS).json()["results"]] == [str(token.pk)]


def test_a_token_without_the_scope_to_read_lists_no_tokens(owner: User) -> None:
    assert code_of(bearer(factories.token(owner, "upload")).get(TOKENS)) == (403, "api:user:scope")


def test_revoking_ends_it_at_once_and_for_good(owner: User, signed_in: SignIn) -> None:
    secret, client = factories.token(owner), signed_in(owner)
    place = f"{TOKENS}{ApiToken.objects.get().pk}/"
    assert client.delete(place).status_code == 204
    assert code_of(bearer(secret).get(TOKENS)) == (401, "api:user:token-revoked")
    assert client.get(TOKENS).json()["results"] == []
    for again in (client.delete(place), client.get(place)):
        assert code_of(again) == (404, "api:user:not-found")


@pytest.mark.parametrize("who", ["stranger", "reviewer", "administrator"])
def test_others_neither_see_nor_revoke_it(
    owner: User, signed_in: SignIn, request: pytest.FixtureRequest, who: str
) -> None:
    secret = factories.token(owner)
    place = f"{TOKENS}{ApiToken.objects.get().pk}/"
    client = signed_in(request.getfixturevalue(who))
    assert client.get(TOKENS).json()["results"] == []
    for response in (client.get(place), client.delete(place)):
        assert code_of(response) == (404, "api:user:not-found")
    assert bearer(secret).get(TOKENS).status_code == 200


def test_only_reviewers_get_tokens_to_review(
    owner: User, reviewer: User, signed_in: SignIn
) -> None:
    refused = make(signed_in(owner), scopes=["review"])
    assert code_of(refused) == (403, "token:user:reviewers-only")
    assert make(signed_in(reviewer), scopes=["review"]).status_code == 201


def test_a_name_is_taken_until_it_is_revoked(
    owner: User, stranger: User, signed_in: SignIn
) -> None:
    client = signed_in(owner)
    assert make(client).status_code == 201
    assert code_of(make(client)) == (409, "token:user:name-taken")
    assert make(signed_in(stranger)).status_code == 201
    client.delete(f"{TOKENS}{ApiToken.objects.get(user=owner).pk}/")
    assert make(client).status_code == 201


def test_there_are_at_most_twenty(owner: User, signed_in: SignIn) -> None:
    for _ in range(20):
        factories.token(owner)
    assert code_of(make(signed_in(owner))) == (409, "token:user:too-many")
    assert ApiToken.objects.count() == 20


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["admin"]}, "scopes"),
        ({"scopes": "read"}, "scopes"),
        ({"expires_in_days": 12}, "expires_in_days"),
        ({"expires_in_days": "soon"}, "expires_in_days"),
    ],
)
def test_it_names_the_field_that_is_wrong(
    owner: User, signed_in: SignIn, wrong: dict[str, Any], field: str
) -> None:
    response = make(signed_in(owner), **wrong)
    assert code_of(response) == (400, "api:user:invalid")
    assert list(response.json()["extra"]["fields"]) == [field]
    assert not ApiToken.objects.exists()


def test_it_works_for_90_days_when_nothing_is_said_and_for_ever_when_asked(
    owner: User, signed_in: SignIn
) -> None:
    client = signed_in(owner)
    wish = {"name": "a", "scopes": ["read"]}
    client.post(TOKENS, wish, content_type="application/json")
    days = (ApiToken.objects.get().expiry - timezone.now()) / timedelta(days=1)
    assert days == pytest.approx(90, abs=0.1)
    assert make(client, expires_in_days=None).json()["expires_at"] is None


def test_the_database_takes_no_unknown_scope_and_none_without_any(owner: User) -> None:
    factories.token(owner)
    for scopes in (["admin"], []):
        with pytest.raises(IntegrityError), transaction.atomic():
            ApiToken.objects.update(scopes=scopes)


def test_a_session_needs_the_csrf_token(owner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    assert code_of(make(client)) == (403, "api:user:csrf")
    assert not ApiToken.objects.exists()
    client.get("/settings/")
    header = {"X-CSRFToken": client.cookies["csrftoken"].value}
    made = client.post(TOKENS, WISH, content_type="application/json", headers=header)
    assert made.status_code == 201


def test_they_go_with_the_account(owner: User, stranger: User) -> None:
    factories.token(owner)
    kept = factories.token(stranger)
    owner.delete()
    assert ApiToken.objects.get().user == stranger
    assert bearer(kept).get(TOKENS).status_code == 200


def test_they_stay_when_the_password_changes(owner: User) -> None:
    secret = factories.token(owner)
    owner.set_password("another horse battery")
    owner.save()
    assert bearer(secret).get(TOKENS).status_code == 200


def test_no_page_takes_a_token(owner: User) -> None:
    """Only the API does: what is asked of pages comes with a session."""
    response = bearer(factories.token(owner)).get("/clips/")
    assert (response.status_code, response["Location"][:17]) == (302, "/accounts/login/?")
