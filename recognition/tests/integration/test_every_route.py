"""Every address and method, asked by five people; a new one fails until it stands in the table."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.apps import apps
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import URLPattern, URLResolver, get_resolver

from recognition.examples import EXAMPLES
from recognition.models import ApiToken, Batch, User
from recognition.services.claims import claim_next
from recognition.services.describe import add_tags
from recognition.services.examples import try_example
from recognition.services.share import share_clip
from recognition.services.tokens import TokenWish, make_token
from recognition.tests import factories
from recognition.tests.integration.access_table import (
    ACCOUNTS,
    ANY_TOKEN,
    API,
    MEMBERS,
    NO_TOKEN,
    NOBODY,
    PEOPLE,
    SCOPES,
    STAFF,
    TABLE,
    Access,
)

pytestmark = pytest.mark.django_db

SECRET = "only-its-owner-knows-this-name"
DELETED_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
REFUSALS = (401, 403, 404, 405)
SIGN_IN = ("/accounts/login/", "/admin/login/")
SPECIAL: dict[str, dict[str, str]] = {
    "dashboard-table": {"slug": "activity"},
    "example": {"slug": EXAMPLES[0].slug},
    "example-audio": {"slug": EXAMPLES[0].slug},
    "history-export": {"extension": "csv"},
    "api-clips-export": {"extension": "json"},
}
ADDRESSES = {  # of regular expressions
    r"accounts/^confirm-email/(?P<key>[-:\w]+)/$": "/accounts/confirm-email/any:key/",
    r"accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": (
        "/accounts/password/reset/key/1-set-password/"
    ),
    r"admin/(?P<url>.*)$": "/admin/nothing/",
}
BODIES = {
    "clips-restore": urlencode({"deleted_at": DELETED_AT.isoformat()}),
    "api-clip": json.dumps({"note": "heard"}),
    "api-clip-tags": json.dumps({"tags": ["heard"]}),
    "api-clip-corrections": json.dumps({"emotion": "sad"}),
    "api-clip-copy": json.dumps({"speaker_consent": "own-voice"}),
    "api-clip-share": json.dumps({"days": 7}),
    "api-review": json.dumps({"kind": "heard", "emotion": "sad"}),
}


Bad = tuple[tuple[str, str], int, str]  # what is sent, and how it is refused
DELETED_BY_BODY = [("api-account", "DELETE")]
OF_FILES = ("api-clips", "api-batches")
UNKNOWN = {"user__password__startswith": "a"}
BAD_BODIES: list[Bad] = [
    (("text/plain", "hello"), 415, "unsupported-media-type"),
    ((FORM, "emotion=sad"), 415, "unsupported-media-type"),
    (
        (MULTIPART_CONTENT, encode_multipart(BOUNDARY, UNKNOWN).decode()),
        415,
        "unsupported-media-type",
    ),
    ((JSON, "{"), 400, "parse-error"),
    ((JSON, '{"emotion": "sad", "emotion": "calm"}'), 400, "parse-error"),
    ((JSON, "[]"), 400, "invalid"),
    ((JSON, "null"), 400, "invalid"),
    ((JSON, '"sad"'), 400, "invalid"),
    ((JSON, json.dumps(UNKNOWN)), 400, "unknown-field"),
    ((JSON, json.dumps({"owner": 1})), 400, "unknown-field"),
]
BAD_FORMS: list[Bad] = [
    (("text/plain", "hello"), 415, "unsupported-media-type"),
    ((FORM, "file=a"), 415, "unsupported-media-type"),
    ((JSON, '{"file": "a"}'), 415, "unsupported-media-type"),
    ((MULTIPART_CONTENT, encode_multipart(BOUNDARY, UNKNOWN).decode()), 400, "unknown-field"),
    ((MULTIPART_CONTENT, encode_multipart(BOUNDARY, {}).decode()), 422, "no-file"),
    ((MULTIPART_CONTENT, "nothing of the kind"), 422, "no-file"),
    (("multipart/form-data", "without its boundary"), 400, "parse-error"),
]


def routes(resolver: URLResolver, before: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """Name and pattern of each."""
    for entry in resolver.url_patterns:
        pattern = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield f"{space}{entry.name}", pattern
        else:
            inner = f"{entry.namespace}:" if entry.namespace else space
            yield from routes(entry, pattern, inner)


ROUTES = list(routes(get_resolver()))
OURS = [route for route in ROUTES if not route[0].startswith("admin:")]
OF_API = [route for route in OURS if route[0] in API]
ADMIN = [route for route in ROUTES if route[0].startswith("admin:") and route[0] != "admin:logout"]


@pytest.fixture
def world(owner: User, stranger: User, reviewer: User, administrator: User) -> dict[str, Any]:
    """What stands in addresses: everything is the owner's."""
    cache.clear()  # nobody was here before
    factories.consent(owner)
    TOTP.activate(owner, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(owner)
    batch = Batch.objects.create(owner=owner)
    clip = factories.done_clip(owner, name=SECRET, note=SECRET, batch=batch, content=b"abc")
    factories.clip(owner, name=SECRET, deleted_at=DELETED_AT)
    claim_next(reviewer)
    return {
        "clip_id": clip.pk,
        "batch_id": batch.pk,
        "tag_id": add_tags(clip, "heard")[0].pk,
        "version_id": clip.model_version_id,
        "token_id": make_token(owner, TokenWish("a program", ["read"], 7))[0].pk,
        "token": share_clip(clip, n_days=1).token,
        "object_id": clip.pk,
        "content_type_id": 1,
        "id": 1,
    }


@pytest.fixture
def clients(world: dict[str, Any]) -> dict[str, Client]:
    clients = {person: Client() for person in PEOPLE}
    for user in User.objects.filter(username__in=PEOPLE):
        clients[user.username].force_login(user)
    return clients


def test_the_table_names_every_route_and_no_other() -> None:
    assert sorted(TABLE) == sorted({name for name, _ in OURS})


def told(response: HttpResponseBase) -> bytes:
    return b"".join(response) if response.streaming else response.content  # type: ignore[attr-defined]


def address_of(name: str, pattern: str, world: dict[str, Any]) -> str:
    values = world | SPECIAL.get(name, {})
    if name.startswith("example-") and "clip_id" in pattern:
        values["clip_id"] = try_example(EXAMPLES[0]).pk
    if name == "admin:app_list":
        return "/admin/recognition/"
    if pattern in ADDRESSES:
        return ADDRESSES[pattern]
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), pattern)


