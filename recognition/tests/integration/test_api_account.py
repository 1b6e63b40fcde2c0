"""The user's own account by the API."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from recognition.models import User
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
ACCOUNT = "/api/v1/account/"


def change(client: Client, **choices: Any) -> Any:
    return client.patch(ACCOUNT, choices, content_type="application/json")


def test_it_tells_who_one_is_what_is_allowed_and_what_is_used(
    owner: User, stranger: User, signed_in: SignIn, settings: Any
) -> None:
    settings.API_PER_MINUTE = 77
    factories.clip(owner, content=b"12345", duration_s=2.5)
    factories.clip(owner, content=b"123", duration_s=None)
    factories.clip(owner, content=b"123", deleted_at=owner.date_joined)
    factories.clip(stranger)
    factories.token(owner)
    body = signed_in(owner).get(ACCOUNT).json()
    assert (body["username"], body["email"], body["role"]) == ("owner", owner.email, "user")
    assert body["use"] == {"clips": 2, "bytes": 8, "seconds": 2.5, "tokens": 1}
    assert body["limits"]["file_max_bytes"] == settings.UPLOAD_MAX_BYTES
    assert body["limits"]["requests_per_minute"] == 77
    assert (body["consents_to_training"], body["training_consent_at"]) == (False, None)
    assert body["retention_days"] is None


def test_it_is_empty_for_who_has_nothing(stranger: User, signed_in: SignIn) -> None:
    use = signed_in(stranger).get(ACCOUNT).json()["use"]
    assert use == {"clips": 0, "bytes": 0, "seconds": 0, "tokens": 0}


def test_it_names_the_role(reviewer: User, administrator: User, signed_in: SignIn) -> None:
    assert signed_in(reviewer).get(ACCOUNT).json()["role"] == "reviewer"
    assert signed_in(administrator).get(ACCOUNT).json()["role"] == "administrator"
    User.objects.filter(pk=reviewer.pk).update(is_senior_reviewer=True)
    assert signed_in(reviewer).get(ACCOUNT).json()["role"] == "senior-reviewer"


def test_it_changes_what_is_named_and_leaves_the_rest(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    change(client, name="Ada", time_zone="Europe/Berlin", retention_days=30)
    body = change(client, consents_to_training=True).json()
    assert (body["name"], body["time_zone"], body["retention_days"]) == (
        *("Ada", "Europe/Berlin"),
        30,
    )
    assert body["consents_to_training"] is True
    owner.refresh_from_db()
    assert owner.training_consent_at
    assert owner.review_consent_at is None


def test_a_consent_keeps_its_moment_until_it_is_withdrawn(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    first = change(client, consents_to_review=True).json()["review_consent_at"]
    assert change(client, consents_to_review=True).json()["review_consent_at"] == first
    assert change(client, consents_to_review=False).json()["review_consent_at"] is None


def test_clips_can_be_kept_for_good_again(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    change(client, retention_days=7)
    assert change(client, retention_days=None).json()["retention_days"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"retention_days": 8},
        {"time_zone": "Europe/Atlantis"},
        {"time_zone": "../etc/passwd"},
        {"language": "tlh"},
        {"name": "x" * 151},
        {"consents_to_training": "perhaps"},
        {"consents_to_training": None},
    ],
)
def test_it_refuses_what_the_page_does_not_offer(
    owner: User, signed_in: SignIn, wrong: dict[str, Any]
) -> None:
    response = change(signed_in(owner), **wrong)
    assert (response.status_code, response.json()["code"]) == (400, "api:user:invalid")
    assert list(response.json()["extra"]["fields"]) == list(wrong)


def test_no_token_gives_consent(owner: User) -> None:
    secret = factories.token(owner, "read", "upload")
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    assert client.get(ACCOUNT).json()["username"] == "owner"
    response = change(client, consents_to_training=True)
    assert (response.status_code, response.json()["code"]) == (403, "api:user:session-only")
    owner.refresh_from_db()
    assert owner.training_consent_at is None


def test_a_visitor_has_no_account() -> None:
    assert Client().get(ACCOUNT).status_code == 401
