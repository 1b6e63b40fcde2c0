"""Django's admin: searchable, filtered, and as many queries for many rows as for few."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from recognition.models import Clip, ClipAccess, User
from recognition.tests import factories

pytestmark = pytest.mark.django_db

LISTS = [
    *("user", "clip", "prediction", "modelversion", "clipaccess", "correction"),
    *("reviewcase", "review", "settlement", "trainingrun", "promotion", "shadowprediction"),
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


@pytest.mark.parametrize("name", LISTS)
def test_it_needs_no_more_queries_for_more_rows(client: Client, name: str) -> None:
    address = f"/admin/recognition/{name}/"
    factories.done_clip(factories.user("first"))
    few = n_queries(client, address)
    for number in range(8):
        factories.done_clip(factories.user(f"more {number}"))
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