def is_let_in(response: HttpResponseBase) -> bool:
    """A form that comes back with an error let its person in, too."""
    sent_to = response.headers.get("Location", "")
    return response.status_code not in REFUSALS and not sent_to.startswith(SIGN_IN)


def ask(client: Client, method: str, address: str, body: str = "") -> HttpResponseBase:
    """Whatever is done is taken back."""
    is_json = address.startswith("/api/")
    kind, body = (JSON, body or "{}") if is_json else (FORM, body)
    with transaction.atomic():
        response = client.generic(method, address, body, content_type=kind)
        transaction.set_rollback(True)
    return response


def secret_bearers(let_in: Access) -> Access:
    """Where all members are let in, each sees only what is his or her own."""
    return frozenset({"owner"}) if let_in >= MEMBERS else let_in


@pytest.mark.parametrize(("name", "pattern"), OURS, ids=[name for name, _ in OURS])
def test_it_lets_in_whom_the_table_says(
    name: str, pattern: str, world: dict[str, Any], clients: dict[str, Client]
) -> None:
    address = address_of(name, pattern, world)
    # Django's form views, which allauth's are, take every method for one of these
    for method in ("GET", "POST") if name in ACCOUNTS else METHODS:
        let_in = TABLE[name].get(method, NOBODY)
        for person in PEOPLE:
            response = ask(clients[person], method, address, BODIES.get(name, ""))
            assert is_let_in(response) == (person in let_in), (method, person, response.status_code)
            if person not in secret_bearers(let_in):
                assert SECRET.encode() not in told(response), (method, person)


def test_the_table_of_scopes_names_every_method_of_the_api() -> None:
    assert {name: set(methods) for name, methods in SCOPES.items()} == {
        name: set(methods) for name, methods in API.items()
    }


@pytest.fixture
def tokens(world: dict[str, Any]) -> dict[str, dict[str, Client]]:
    """Of each person one for each scope, and one for all; also what nobody would be given."""
    every: list[str] = [scope.value for scope in ApiToken.Scope]
    wishes = {scope: [scope] for scope in every} | {"all": every}
    return {
        user.username: {
            name: bearer(factories.token(user, scopes=scopes)) for name, scopes in wishes.items()
        }
        for user in User.objects.filter(username__in=PEOPLE)
    }


