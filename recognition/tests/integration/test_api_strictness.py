"""What schemathesis found once: requests that looked as if they had been understood."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from recognition.models import ApiToken, Batch, Clip, User
from recognition.tests import factories, recordings

pytestmark = pytest.mark.django_db

JSON = "application/json"


@pytest.fixture
def client(owner: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(owner)


@pytest.fixture
def done(owner: User) -> Clip:
    return factories.done_clip(owner, content=b"0123456789")


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("PATCH", "account/", {"name": 5}, "name"),
        ("PATCH", "account/", {"consents_to_review": "yes"}, "consents_to_review"),
        ("PATCH", "account/", {"retention_days": "30"}, "retention_days"),
        ("POST", "tokens/", {"name": "a", "scopes": "read"}, "scopes"),
        ("PUT", "clips/{clip}/tags/", {"tags": ["a", 5]}, "tags"),
        ("POST", "clips/{clip}/corrections/", {"emotion": "sad", "reason": 0}, "reason"),
    ],
)
def test_it_takes_no_value_of_another_type(
    method: str, path: str, body: Any, field: str, client: Client, done: Clip
) -> None:
    address = f"/api/v1/{path.format(clip=done.pk)}"
    response: Any = client.generic(method, address, data=json.dumps(body), content_type=JSON)
    assert response.status_code == 400
    assert list(response.json()["extra"]["fields"]) == [field]


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        (
            "GET",
            "clips/?emotion=joy",
            {},
            "emotion: “joy” is not possible here. Choose one of",
        ),
        ("GET", "statistics/?range=1", {}, "range: “1” is not possible here. Choose one of 7, 30,"),
        (
            "PATCH",
            "account/",
            {"language": "xx"},
            "language: “xx” is not possible here. Choose one o",
        ),
        ("PATCH", "account/", {"consents_to_review": 1}, "consents_to_review: Give this as true"),
        (
            "POST",
            "tokens/",
            {"name": "a", "scopes": "read"},
            "scopes: Give this as a list",
        ),
        ("POST", "tokens/", {}, "name: This field is required. scopes: This field is required."),
        ("POST", "tokens/", [], "What was sent is not right. Send a JSON object"),
    ],
)
def test_its_message_says_what_is_wrong_and_what_there_is_to_choose(
    method: str, path: str, body: Any, words: str, client: Client
) -> None:
    response: Any = client.generic(method, f"/api/v1/{path}", json.dumps(body), JSON)
    assert response.status_code == 400
    assert words in response.json()["message"]


@pytest.mark.parametrize(
    "path", ["clips/?sort=", "clips/?emotion=sad&emotion=", "statistics/?until="]
)
def test_it_takes_no_parameter_without_a_value(path: str, client: Client) -> None:
    response = client.get(f"/api/v1/{path}")
    assert response.status_code == 400
    assert "leave it out" in str(response.json()["extra"])


@pytest.mark.parametrize(
    "address",
    [
        "clips/?q=a&q=b",
        "clips/?cursor=a&cursor=b",
        "statistics/?range=7&range=30",
        "tokens/?cursor=a&cursor=b",
    ],
)
def test_of_two_values_of_a_parameter_none_is_taken(address: str, client: Client) -> None:
    response = client.get(f"/api/v1/{address}")
    name = address.split("?")[1].split("=")[0]
    assert response.status_code == 400
    assert response.json()["extra"]["fields"] == {name: ["Give this once."]}


@pytest.mark.parametrize("name", ["speaker_consent", "keep_copies"])
@pytest.mark.parametrize(("path", "file"), [("clips/", "file"), ("batches/", "files")])
def test_of_two_values_of_a_form_none_is_taken(
    path: str, file: str, name: str, client: Client
) -> None:
    """What is said of a voice can not be two things."""
    values = {"speaker_consent": ["own-voice", "agreed"], "keep_copies": ["true", "false"]}
    upload = SimpleUploadedFile("a.wav", recordings.wav())
    body = {"speaker_consent": "agreed", name: values[name], file: upload}
    response = client.post(f"/api/v1/{path}", body)
    assert (response.status_code, response.json()["code"]) == (400, "api:user:invalid")
    assert response.json()["extra"]["fields"] == {name: ["Give this once."]}
    assert not Clip.objects.exists()


def test_of_two_times_to_wait_none_is_taken(client: Client) -> None:
    body = {"speaker_consent": "agreed", "file": SimpleUploadedFile("a.wav", recordings.wav())}
    response = client.post("/api/v1/clips/?wait=0&wait=1", body)
    assert (response.status_code, response.json()["code"]) == (400, "api:user:invalid")
    assert not Clip.objects.exists()


def signed_in_alone(user: User) -> Client:
    """A session of its own, as each thread needs."""
    client = Client()
    client.force_login(user)
    return client


BOUND = [
    ("PATCH", "", {"name": "new"}),
    ("DELETE", "", None),
    ("PUT", "tags/", {"tags": ["new"]}),
    ("POST", "corrections/", {"emotion": "sad", "reason": "new"}),
]
UNREADABLE = ["0", "not an etag", "'single'", '"open', '"a" "b"', '"a",', "*, *", ""]


def change(client: Client, clip: Clip, bound: Any, named: str) -> Any:
    method, part, body = bound
    address, text = f"/api/v1/clips/{clip.pk}/{part}", json.dumps(body) if body else ""
    return client.generic(method, address, text, JSON, headers={"If-Match": named})


@pytest.mark.parametrize("bound", BOUND)
def test_what_is_another_by_now_is_not_changed(bound: Any, client: Client, done: Clip) -> None:
    place = f"/api/v1/clips/{done.pk}/"
    seen = client.get(place)["ETag"]
    client.patch(place, {"note": "changed"}, JSON)
    now = client.get(place)
    for named in (seen, f'{seen}, "another"', f"W/{now['ETag']}"):
        response = change(client, done, bound, named)
        assert (response.status_code, response.json()["code"]) == (412, "api:user:changed")
    assert client.get(place).json() == now.json()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("method", "part", "values"),
    [
        ("PATCH", "", [{"name": name} for name in "abcd"]),
        ("PUT", "tags/", [{"tags": [name]} for name in "abcd"]),
        ("POST", "corrections/", [{"emotion": "sad", "reason": name} for name in "abcd"]),
    ],
)
def test_of_many_who_saw_the_same_one_changes_it(
    method: str, part: str, values: list[Any], owner: User
) -> None:
    clip = factories.done_clip(owner)
    clients = [signed_in_alone(owner) for _ in values]
    seen, together = clients[0].get(f"/api/v1/clips/{clip.pk}/")["ETag"], Barrier(len(values))

    def ask(client: Client, body: Any) -> int:
        together.wait()
        try:
            return int(change(client, clip, (method, part, body), seen).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(values)) as pool:
        first, *others = sorted(pool.map(ask, clients, values))
    assert first in (200, 201)
    assert others == [412, 412, 412]


@pytest.mark.parametrize("bound", BOUND)
def test_what_is_as_it_was_seen_is_changed(bound: Any, client: Client, done: Clip) -> None:
    place = f"/api/v1/clips/{done.pk}/"
    now = client.get(place)
    assert change(client, done, bound, f'"another" ,{now["ETag"]}').status_code in (200, 201, 204)
    assert client.get(place, headers={"If-None-Match": now["ETag"]}).status_code in (200, 404)


@pytest.mark.parametrize("named", UNREADABLE)
def test_an_if_match_that_can_not_be_read_is_refused(
    named: str, client: Client, done: Clip
) -> None:
    place = f"/api/v1/clips/{done.pk}/"
    before = client.get(place).json()
    for bound in BOUND:
        response = change(client, done, bound, named)
        assert (response.status_code, response.json()["code"]) == (412, "api:user:if-match")
    response = client.get(place, headers={"If-Match": named})
    assert (response.status_code, response.json()["code"]) == (412, "api:user:if-match")
    assert client.get(place).json() == before


def test_it_tells_in_json_that_bytes_are_not_there(client: Client, done: Clip) -> None:
    address = f"/api/v1/clips/{done.pk}/audio/"
    response: Any = client.get(address, headers={"Range": "bytes=10-"})
    assert (response.status_code, response["Content-Range"]) == (416, "bytes */10")
    assert response.json()["code"] == "api:user:range"
    assert response.json()["extra"] == {"n_bytes": 10}


def test_an_unknown_method_is_told_so_whatever_else_is_wrong(client: Client) -> None:
    response = client.generic("TRACE", "/api/v1/clips/?colour=red")
    assert response.status_code == 405


@pytest.fixture
def details(owner: User) -> dict[str, str]:
    """The address of one of each kind, for its owner."""
    factories.token(owner)
    return {
        "clip": f"clips/{factories.done_clip(owner).pk}/",
        "batch": f"batches/{Batch.objects.create(owner=owner).pk}/",
        "model": f"models/{factories.model_version().pk}/",
        "token": f"tokens/{ApiToken.objects.get().pk}/",
        "account": "account/",
    }


@pytest.mark.parametrize("kind", ["clip", "batch", "model", "token", "account"])
def test_what_is_known_already_is_not_sent_again(
    kind: str, client: Client, details: dict[str, str]
) -> None:
    place = f"/api/v1/{details[kind]}"
    first = client.get(place)
    assert (first.status_code, first["Cache-Control"]) == (200, "private, no-cache")
    again = client.get(place, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    other = client.get(place, headers={"If-None-Match": '"other"'})
    assert (other.status_code, other.json()) == (200, first.json())
    assert client.get(place, headers={"If-Match": '"other"'}).status_code == 412


def test_an_account_that_changed_meanwhile_is_not_overwritten(client: Client) -> None:
    place = "/api/v1/account/"
    seen = client.get(place)["ETag"]
    changed = client.patch(place, {"name": "Ada"}, JSON, headers={"If-Match": seen})
    assert (changed.status_code, changed["ETag"]) == (200, client.get(place)["ETag"])
    late = client.patch(place, {"name": "Eve"}, JSON, headers={"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (412, "api:user:changed")
    assert client.get(place).json()["name"] == "Ada"


def test_a_token_that_was_used_meanwhile_is_not_revoked(
    client: Client, details: dict[str, str]
) -> None:
    place = f"/api/v1/{details['token']}"
    seen = client.get(place)["ETag"]
    ApiToken.objects.update(last_used_at=timezone.now())
    assert client.delete(place, headers={"If-Match": seen}).status_code == 412
    assert client.get(place).status_code == 200
    assert client.delete(place, headers={"If-Match": "*"}).status_code == 204
    assert client.get(place).status_code == 404


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "POST"])
def test_a_stream_can_only_be_got(method: str, client: Client, done: Clip) -> None:
    response = client.generic(method, f"/api/v1/clips/{done.pk}/live/")
    assert (response.status_code, response["Allow"]) == (405, "GET")


@pytest.mark.parametrize(
    ("accepted", "kind"),
    [
        ("*/*", "application/yaml"),
        ("application/json", "application/json"),
        ("text/html", "application/yaml"),
        ("application/vnd.oai.openapi+json", "application/vnd.oai.openapi+json"),
    ],
)
def test_its_description_comes_as_it_is_asked_for(accepted: str, kind: str) -> None:
    response = Client().get("/api/v1/schema/", headers={"Accept": accepted})
    assert (response.status_code, response["Content-Type"]) == (200, kind)
    assert response.content.startswith(b"{" if kind.endswith("json") else b"openapi: 3.1.1")


@pytest.mark.parametrize("name", ["docs", "redoc"])
def test_its_pages_keep_a_strict_policy(name: str) -> None:
    policy = Client().get(f"/api/v1/{name}/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert ("nonce-" in policy) == (name == "redoc")
