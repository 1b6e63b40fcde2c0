"""Whatever goes wrong below /api/: the right status, and always one shape."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from recognition.api.urls import urlpatterns
from recognition.api.views.base import ApiView
from recognition.models import ApiToken, User
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
JSON = "application/json"
PAGES = {"api-docs", "api-redoc"}
ACCOUNT, TOKENS = "/api/v1/account/", "/api/v1/tokens/"


@pytest.fixture
def client(owner: User, signed_in: SignIn) -> Client:
    return signed_in(owner)


def error(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response["Content-Type"] == "application/json"
    body: dict[str, Any] = response.json()
    assert (response.status_code, body["code"]) == (status, code)
    assert set(body) == {"code", "message", "extra"}
    assert body["message"].endswith((".", ")"))
    assert "{" not in body["message"]
    assert isinstance(body["extra"], dict)
    return body


@pytest.mark.parametrize("method", ["get", "head", "post", "put", "patch", "delete", "options"])
@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/clips/", "/api/v1/clips", "/api/v2/x"])
def test_an_address_that_is_none_is_told_to_everybody(path: str, method: str) -> None:
    response = getattr(Client(enforce_csrf_checks=True), method)(path)
    assert response.status_code == 404
    if method != "head":
        assert error(response, 404, "api:user:no-address")["extra"] == {"path": path}


def test_a_page_that_is_none_stays_a_page() -> None:
    response = Client().get("/apis/")
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("method", ["post", "put", "options"])
def test_it_names_the_methods_that_there_are(client: Client, method: str) -> None:
    response = getattr(client, method)(ACCOUNT)
    extra = error(response, 405, "api:user:method-not-allowed")["extra"]
    assert extra["method"] == method.upper()
    assert {"GET", "PATCH"} <= set(extra["allowed"])
    assert set(response["Allow"].split(", ")) == set(extra["allowed"])


def test_it_offers_json_only(client: Client) -> None:
    error(client.get(ACCOUNT, headers={"Accept": "text/csv"}), 406, "api:user:not-acceptable")
    browser = "text/html,application/xhtml+xml,*/*;q=0.8"
    assert client.get(ACCOUNT, headers={"Accept": browser}).status_code == 200


def test_it_names_the_types_that_it_takes(client: Client) -> None:
    response = client.post(TOKENS, "name=a", content_type="text/plain")
    extra = error(response, 415, "api:user:unsupported-media-type")["extra"]
    assert extra["media_type"] == "text/plain"
    assert JSON in extra["accepted"]


BROKEN = ["{", "nothing", b"\xff\xfe", '{"name": NaN}', '{"name": "a", "name": "b"}']


@pytest.mark.parametrize("body", BROKEN)
def test_it_says_where_json_breaks(client: Client, body: str | bytes) -> None:
    response = client.post(TOKENS, body, content_type=JSON)
    assert error(response, 400, "api:user:parse-error")["extra"]["reason"]


def test_json_that_is_nested_too_deep_can_not_be_read(client: Client) -> None:
    response = client.post(TOKENS, "[" * 100_000, content_type=JSON)
    error(response, 400, "api:user:parse-error")


def test_json_is_not_read_without_end(client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = client.patch(ACCOUNT, {"name": "x" * 1000}, content_type=JSON)
    error(response, 413, "api:user:body-too-large")


def test_a_form_without_its_boundary_can_not_be_read(client: Client) -> None:
    response = client.post("/api/v1/clips/", "name", content_type="multipart/form-data")
    error(response, 400, "api:user:parse-error")


@pytest.mark.parametrize("body", ["[]", "1", '"name"', "null"])
def test_it_takes_objects_only(client: Client, body: str) -> None:
    assert client.post(TOKENS, body, content_type=JSON).status_code == 400
    assert not ApiToken.objects.exists()


def test_an_unknown_filter_is_refused_and_not_asked_of_the_database(client: Client) -> None:
    response = client.get(TOKENS, {"user__password__startswith": "a", "cursor": "", "x" * 90: ""})
    extra = error(response, 400, "api:user:unknown-field")["extra"]
    assert extra["fields"][0] == "user__password__startswith"
    assert len(extra["fields"][1]) == 60
    assert extra["allowed"] == ["cursor"]
    assert client.get(ACCOUNT, {"format": "json"}).status_code == 400
    assert client.patch(f"{ACCOUNT}?cursor=", {}, content_type=JSON).status_code == 400


def test_an_unknown_field_is_refused_and_nothing_of_the_rest_is_done(
    client: Client, owner: User
) -> None:
    body = {"name": "Ada", "is_reviewer": True}
    response = client.patch(ACCOUNT, body, content_type=JSON)
    extra = error(response, 400, "api:user:unknown-field")["extra"]
    assert extra["fields"] == ["is_reviewer"]
    assert "consents_to_training" in extra["allowed"]
    owner.refresh_from_db()
    assert (owner.name, owner.is_reviewer) == ("", False)


@pytest.mark.parametrize(
    "cursor",
    [
        *("nonsense", "cD1ub25zZW5zZQ==", "cD0lMDA=", "🎉", "bz0tMQ=="),
        "cD05OTk5LTEyLTMxVDIzOjU5OjU5LTIzOjU5",  # a moment beyond the last one
    ],
)
def test_a_damaged_cursor_is_refused(client: Client, cursor: str) -> None:
    error(client.get(TOKENS, {"cursor": cursor}), 400, "api:user:cursor")


def test_a_null_character_is_refused(client: Client) -> None:
    error(client.get(TOKENS, {"cursor": "a\0b"}), 400, "api:user:parse-error")
    response = client.patch(ACCOUNT, {"name": "a\0b"}, content_type=JSON)
    assert list(error(response, 400, "api:user:invalid")["extra"]["fields"]) == ["name"]


def test_a_host_that_is_not_ours_is_refused() -> None:
    error(Client(HTTP_HOST="elsewhere.example").get(ACCOUNT), 400, "api:user:bad-request")


def test_what_fails_here_is_told_without_what_failed(owner: User, settings: Any) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(owner)
    del settings.UPLOAD_MAX_BYTES
    response = client.get(ACCOUNT)
    error(response, 500, "api:app:failed")
    assert "UPLOAD" not in response.content.decode()


def test_it_speaks_the_language_that_is_asked_for(db: None) -> None:
    response = Client().get(ACCOUNT, headers={"Accept-Language": "de"})
    assert "Melden Sie sich an" in error(response, 401, "api:user:not-authenticated")["message"]


def test_every_operation_has_a_scope() -> None:
    """Without one nobody would be let in."""
    for pattern in urlpatterns:
        callback: Any = pattern.callback
        view = callback.view_class
        if pattern.name in PAGES:
            continue
        assert issubclass(view, ApiView), pattern.name
        methods = {name.upper() for name in ("get", "post", "put", "patch", "delete")}
        methods = {name for name in methods if hasattr(view, name.lower())}
        assert set(view.scopes) == methods, pattern.name
        assert set(view.scopes.values()) <= {"read", "upload", "review", "session"}


def test_a_signed_out_browser_is_told_how_to_sign_in(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    response = client.get(ACCOUNT)
    error(response, 401, "api:user:not-authenticated")
    assert response["WWW-Authenticate"] == 'Bearer realm="sersite"'


def test_it_is_reviewed_by_reviewers_only(owner: User, reviewer: User) -> None:
    """A scope that was given once is worth nothing when the person may not review any more."""
    secret = factories.token(reviewer, "review")
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    assert client.get("/api/v1/reviews/").status_code == 200
    User.objects.filter(pk=reviewer.pk).update(is_reviewer=False)
    error(client.get("/api/v1/reviews/"), 403, "api:user:reviewers-only")
