"""Tags by program: all of one's own, and those of a clip, added and taken off one by one."""

from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from recognition.models import Clip, Tag, User
from recognition.services.describe import add_tags
from recognition.services.erase import trash_clips
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
JSON = "application/json"
ALL = "/api/v1/tags/"


@pytest.fixture
def client(owner: User, signed_in: SignIn) -> Client:
    return signed_in(owner)


def place(clip: Clip, tag_id: int | None = None) -> str:
    address = f"/api/v1/clips/{clip.pk}/tags/"
    return address if tag_id is None else f"{address}{tag_id}/"


def add(client: Client, clip: Clip, *names: str, **headers: str) -> Any:
    return client.post(place(clip), {"tags": list(names)}, JSON, headers=headers)


def names_of(clip: Clip) -> list[str]:
    return [tag.name for tag in clip.tags.all()]


def test_it_lists_ones_own_with_how_many_clips_have_them(
    client: Client, owner: User, stranger: User
) -> None:
    clips = [factories.clip(owner) for _ in range(3)]
    for clip in clips:
        add_tags(clip, "work")
    (home,) = add_tags(clips[0], "home")
    add_tags(factories.clip(stranger), "secret")
    trash_clips(Clip.objects.filter(pk=clips[2].pk))
    body = client.get(ALL).json()
    assert [(it["name"], it["n_clips"]) for it in body["results"]] == [("home", 1), ("work", 2)]
    found = client.get(f"/api/v1/clips/?tag={body['results'][0]['id']}").json()["results"]
    assert body["results"][0]["id"] == home.pk
    assert [it["id"] for it in found] == [str(clips[0].pk)]


def test_many_tags_come_in_pages(client: Client, owner: User) -> None:
    names = [f"tag {number:02}" for number in range(60)]
    Tag.objects.bulk_create(Tag(owner=owner, name=name) for name in reversed(names))
    found, address = [], ALL
    while address:
        body = client.get(address).json()
        assert len(body["results"]) <= 25
        found += [it["name"] for it in body["results"]]
        address = body["next"]
    assert found == names


@pytest.mark.parametrize("told", [b"p=a%00b", b"p=%ff&r=x", b"\xff", b"o=-1"])
def test_a_cursor_that_was_made_up_is_no_fault_of_ours(
    client: Client, owner: User, told: bytes
) -> None:
    Tag.objects.create(owner=owner, name="work")
    response = client.get(ALL, {"cursor": b64encode(told).decode()})
    assert response.status_code in (200, 400)
    if b"%00" in told:
        assert response.json()["code"] == "api:user:cursor"


def test_its_tags_are_those_that_are_sent(client: Client, clip: Clip) -> None:
    def tag(*names: Any) -> Any:
        return client.put(place(clip), {"tags": list(names)}, JSON)

    found = tag("work", "Home", "home").json()["tags"]
    assert [it["name"] for it in found] == ["home", "work"]
    listed = client.get(f"/api/v1/clips/?tag={found[0]['id']}").json()["results"]
    assert [it["id"] for it in listed] == [str(clip.pk)]
    assert [it["name"] for it in tag("home").json()["tags"]] == ["home"]
    assert tag().json() == {"tags": []}
    assert not Tag.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"tags": "work"},
        {"tags": ["a,b"]},
        {"tags": ["x" * 51]},
        {"tags": [""]},
        {"tags": [1, None]},
        {"tags": [str(number) for number in range(21)]},
        {"tags": ["a"], "color": "red"},
    ],
)
def test_tags_that_can_not_be_change_nothing(client: Client, clip: Clip, body: Any) -> None:
    add_tags(clip, "work")
    response = client.put(place(clip), body, JSON)
    assert response.status_code == 400
    assert [tag.name for tag in clip.tags.all()] == ["work"]


