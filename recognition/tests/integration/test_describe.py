"""Name, note and tags of a clip: by htmx and by a plain form, and every refusal."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.test import Client

from recognition.errors import DescribeError
from recognition.models import Clip, Tag, User
from recognition.services.describe import add_tags, describe_clip, remove_tag, set_tags
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
HTMX = {"hx-request": "true"}


def describe(client: Client, clip: Clip, **values: str) -> Any:
    data = {"name": clip.name, "note": clip.note} | values
    return client.post(f"/clips/{clip.pk}/describe/", data, headers=HTMX)


def tag(client: Client, clip: Clip, tags: str) -> Any:
    return client.post(f"/clips/{clip.pk}/tag/", {"tags": tags}, headers=HTMX)


def names_of(clip: Clip) -> list[str]:
    return list(clip.tags.values_list("name", flat=True))


def test_it_saves_name_and_note_and_renames_the_page(clip: Clip, signed_in: SignIn) -> None:
    response = describe(signed_in(clip.owner), clip, name="  Grandma\t calls ", note=" at noon\r\n")
    clip.refresh_from_db()
    assert (clip.name, clip.note) == ("Grandma calls", "at noon")
    text = response.content.decode()
    heading = '<h1 id="clip-name" title="Grandma calls" hx-swap-oob="true">Grandma calls</h1>'
    assert heading in text
    assert "Name and note are saved." in text


def test_it_leads_back_to_the_page_without_htmx(clip: Clip, signed_in: SignIn) -> None:
    client = signed_in(clip.owner)
    response = client.post(f"/clips/{clip.pk}/describe/", {"name": "new", "note": ""}, follow=True)
    assert response.redirect_chain == [(f"/clips/{clip.pk}/", 302)]
    assert "Name and note are saved." in response.content.decode()
    response = client.post(f"/clips/{clip.pk}/describe/", {"name": ""}, follow=True)
    assert "A clip needs a name" in response.content.decode()


def test_it_saves_only_what_was_changed_against_what_the_page_showed(
    clip: Clip, signed_in: SignIn
) -> None:
    """One tab renames, another one, opened before, writes a note."""
    client = signed_in(clip.owner)
    shown = {"shown_name": clip.name, "shown_note": ""}
    describe(client, clip, name="renamed", **shown)
    response = describe(client, clip, note="two\r\nlines", **shown)
    assert "Name and note are saved." in response.content.decode()
    clip.refresh_from_db()
    assert (clip.name, clip.note) == ("renamed", "two\nlines")


def test_saving_what_was_shown_changes_nothing(clip: Clip, signed_in: SignIn) -> None:
    Clip.objects.filter(pk=clip.pk).update(name="two  spaces", note="a\nb ")
    shown = {"shown_name": "two  spaces", "shown_note": "a\r\nb "}
    response = describe(signed_in(clip.owner), clip, name="two  spaces", note="a\r\nb ", **shown)
    assert "Name and note are saved." in response.content.decode()
    clip.refresh_from_db()
    assert (clip.name, clip.note) == ("two  spaces", "a\nb ")


@pytest.mark.parametrize(("field", "first"), [("note", "the first"), ("name", "first name")])
def test_it_never_replaces_unseen_what_another_tab_wrote(
    clip: Clip, signed_in: SignIn, field: str, first: str
) -> None:
    client = signed_in(clip.owner)
    shown = {"shown_name": clip.name, "shown_note": ""}
    describe(client, clip, **{field: first}, **shown)
    response = describe(client, clip, **{field: "the second"}, **shown)
    text = response.content.decode()
    assert response.status_code == 422
    assert f"“{first}”" in text
    assert "the second" in text  # what was typed stays in its field
    assert f'name="shown_{field}" value="{first}"' in text
    clip.refresh_from_db()
    assert getattr(clip, field) == first
    describe(client, clip, **{field: "the second", f"shown_{field}": first})
    clip.refresh_from_db()
    assert getattr(clip, field) == "the second"


def test_a_mistake_does_not_hide_what_another_tab_wrote(clip: Clip, signed_in: SignIn) -> None:
    client = signed_in(clip.owner)
    shown = {"shown_name": clip.name, "shown_note": ""}
    describe(client, clip, note="the first", **shown)
    response = describe(client, clip, name="", note="mine", **shown)
    assert 'name="shown_note" value=""' in response.content.decode()


def test_a_renamed_clip_keeps_the_name_of_its_file(clip: Clip) -> None:
    describe_clip(clip, name="new", note="")
    clip.refresh_from_db()
    assert clip.file_name == "as it was sent.wav"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": " "}, "A clip needs a name"),
        ({"name": "\u200b\u202e"}, "A clip needs a name"),
        ({"name": "x" * 256}, "The name has 256 characters, at most 255"),
        ({"note": "x" * 4001}, "The note has 4001 characters, at most 4000"),
        ({"note": "a\0b"}, "Null characters"),
    ],
)
def test_it_refuses_with_a_reason_and_changes_nothing(
    clip: Clip, signed_in: SignIn, values: dict[str, str], words: str
) -> None:
    response = describe(signed_in(clip.owner), clip, **values)
    assert response.status_code == 422
    assert words in response.content.decode()
    before = clip.name, clip.note
    clip.refresh_from_db()
    assert (clip.name, clip.note) == before


def test_it_gives_back_what_was_typed_beside_the_refusal(clip: Clip, signed_in: SignIn) -> None:
    response = describe(signed_in(clip.owner), clip, name="", note="long thought about")
    assert "long thought about" in response.content.decode()


def test_it_shows_a_name_as_text_only(clip: Clip, signed_in: SignIn) -> None:
    response = describe(signed_in(clip.owner), clip, name="<b>x</b>", note="</textarea><script>")
    text = response.content.decode()
    assert "<b>" not in text
    assert "<script>" not in text


def test_it_makes_tags_as_they_are_typed(clip: Clip, signed_in: SignIn) -> None:
    response = tag(signed_in(clip.owner), clip, "work,  loud  voices , work")
    assert names_of(clip) == ["loud voices", "work"]
    assert "Tagged: work, loud voices." in response.content.decode()


def test_tags_that_differ_in_case_are_one_for_an_owner(clip: Clip, stranger: User) -> None:
    other = factories.clip(clip.owner)
    foreign = factories.clip(stranger)
    for it, name in ((clip, "Work"), (other, "WORK"), (clip, "work"), (foreign, "work")):
        add_tags(it, name)
    assert names_of(clip) == names_of(other) == ["Work"]
    assert Tag.objects.count() == 2


def test_a_double_click_adds_a_tag_once(clip: Clip, signed_in: SignIn) -> None:
    for _ in range(2):
        assert tag(signed_in(clip.owner), clip, "work").status_code == 200
    assert names_of(clip) == ["work"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" , ", "No tag was given"),
        ("x" * 51, "has 51 characters, at most 50"),
        (",".join(f"t{i}" for i in range(21)), "would have 21 tags, at most 20"),
        ("a\0b", "Null characters"),
    ],
)
def test_it_refuses_tags_with_a_reason(
    clip: Clip, signed_in: SignIn, text: str, words: str
) -> None:
    response = tag(signed_in(clip.owner), clip, text)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Tag.objects.exists()


def test_it_counts_the_tags_that_are_there_already(clip: Clip) -> None:
    add_tags(clip, ",".join(f"t{i}" for i in range(20)))
    add_tags(clip, "T3")
    with pytest.raises(DescribeError) as error:
        add_tags(clip, "one more")
    assert error.value.code == "describe:user:too-many-tags"
    assert not Tag.objects.filter(name="one more").exists()


def test_it_removes_a_tag_and_forgets_it_with_its_last_clip(clip: Clip, signed_in: SignIn) -> None:
    other = factories.clip(clip.owner)
    (work,) = add_tags(clip, "work")
    add_tags(other, "work")
    client = signed_in(clip.owner)
    for _ in range(2):  # a second click finds nothing
        response = client.post(f"/clips/{clip.pk}/untag/", {"tag": work.pk}, headers=HTMX)
        assert response.status_code == 200
    assert (names_of(clip), names_of(other)) == ([], ["work"])
    client.post(f"/clips/{other.pk}/untag/", {"tag": work.pk}, headers=HTMX)
    assert not Tag.objects.exists()


def test_it_leaves_these_tags_and_no_others(clip: Clip) -> None:
    other = factories.clip(clip.owner)
    add_tags(clip, "work, home")
    add_tags(other, "home")
    assert [tag.name for tag in set_tags(clip, "WORK, new")] == ["work", "new"]
    assert (names_of(clip), names_of(other)) == (["new", "work"], ["home"])
    assert set_tags(clip, "") == []
    assert names_of(clip) == []
    assert Tag.objects.get().name == "home"


@pytest.mark.parametrize("wrong", [",", "x" * 51, ",".join(f"t{i}" for i in range(21))])
def test_tags_that_are_refused_leave_those_that_are_there(clip: Clip, wrong: str) -> None:
    add_tags(clip, "work")
    with pytest.raises(DescribeError):
        set_tags(clip, wrong)
    assert names_of(clip) == ["work"]


def test_it_never_touches_the_tag_of_another(clip: Clip, stranger: User) -> None:
    foreign = factories.clip(stranger)
    (work,) = add_tags(foreign, "work")
    assert remove_tag(clip, work.pk) == ""
    assert names_of(foreign) == ["work"]


@pytest.mark.parametrize("wrong", ["", "x", "0", str(2**70)])
def test_it_refuses_to_remove_what_is_no_tag(clip: Clip, signed_in: SignIn, wrong: str) -> None:
    response = signed_in(clip.owner).post(f"/clips/{clip.pk}/untag/", {"tag": wrong}, headers=HTMX)
    assert response.status_code == 422


@pytest.mark.django_db(transaction=True)
def test_the_same_tag_from_everywhere_at_once_is_one_tag(owner: User) -> None:
    clips = [factories.clip(owner) for _ in range(4)]

    def tag_and_untag(clip: Clip) -> None:
        for _ in range(5):
            (found,) = add_tags(clip, "work")
            remove_tag(clip, found.pk)
        add_tags(clip, "work")
        connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(tag_and_untag, clips))
    assert Tag.objects.get().clips.count() == 4


@pytest.mark.parametrize("action", ["describe", "tag", "untag"])
@pytest.mark.parametrize("person", ["reviewer", "stranger", "administrator"])
def test_only_its_owner_describes_a_clip(
    clip: Clip, signed_in: SignIn, request: pytest.FixtureRequest, action: str, person: str
) -> None:
    factories.consent(clip.owner)
    client = signed_in(request.getfixturevalue(person))
    data = {"name": "taken", "note": "", "tags": "work", "tag": 1}
    assert client.post(f"/clips/{clip.pk}/{action}/", data).status_code == 404
    assert not Clip.objects.filter(name="taken").exists()
    assert not Tag.objects.exists()


def test_a_reviewer_sees_neither_note_nor_tags(
    clip: Clip, reviewer: User, signed_in: SignIn
) -> None:
    factories.consent(clip.owner)
    describe_clip(clip, name="a", note="my own thought")
    add_tags(clip, "my own tag")
    text = signed_in(reviewer).get(f"/clips/{clip.pk}/").content.decode()
    assert "my own" not in text


def test_it_finds_a_clip_by_the_words_of_its_note(clip: Clip) -> None:
    describe_clip(clip, name="a", note="at the seaside-café")
    assert Clip.objects.get(words=SearchQuery("seaside", config="simple")) == clip