def bearer(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


def refusal_of(response: HttpResponseBase) -> str:
    """Empty where it was let in."""
    if is_let_in(response):
        return ""
    code: str = json.loads(told(response))["code"]
    return code


def refusal_for(scope: str, held: str) -> str:
    if scope == NO_TOKEN:
        return "api:user:session-only"
    return "" if scope == ANY_TOKEN or held in (scope, "all") else "api:user:scope"


@pytest.mark.parametrize(("name", "pattern"), OF_API, ids=[name for name, _ in OF_API])
def test_a_token_opens_what_its_scope_says(
    name: str, pattern: str, world: dict[str, Any], tokens: dict[str, dict[str, Client]]
) -> None:
    """Without a scope in its view a method is refused to all, and fails here, too."""
    address = address_of(name, pattern, world)
    for method, let_in in API[name].items():
        scope = SCOPES[name][method]
        for person in let_in - {"visitor"}:
            for held, client in tokens[person].items():
                response = ask(client, method, address, BODIES.get(name, ""))
                assert refusal_of(response) == refusal_for(scope, held), (method, person, held)
                if refusal_for(scope, held) == "api:user:scope":
                    assert json.loads(told(response))["extra"] == {"scope": scope}
                    refused = ask(client, "HEAD", address)
                    assert method != "GET" or not is_let_in(refused), (person, held)


@pytest.mark.parametrize(("name", "pattern"), OF_API, ids=[name for name, _ in OF_API])
def test_a_method_that_no_table_names_is_none(
    name: str, pattern: str, world: dict[str, Any], clients: dict[str, Client]
) -> None:
    """One with code and without a scope would be 403."""
    address, client = address_of(name, pattern, world), clients["administrator"]
    for method in set(METHODS) - set(API[name]):
        expected = 405 if API[name] else 404
        assert ask(client, method, address).status_code == expected, method


def stored() -> dict[str, list[str]]:
    models = apps.get_app_config("recognition").get_models()
    return {it.__name__: sorted(map(str, it._base_manager.values())) for it in models}


def refused(client: Client, method: str, address: str, sent: tuple[str, str]) -> tuple[int, str]:
    """With a sentence, and in the shape that all refusals have."""
    kind, body = sent
    response: Any = client.generic(method, address, body, content_type=kind)
    answer = response.json()
    assert set(answer) == {"code", "message", "extra"}
    assert len(answer["message"]) > 10
    return response.status_code, answer["code"]


@pytest.mark.parametrize(("name", "pattern"), OF_API, ids=[name for name, _ in OF_API])
def test_what_it_can_not_take_is_refused_and_nothing_is_stored(
    name: str, pattern: str, world: dict[str, Any], clients: dict[str, Client]
) -> None:
    if name in ("api-docs", "api-redoc", "api-no-address"):
        return
    address, before = address_of(name, pattern, world), stored()
    for method, let_in in API[name].items():
        client = clients[next(person for person in ("owner", *PEOPLE) if person in let_in)]
        lookup = f"{address}?user__password__startswith=a"
        told = refused(client, method, lookup, (JSON, ""))
        assert told == (400, "api:user:unknown-field")
        for sent, status, code in BAD_FORMS if name in OF_FILES else BAD_BODIES:
            if method in ("POST", "PUT", "PATCH") or (name, method) in DELETED_BY_BODY:
                assert refused(client, method, address, sent) == (status, f"api:user:{code}"), sent
    assert stored() == before


@pytest.mark.parametrize(("name", "pattern"), ADMIN, ids=[pattern for _, pattern in ADMIN])
def test_the_admin_is_for_administrators(
    name: str, pattern: str, world: dict[str, Any], clients: dict[str, Client]
) -> None:
    address = address_of(name, pattern, world)
    for person in PEOPLE:
        answers = [ask(clients[person], method, address) for method in ("GET", "POST")]
        if name.endswith(("_changelist", ":index", ":app_list")):
            assert is_let_in(answers[0]) == (person in STAFF), (person, answers)
        elif person not in STAFF:  # administrators can't do everything there either
            assert not any(map(is_let_in, answers)), (person, answers)
        assert person in STAFF or not any(SECRET.encode() in told(one) for one in answers)