def test_tags_are_added_to_those_there_are(client: Client, clip: Clip) -> None:
    add_tags(clip, "work")
    for _ in range(2):
        body = add(client, clip, "Home", "WORK").json()
        assert [it["name"] for it in body["tags"]] == ["Home", "work"]
    assert names_of(clip) == ["Home", "work"]


def test_no_tag_and_too_many_tags_are_told(client: Client, clip: Clip) -> None:
    add_tags(clip, ",".join(f"tag {number:02}" for number in range(20)))
    for names, status, code in (
        ([], 400, "api:user:invalid"),
        (["one more"], 422, "describe:user:too-many-tags"),
    ):
        response = add(client, clip, *names)
        assert (response.status_code, response.json()["code"]) == (status, code)
    assert len(names_of(clip)) == 20


def test_one_tag_is_taken_off_and_the_others_stay(client: Client, owner: User, clip: Clip) -> None:
    work, _home = add_tags(clip, "work, home")
    other = factories.clip(owner)
    add_tags(other, "work")
    for _ in range(2):
        response = client.delete(place(clip, work.pk))
        assert (response.status_code, response.content) == (204, b"")
    assert names_of(clip) == ["home"]
    assert names_of(other) == ["work"]


def test_other_peoples_tags_stay_whatever_number_is_sent(
    client: Client, clip: Clip, stranger: User
) -> None:
    theirs = factories.clip(stranger)
    (secret,) = add_tags(theirs, "secret")
    add_tags(clip, "work")
    for number in (secret.pk, 0, 10**30):
        assert client.delete(place(clip, number)).status_code == 204
        assert client.delete(place(theirs, number)).status_code == 404
    assert (names_of(clip), names_of(theirs)) == (["work"], ["secret"])


def test_both_are_bound_to_what_was_seen(client: Client, clip: Clip) -> None:
    (work,) = add_tags(clip, "work")
    seen = client.get(f"/api/v1/clips/{clip.pk}/")["ETag"]
    assert add(client, clip, "home", **{"If-Match": seen}).status_code == 200
    for refused in (
        add(client, clip, "late", **{"If-Match": seen}),
        client.delete(place(clip, work.pk), headers={"If-Match": seen}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (412, "api:user:changed")
    assert names_of(clip) == ["home", "work"]


def test_a_filter_by_what_is_no_tag_is_told_in_words(client: Client, stranger: User) -> None:
    (secret,) = add_tags(factories.clip(stranger), "secret")
    for given in ("foo", secret.pk):
        response = client.get("/api/v1/clips/", {"tag": given})
        assert response.status_code == 400
        words = response.json()["extra"]["fields"]["tag"]
        assert words == ["You have no tag with this number."]


@pytest.mark.parametrize("person", ["stranger", "reviewer", "administrator"])
def test_they_are_the_owners_alone(
    clip: Clip, signed_in: SignIn, request: pytest.FixtureRequest, person: str
) -> None:
    """Of whoever may see the clip, too."""
    factories.consent(clip.owner)
    (work,) = add_tags(clip, "work")
    client = signed_in(request.getfixturevalue(person))
    for response in (add(client, clip, "mine"), client.delete(place(clip, work.pk))):
        assert (response.status_code, response.json()["code"]) == (404, "api:user:not-found")
    assert client.get(ALL).json()["results"] == []
    assert names_of(clip) == ["work"]


def test_a_token_needs_the_scope_of_what_it_does(owner: User, clip: Clip) -> None:
    (work,) = add_tags(clip, "work")
    reads, uploads = (
        Client(headers={"Authorization": f"Bearer {factories.token(owner, scope)}"})
        for scope in ("read", "upload")
    )
    for refused in (
        add(reads, clip, "home"),
        reads.delete(place(clip, work.pk)),
        uploads.get(ALL),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "api:user:scope")
    assert len(reads.get(ALL).json()["results"]) == 1
    assert add(uploads, clip, "home").status_code == 200
    assert uploads.delete(place(clip, work.pk)).status_code == 204
