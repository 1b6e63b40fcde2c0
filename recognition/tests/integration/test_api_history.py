"""The list of own clips by program: the history's filters and orders, strictly taken."""

from collections.abc import Callable
from importlib import import_module
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recognition.forms.history import SORTS, HistoryForm
from recognition.models import Batch, Clip, User
from recognition.services.correct import correct_clip
from recognition.services.describe import add_tags
from recognition.services.erase import trash_clips
from recognition.tests import factories

pytestmark = pytest.mark.django_db

PLACE = "/api/v1/clips/"
SignIn = Callable[[User], Client]


@pytest.fixture
def client(owner: User, signed_in: SignIn) -> Client:
    return signed_in(owner)


def found(client: Client, **query: Any) -> list[str]:
    response = client.get(PLACE, query)
    assert response.status_code == 200, response.content
    return [clip["name"] for clip in response.json()["results"]]


def make_clips(owner: User) -> dict[str, Clip]:
    clips = {
        "happy": factories.done_clip(owner, name="happy", emotion="happy", confidence=0.9),
        "sad": factories.done_clip(owner, name="sad", emotion="sad", confidence=0.3),
        "failed": factories.failed_clip(owner, name="failed", duration_s=9.0),
        "queued": factories.clip(owner, name="queued", note="from the kitchen"),
    }
    correct_clip(owner, clips["happy"], "calm")
    add_tags(clips["sad"], "work")
    return clips


def test_each_filter_of_the_history_works(client: Client, owner: User) -> None:
    clips = make_clips(owner)
    (tag,) = clips["sad"].tags.all()
    batch = Batch.objects.create(owner=owner)
    Clip.objects.filter(name="failed").update(batch=batch)
    factories.days_ago(clips["queued"], 40)
    today = clips["sad"].created_at.date().isoformat()
    cases: dict[str, tuple[Any, set[str]]] = {
        "q": ("kitch", {"queued"}),
        "sort": ("name", {"failed", "happy", "queued", "sad"}),
        "emotion": (["calm", "sad"], {"happy", "sad"}),
        "heard": ("happy", {"happy"}),
        "min": ("80", {"happy"}),
        "max": ("40", {"sad"}),
        "sure": ("no", {"sad"}),
        "since": (today, {"happy", "sad", "failed"}),
        "until": ("2001-01-01", set()),
        "state": ("failed", {"failed"}),
        "tag": (str(tag.pk), {"sad"}),
        "corrected": ("yes", {"happy"}),
        "reviewed": ("yes", set()),
        "batch": (str(batch.pk), {"failed"}),
    }
    assert set(cases) == set(HistoryForm.base_fields)
    for name, (value, names) in cases.items():
        assert set(found(client, **{name: value})) == names, name


def test_filters_go_together(client: Client, owner: User) -> None:
    make_clips(owner)
    assert found(client, state="done", sort="least-sure") == ["sad", "happy"]
    assert found(client, state="done", emotion="sad", max="20") == []


@pytest.mark.parametrize("sort", [name for name, _words in SORTS])
def test_in_each_order_every_clip_comes_once(client: Client, owner: User, sort: str) -> None:
    for number in range(28):
        factories.clip(owner, name=f"clip {number % 7}", duration_s=number % 5)
    first = client.get(PLACE, {"sort": sort, "state": "queued"}).json()
    parts = urlsplit(first["next"])
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"http://testserver{PLACE}"
    second = client.get(f"{parts.path}?{parts.query}").json()
    ids = [clip["id"] for clip in [*first["results"], *second["results"]]]
    assert len(ids) == len(set(ids)) == 28
    assert set(second) == {"next", "previous", "results"}
    assert second["next"] is first["previous"] is None
    assert client.get(second["previous"]).json() == first


@pytest.mark.parametrize("query", [{}, {"state": "done"}, {"heard": "happy"}])
@pytest.mark.parametrize("sort", [name for name, _words in SORTS])
def test_pages_lead_back_the_way_they_came(
    client: Client, owner: User, monkeypatch: Any, sort: str, query: dict[str, str]
) -> None:
    """Also over the border between clips with a confidence and those without."""
    monkeypatch.setattr(import_module("recognition.selectors.history"), "PAGE_SIZE", 3)
    for number in range(7):
        factories.done_clip(owner, name=f"a_{number % 3}", confidence=0.5 + number % 2 / 10)
        factories.clip(owner, name="", duration_s=None if number % 2 else 2.0)
    address, pages = f"{PLACE}?{urlencode({'sort': sort} | query)}", []
    while address:
        pages.append(client.get(address).json())
        address = pages[-1]["next"]
    assert len(pages) == (3 if query else 5)
    for page in reversed(pages):
        back = client.get(address).json() if address else page
        assert back == page
        address = page["previous"]
    assert address is None


