"""Django's admin: searchable, filtered, and as many queries for many rows as for few."""

from collections.abc import Callable

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from recognition.models import ApiToken, Clip, ClipAccess, User
from recognition.tests import factories

pytestmark = pytest.mark.django_db

TOKENS = "/admin/recognition/apitoken/"
LISTS = [
    *("user", "clip", "prediction", "modelversion", "clipaccess", "correction"),
    *("reviewcase", "review", "settlement", "trainingrun", "promotion", "shadowprediction"),
    "apitoken",
]


@pytest.fixture
def client(administrator: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(administrator)


def n_queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def fill(owner: User) -> None:
    factories.done_clip(owner)
    factories.token(owner, "read", "upload", days=30)


@pytest.mark.parametrize("name", LISTS)
def test_it_needs_no_more_queries_for_more_rows(client: Client, name: str) -> None:
    address = f"/admin/recognition/{name}/"
    fill(factories.user("first"))
    few = n_queries(client, address)
    for number in range(8):
        fill(factories.user(f"more {number}"))
    assert n_queries(client, address) == few


@pytest.mark.parametrize("name", LISTS)
def test_it_can_be_searched(client: Client, name: str) -> None:
    clip = factories.done_clip(factories.user("wanted"))
    for words in ("wanted", str(clip.pk)):
        assert client.get(f"/admin/recognition/{name}/", {"q": words}).status_code == 200


def test_it_finds_a_clip_by_name_and_owner(client: Client) -> None:
    factories.clip(factories.user("wanted"), name="searched for.wav")
    factories.clip(factories.user("other"), name="another.wav")
    for words in ("searched", "wanted"):
        text = client.get("/admin/recognition/clip/", {"q": words}).content.decode()
        assert "searched for.wav" in text
        assert "another.wav" not in text


def test_it_never_edits_what_a_model_said(client: Client, owner: User) -> None:
    prediction = factories.done_clip(owner).predictions.get()
    address = f"/admin/recognition/prediction/{prediction.pk}/change/"
    assert client.get(address).status_code == 200
    assert client.post(address, {"emotion": "sad"}).status_code == 403


def test_it_records_that_an_administrator_opened_a_clip(client: Client, clip: Clip) -> None:
    page = client.get(f"/admin/recognition/clip/{clip.pk}/change/").content.decode()
    assert ClipAccess.objects.get().what == "admin"
    assert f'src="/clips/{clip.pk}/audio/"' in page
    assert str(clip.file.name) not in page


def test_it_records_whoever_else_looks_at_a_prediction_there(
    owner: User, signed_in: Callable[[User], Client]
) -> None:
    staff = factories.user("staff", is_staff=True, is_reviewer=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_prediction"))
    prediction = factories.done_clip(owner).predictions.get()
    address = f"/admin/recognition/prediction/{prediction.pk}/change/"
    assert signed_in(staff).get(address).status_code == 200
    access = ClipAccess.objects.get()
    assert (access.user, access.clip_id, access.what) == (staff, prediction.clip_id, "admin")


def test_it_deletes_the_files_with_the_clips(
    client: Client, owner: User, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    clip, other = factories.clip(owner), factories.clip(owner)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        client.post(f"/admin/recognition/clip/{clip.pk}/delete/", {"post": "yes"})
        client.post(f"/admin/recognition/user/{owner.pk}/delete/", {"post": "yes"})
    assert not Clip.objects.exists()
    for gone in (clip, other):
        assert not gone.file.storage.exists(str(gone.file.name))


@pytest.mark.parametrize("person", ["owner", "reviewer", "stranger"])
def test_it_is_closed_to_everybody_else(
    request: pytest.FixtureRequest, signed_in: Callable[[User], Client], person: str
) -> None:
    response = signed_in(request.getfixturevalue(person)).get("/admin/recognition/clip/")
    assert response.status_code in (302, 403)


def test_it_finds_tokens_and_shows_nothing_that_opens_anything(client: Client) -> None:
    secret = factories.token(factories.user("wanted"), "read", "upload", name="nightly")
    factories.token(factories.user("other"), name="another one")
    for words in ("nightly", "wanted", "wanted@example.org", "upload"):
        text = client.get(TOKENS, {"q": words}).content.decode()
        assert "nightly" in text, words
        assert "another one" not in text, words
    token = ApiToken.objects.get(name="nightly")
    pages = [client.get(address) for address in (TOKENS, f"{TOKENS}{token.pk}/change/")]
    for page in pages:
        assert page.status_code == 200
        text = page.content.decode()
        assert "upload and change" in text
        assert secret[:8] in text
        assert secret[:9] not in text
        assert token.digest not in text


def test_it_makes_and_changes_no_token(client: Client, owner: User) -> None:
    factories.token(owner)
    token = ApiToken.objects.get()
    wish = {"name": "mine", "scopes": "read,upload,review", "user": owner.pk}
    assert client.post(f"{TOKENS}add/", wish).status_code == 403
    assert client.post(f"{TOKENS}{token.pk}/change/", wish).status_code == 403
    token.refresh_from_db()
    assert (ApiToken.objects.count(), token.scopes) == (1, ["read"])


@pytest.mark.parametrize("way", ["one", "several"])
def test_who_deletes_a_token_there_revokes_it(client: Client, owner: User, way: str) -> None:
    program = Client(headers={"Authorization": f"Bearer {factories.token(owner)}"})
    token = ApiToken.objects.get()
    other = factories.token(owner)
    assert program.get("/api/v1/account/").status_code == 200
    if way == "one":
        response = client.post(f"{TOKENS}{token.pk}/delete/", {"post": "yes"})
    else:
        chosen = {"action": "delete_selected", "_selected_action": [token.pk], "post": "yes"}
        response = client.post(TOKENS, chosen)
    assert response.status_code == 302
    refused = program.get("/api/v1/account/")
    assert (refused.status_code, refused.json()["code"]) == (401, "api:user:token-revoked")
    kept = Client(headers={"Authorization": f"Bearer {other}"})
    assert kept.get("/api/v1/account/").status_code == 200
    assert str(token.pk) not in client.get(TOKENS).content.decode()
    assert LogEntry.objects.get().object_id == str(token.pk)


def test_staff_without_the_permission_see_and_delete_no_token(
    owner: User, signed_in: Callable[[User], Client]
) -> None:
    factories.token(owner)
    token = ApiToken.objects.get()
    staff = factories.user("staff", is_staff=True)
    client = signed_in(staff)
    assert client.get(TOKENS).status_code == 403
    staff.user_permissions.add(Permission.objects.get(codename="view_apitoken"))
    assert client.get(TOKENS).status_code == 200
    assert client.post(f"{TOKENS}{token.pk}/delete/", {"post": "yes"}).status_code == 403
    token.refresh_from_db()
    assert token.revoked_at is None
