"""How often the API may be asked: by user, by token, to upload, and by address when signed out."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from recognition.jobs.request_counts import count_request, forget_old_counts
from recognition.models import Clip, User
from recognition.tests import factories, recordings

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
ACCOUNT = "/api/v1/account/"
AGE = """
UPDATE recognition_requestcount SET counted_at = counted_at - interval '61 s',
    moments = ARRAY(SELECT moment - interval '61 s' FROM unnest(moments) AS moment)
"""


def bearer(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


def statuses(client: Client, n_requests: int, **more: Any) -> list[int]:
    return [client.get(ACCOUNT, **more).status_code for _ in range(n_requests)]


def throttled(response: Any) -> None:
    assert response.status_code == 429
    body, wait_s = response.json(), int(response["Retry-After"])
    assert body["code"] == "api:user:throttled"
    assert body["extra"] == {"retry_after_s": wait_s}
    assert 0 < wait_s <= 60
    assert str(wait_s) in body["message"]


def test_one_token_leaves_something_to_the_others(owner: User, settings: Any) -> None:
    settings.API_TOKEN_PER_MINUTE, settings.API_PER_MINUTE = 2, 4
    wild, calm = bearer(factories.token(owner)), bearer(factories.token(owner))
    assert statuses(wild, 8) == [200, 200, *[429] * 6]
    throttled(wild.get(ACCOUNT))
    assert statuses(calm, 2) == [200, 200]


def test_all_of_a_user_together_are_bounded_and_nobody_else(
    owner: User, stranger: User, signed_in: SignIn, settings: Any
) -> None:
    settings.API_PER_MINUTE = 3
    assert statuses(bearer(factories.token(owner)), 2) == [200, 200]
    assert statuses(signed_in(owner), 2) == [200, 429]
    throttled(bearer(factories.token(owner)).get(ACCOUNT))
    assert statuses(signed_in(stranger), 3) == [200, 200, 200]


def test_uploads_have_a_rate_of_their_own(owner: User, settings: Any) -> None:
    settings.API_UPLOADS_PER_MINUTE = 1
    client = bearer(factories.token(owner, "read", "upload"))

    def upload() -> Any:
        file = SimpleUploadedFile("a.wav", recordings.wav())
        return client.post("/api/v1/clips/", {"file": file, "speaker_consent": "own-voice"})

    assert upload().status_code == 201
    throttled(upload())
    assert Clip.objects.count() == 1
    assert client.get("/api/v1/clips/").status_code == 200


def test_what_is_refused_for_its_scope_counts(owner: User, settings: Any) -> None:
    settings.API_TOKEN_PER_MINUTE = 1
    client = bearer(factories.token(owner, "upload"))
    assert statuses(client, 2) == [403, 429]


def test_who_is_signed_out_is_counted_by_address(
    owner: User, signed_in: SignIn, settings: Any
) -> None:
    settings.API_VISITORS_PER_MINUTE = 2
    assert statuses(Client(), 1) == [401]
    assert statuses(bearer("ser_guessed"), 2) == [401, 429]
    throttled(Client().get(ACCOUNT))
    assert statuses(Client(), 1, REMOTE_ADDR="198.51.100.7") == [401]
    assert statuses(signed_in(owner), 3) == [200, 200, 200]


def test_an_address_is_believed_from_our_proxies_only(settings: Any) -> None:
    settings.API_VISITORS_PER_MINUTE = 1

    def ask(n: int) -> int:
        header = {"X-Forwarded-For": f"203.0.113.{n}, 198.51.100.{n}"}
        return Client().get(ACCOUNT, headers=header).status_code

    assert [ask(1), ask(2)] == [401, 429]  # one and the same machine: it could say anything
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert [ask(3), ask(3), ask(4)] == [401, 429, 401]


@pytest.mark.django_db(transaction=True)
def test_requests_at_once_are_counted_one_by_one(owner: User, settings: Any) -> None:
    settings.API_TOKEN_PER_MINUTE = 5
    secret = factories.token(owner)

    def ask(_: int) -> int:
        try:
            return bearer(secret).get(ACCOUNT).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as people:
        answers = list(people.map(ask, range(40)))
    assert (answers.count(200), answers.count(429)) == (5, 35)


def test_counting_costs_a_statement_however_much_the_cache_holds(
    owner: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for most in (2, 2):
        with django_assert_num_queries(1):
            assert count_request("k", most=most) is None
    with django_assert_num_queries(2):
        assert count_request("k", most=2) == pytest.approx(60, abs=5)
    client = bearer(factories.token(owner))
    client.get(ACCOUNT)
    with CaptureQueriesContext(connection) as asked:
        client.get(ACCOUNT)
    assert not [it["sql"] for it in asked if "django_cache" in it["sql"]]


def test_a_minute_later_it_may_be_asked_again_and_nobody_is_remembered() -> None:
    assert count_request("old", most=1) is None
    assert count_request("old", most=1) is not None
    with connection.cursor() as cursor:
        cursor.execute(AGE)
    assert count_request("old", most=1) is None
    assert count_request("other", most=1) is None
    assert forget_old_counts() == 0
    with connection.cursor() as cursor:
        cursor.execute(f"{AGE} WHERE key = 'old'")
    assert forget_old_counts() == 1
    assert count_request("other", most=1) is not None
