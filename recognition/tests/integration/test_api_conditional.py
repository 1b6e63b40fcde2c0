"""What is bound to what a program has seen: in every language, and also at the same moment."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.models import QuerySet
from django.test import Client

from recognition.models import ApiToken, Clip, ModelVersion, User
from recognition.services.correct import correct_clip
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
ACCOUNT = "/api/v1/account/"
JSON = "application/json"
CHANGED = (412, "api:user:changed")


def rename(client: Client, name: str, etag: str) -> Any:
    return client.patch(ACCOUNT, {"name": name}, JSON, headers={"If-Match": etag})


def told(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def closing(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_who_saw_the_same_account_one_changes_it(
    owner: User, signed_in: SignIn
) -> None:
    clients = [signed_in(owner) for _ in range(4)]
    for _ in range(3):
        seen, start = clients[0].get(ACCOUNT)["ETag"], Barrier(4)

        def ask(number: int, etag: str = seen, start: Barrier = start) -> Any:
            start.wait()
            return closing(lambda: rename(clients[number], f"{etag[1:9]} {number}", etag))

        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(ask, range(4)))
        assert sorted(it.status_code for it in found) == [200, 412, 412, 412]


@contextmanager
def changing(rows: QuerySet[Any], **values: Any) -> Iterator[Callable[[Callable[[], Any]], Any]]:
    """What is asked by the function comes while another changes these, and ends after that."""
    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            rows.update(**values)

            def begin(ask: Callable[[], Any]) -> "Future[Any]":
                future = thread.submit(closing, ask)
                wait_for_lock(future)
                return future

            yield begin


def wait_for_lock(future: "Future[Any]") -> None:
    """Until it waits for the row; or it ended, and then it did not look."""
    until = monotonic() + 10
    while monotonic() < until and not future.done():
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_no_account_ends_that_is_changed_in_this_moment(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    seen = {"If-Match": client.get(ACCOUNT)["ETag"]}
    body = {"password": factories.PASSWORD}
    with changing(User.objects.filter(pk=owner.pk), name="Ada") as begin:
        late = begin(lambda: client.delete(ACCOUNT, body, JSON, headers=seen))
    assert told(late.result()) == CHANGED
    assert User.objects.get().name == "Ada"


@pytest.mark.django_db(transaction=True)
def test_no_token_is_revoked_that_is_used_in_this_moment(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    factories.token(owner, "read")
    token = ApiToken.objects.get()
    path = f"/api/v1/tokens/{token.pk}/"
    seen = {"If-Match": client.get(path)["ETag"]}
    with changing(ApiToken.objects.all(), last_used_at=token.created) as begin:
        late = begin(lambda: client.delete(path, headers=seen))
    assert told(late.result()) == CHANGED
    assert ApiToken.objects.get().revoked_at is None


@pytest.mark.django_db(transaction=True)
def test_no_share_is_set_that_is_set_in_this_moment(administrator: User, signed_in: SignIn) -> None:
    client = signed_in(administrator)
    version = factories.model_version(status=ModelVersion.Status.CHALLENGER)
    path = f"/api/v1/shadow/{version.pk}/"
    seen = {"If-Match": client.get(path)["ETag"]}
    with changing(ModelVersion.objects.filter(pk=version.pk), shadow_share=0.5) as begin:
        late = begin(lambda: client.patch(path, {"share": 0.1}, JSON, headers=seen))
    assert told(late.result()) == CHANGED
    assert ModelVersion.objects.get(pk=version.pk).shadow_share == 0.5


def test_what_was_seen_is_the_same_after_the_zone_is_another(
    owner: User, signed_in: SignIn
) -> None:
    client = signed_in(owner)
    factories.consent(owner)
    body, etag = {"time_zone": "Pacific/Auckland"}, client.get(ACCOUNT)["ETag"]
    made = client.patch(ACCOUNT, body, JSON, headers={"If-Match": etag})
    assert made.json()["review_consent_at"].endswith("Z")
    assert client.get(ACCOUNT)["ETag"] == made["ETag"]
    assert rename(client, "Ada", made["ETag"]).status_code == 200


def test_what_was_seen_in_one_language_is_changed_in_another(owner: User) -> None:
    """But a cache must not show one for the other."""
    clip = factories.done_clip(owner)
    correct_clip(owner, clip, "sad")
    token = factories.token(owner, "read", "upload")
    program = Client(headers={"Authorization": f"Bearer {token}"})
    path = f"/api/v1/clips/{clip.pk}/"
    found = {code: program.get(path, headers={"Accept-Language": code}) for code in ("de", "en")}
    assert found["de"].json()["steps"] != found["en"].json()["steps"]
    other = {"Accept-Language": "de", "If-None-Match": found["en"]["ETag"]}
    assert program.get(path, headers=other).status_code == 200
    same = {"Accept-Language": "de", "If-None-Match": found["de"]["ETag"]}
    assert program.get(path, headers=same).status_code == 304
    headers = {"Accept-Language": "en", "If-Match": found["de"]["ETag"]}
    assert program.patch(path, {"note": "x"}, JSON, headers=headers).status_code == 200
    again = program.patch(path, {"note": "y"}, JSON, headers=headers)
    assert told(again) == CHANGED


def test_times_are_the_same_for_a_token_and_for_its_person(owner: User, signed_in: SignIn) -> None:
    User.objects.filter(pk=owner.pk).update(time_zone="Pacific/Auckland")
    clip = factories.done_clip(owner)
    token = Client(headers={"Authorization": f"Bearer {factories.token(owner)}"})
    path = f"/api/v1/clips/{clip.pk}/"
    found = [client.get(path) for client in (token, signed_in(owner))]
    assert found[0].json() == found[1].json()
    assert found[0]["ETag"] == found[1]["ETag"]
    assert found[0].json()["created_at"] == f"{clip.created_at:%Y-%m-%dT%H:%M:%S.%fZ}"


def test_a_link_and_a_retry_are_bound_to_the_clip_as_it_was_seen(
    owner: User, signed_in: SignIn
) -> None:
    client, clip = signed_in(owner), factories.failed_clip(owner)
    place = f"/api/v1/clips/{clip.pk}/"
    seen = {"If-Match": client.get(place)["ETag"]}
    client.patch(place, {"name": "another"}, JSON)
    late = [
        client.post(f"{place}retry/", {}, JSON, headers=seen),
        client.post(f"{place}share/", {"days": 7}, JSON, headers=seen),
        client.delete(f"{place}share/", headers=seen),
    ]
    assert [told(it) for it in late] == 3 * [CHANGED]
    assert Clip.objects.get().state == Clip.State.FAILED
    assert not clip.shares.exists()
    seen = {"If-Match": client.get(place)["ETag"]}
    assert client.post(f"{place}share/", {"days": 7}, JSON, headers=seen).status_code == 201
    assert client.delete(f"{place}share/", headers={"If-Match": "*"}).status_code == 204
    seen = {"If-Match": client.get(place)["ETag"]}
    assert client.post(f"{place}retry/", {}, JSON, headers=seen).status_code == 202


def test_where_if_match_protects_nothing_it_is_refused(owner: User, signed_in: SignIn) -> None:
    client, clip = signed_in(owner), factories.done_clip(owner)
    place = f"/api/v1/clips/{clip.pk}/"
    choice = {"action": "delete", "clips": [str(clip.pk)]}
    asked: list[tuple[str, dict[str, Any]]] = [
        (f"{place}copy/", {"speaker_consent": "own-voice"}),
        (f"{place}restore/", {}),
        (f"{place}explanation/", {}),
        ("/api/v1/clips/selection/", choice),
    ]
    for path, body in asked:
        refused = client.post(path, body, JSON, headers={"If-Match": '"seen"'})
        assert told(refused) == (400, "api:user:no-if-match")
    assert Clip.objects.count() == 1