def test_what_came_meanwhile_stands_on_the_pages_before(
    client: Client, owner: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr(import_module("recognition.selectors.history"), "PAGE_SIZE", 2)
    for name in "abcd":
        factories.clip(owner, name=name)
    second = client.get(client.get(PLACE).json()["next"]).json()
    new = factories.clip(owner, name="new")
    first = client.get(second["previous"]).json()
    assert [clip["name"] for clip in first["results"]] == ["d", "c"]
    newest = client.get(first["previous"]).json()
    assert [clip["id"] for clip in newest["results"]] == [str(new.pk)]
    assert newest["previous"] is None
    assert client.get(newest["next"]).json()["results"] == first["results"]
    trash_clips(Clip.objects.filter(name__in=["c", "d", "new"]))
    left = client.get(second["previous"]).json()
    assert [clip["name"] for clip in left["results"]] == ["b", "a"], "no dead end"
    assert left["next"] is left["previous"] is None


def test_it_shows_nobody_elses_clips_and_no_deleted_ones(
    owner: User, stranger: User, reviewer: User, administrator: User, signed_in: SignIn
) -> None:
    factories.consent(owner)
    make_clips(owner)
    trash_clips(Clip.objects.filter(name="queued"))
    assert len(found(signed_in(owner))) == 3
    for person in (stranger, reviewer, administrator):
        assert found(signed_in(person)) == []


@pytest.mark.parametrize(
    "name",
    [
        *("user__password__startswith", "owner__password__startswith", "owner", "id"),
        *("emotion__in", "sort__", "page", "Emotion", "after", ""),
    ],
)
def test_unknown_filters_are_refused(client: Client, owner: User, name: str) -> None:
    factories.clip(owner)
    response = client.get(f"{PLACE}?{name}=a")
    assert (response.status_code, response.json()["code"]) == (400, "api:user:unknown-field")
    extra = response.json()["extra"]
    assert extra["fields"] == [name]
    assert set(extra["allowed"]) == {*HistoryForm.base_fields, "cursor"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("emotion", "glad"),
        ("heard", "glad"),
        ("sort", "-password"),
        ("state", "lost"),
        ("min", "101"),
        ("max", "x"),
        ("sure", "perhaps"),
        ("since", "yesterday"),
        ("until", "2026-02-30"),
        ("tag", "x"),
        ("tag", "999999999"),
        ("batch", "x"),
        ("batch", str(uuid4())),
        ("corrected", "true"),
        ("q", "---"),
        ("q", "x" * 201),
    ],
)
def test_malformed_filters_are_refused(client: Client, name: str, value: str) -> None:
    response = client.get(PLACE, {name: value})
    assert (response.status_code, response.json()["code"]) == (400, "api:user:invalid")
    assert set(response.json()["extra"]["fields"]) == {name}
    assert response.json()["extra"]["fields"][name][0]


def test_tags_and_batches_of_other_people_are_none(
    client: Client, owner: User, stranger: User
) -> None:
    theirs = factories.clip(stranger)
    (tag,) = add_tags(theirs, "work")
    batch = Batch.objects.create(owner=stranger)
    for query in ({"tag": str(tag.pk)}, {"batch": str(batch.pk)}):
        assert client.get(PLACE, query).status_code == 400


def test_backwards_ends_are_refused(client: Client) -> None:
    for query in ({"min": 60, "max": 50}, {"since": "2026-02-02", "until": "2026-02-01"}):
        assert client.get(PLACE, query).json()["code"] == "api:user:invalid"


def test_a_filter_that_comes_twice_is_refused(client: Client) -> None:
    response = client.get(f"{PLACE}?state=done&state=failed")
    assert (response.status_code, response.json()["code"]) == (400, "api:user:invalid")
    assert client.get(f"{PLACE}?emotion=sad&emotion=happy").status_code == 200


@pytest.mark.parametrize(
    "cursor", ["x", "_", "2026-01-01_", "0.5_zz", "a" * 3000, "%00", "~", "x~", "_~"]
)
def test_a_damaged_cursor_is_refused(client: Client, cursor: str) -> None:
    response = client.get(f"{PLACE}?cursor={cursor}")
    assert response.status_code == 400
    assert response.json()["code"] in ("api:user:cursor", "api:user:parse-error")


def test_each_clip_is_told_without_a_query_of_its_own(client: Client, owner: User) -> None:
    def ask() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(PLACE).status_code == 200
        return len(queries)

    make_clips(owner)
    ask()
    few = ask()
    for _ in range(5):
        add_tags(factories.done_clip(owner), "x")
    assert ask() == few


def test_a_clip_read_before_its_result_came_has_none_in_it(client: Client, owner: User) -> None:
    """Its row is read first, its prediction after: a worker may finish it in between."""
    clip = factories.done_clip(owner)
    Clip.objects.update(
        state="running", started_at=timezone.now(), finished_at=None, emotion="", confidence=None
    )
    (listed,) = client.get("/api/v1/clips/").json()["results"]
    body = client.get(f"/api/v1/clips/{clip.pk}/").json()
    for told in (listed, body):
        assert (told["state"], told["is_final"], told["prediction"]) == ("running", False, None)
    assert (body["place"], body["trust"]) == (None, None)
