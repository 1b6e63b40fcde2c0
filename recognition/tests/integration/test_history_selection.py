"""What is done with several clips at once, and that it is done with own clips only."""

from collections.abc import Callable

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from django.utils import timezone

from recognition.models import Clip, Tag, User
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]


def choose(client: Client, action: str, clips: list[Clip], **more: str) -> HttpResponseBase:
    ids = [str(clip.pk) for clip in clips]
    return client.post("/clips/selection/", {"action": action, "clip": ids} | more)


def page_after(client: Client) -> str:
    return client.get("/clips/").content.decode()


def test_it_deletes_what_was_chosen_and_has_it_back(owner: User, signed_in: SignIn) -> None:
    clips = [factories.done_clip(owner) for _ in range(3)]
    client = signed_in(owner)
    response = choose(client, "delete", clips[:2], back="emotion=happy&sort=name")
    assert response.status_code == 302
    assert response["Location"] == "/clips/?emotion=happy&sort=name"
    assert list(Clip.objects.all()) == [clips[2]]
    page = client.get("/clips/")
    assert "2 clips were deleted." in page.content.decode()
    [message] = page.context["messages"]
    moment = message.extra_tags.removeprefix("undo ")
    client.post("/clips/restore/", {"deleted_at": moment})
    assert Clip.objects.count() == 3
    assert "2 clips are back." in page_after(client)


def test_it_tags_all_or_none(owner: User, signed_in: SignIn) -> None:
    clips = [factories.clip(owner) for _ in range(2)]
    client = signed_in(owner)
    choose(client, "tag", clips, tags="interview, Loud")
    assert all(set(it.tags.values_list("name", flat=True)) == {"interview", "Loud"} for it in clips)
    assert "2 clips have “interview”, “Loud” now." in page_after(client)
    clips[1].tags.add(*(Tag.objects.create(owner=owner, name=f"t{n}") for n in range(18)))
    choose(client, "tag", clips, tags="one too many")
    assert "at most 20 are allowed" in page_after(client)
    assert not Clip.objects.filter(tags__name="one too many").exists()
    choose(client, "tag", clips, tags=" , ")
    assert "No tag was given" in page_after(client)


def test_it_leads_two_to_four_to_be_compared(owner: User, signed_in: SignIn) -> None:
    clips = [factories.done_clip(owner) for _ in range(5)]
    client = signed_in(owner)
    response = choose(client, "compare", clips[:2])
    newest_first = f"clip={clips[1].pk}&clip={clips[0].pk}"
    assert response["Location"] == f"/compare/?{newest_first}"
    assert client.get(response["Location"]).status_code == 200
    for too_few_or_many in (clips[:1], clips):
        assert choose(client, "compare", too_few_or_many)["Location"] == "/clips/"
        assert "Two to four different clips" in page_after(client)


@pytest.mark.parametrize("extension", ["csv", "json", "xlsx"])
def test_it_exports_what_was_chosen(owner: User, signed_in: SignIn, extension: str) -> None:
    clips = [factories.done_clip(owner, name=f"clip-{number}") for number in range(3)]
    response = choose(signed_in(owner), extension, clips[:2])
    assert f'.{extension}"' in response["Content-Disposition"]
    content: bytes = response.getvalue()
    if extension != "xlsx":
        assert content.count(b"clip-") == 2


@pytest.mark.parametrize("action", ["delete", "tag", "compare", "csv"])
def test_it_asks_for_a_choice(owner: User, signed_in: SignIn, action: str) -> None:
    client = signed_in(owner)
    assert choose(client, action, [], tags="a")["Location"] == "/clips/"
    assert "No clip was chosen" in page_after(client)


@pytest.mark.parametrize("person", ["reviewer", "stranger", "administrator"])
@pytest.mark.parametrize("action", ["delete", "tag", "compare", "csv", "json", "xlsx"])
def test_it_never_touches_the_clips_of_others(
    owner: User, signed_in: SignIn, request: pytest.FixtureRequest, person: str, action: str
) -> None:
    User.objects.filter(pk=owner.pk).update(review_consent_at=timezone.now())
    clips = [factories.done_clip(owner) for _ in range(2)]
    client = signed_in(request.getfixturevalue(person))
    assert choose(client, action, clips, tags="mine")["Location"] == "/clips/"
    assert Clip.objects.count() == 2
    assert not Tag.objects.exists()
    assert clips[0].name not in page_after(client)


def test_it_refuses_what_it_does_not_know(owner: User, signed_in: SignIn) -> None:
    clip = factories.done_clip(owner)
    client = signed_in(owner)
    assert choose(client, "format-disk", [clip]).status_code == 400
    assert client.get("/clips/selection/").status_code == 405
    wrong = {"action": "delete", "clip": ["nonsense", "\0", "1" * 5000]}
    assert client.post("/clips/selection/", wrong).status_code == 302
    assert Clip.objects.count() == 1


def test_it_leads_back_nowhere_else(owner: User, signed_in: SignIn) -> None:
    clip = factories.done_clip(owner)
    for back in ("//evil.example/", "https://evil.example/?a=b", "next=//evil.example"):
        response = choose(signed_in(owner), "tag", [clip], tags="a", back=back)
        assert response["Location"].startswith("/clips/")


def test_it_wants_a_token(owner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    clip = factories.done_clip(owner)
    assert choose(client, "delete", [clip]).status_code == 403
    assert Clip.objects.count() == 1
