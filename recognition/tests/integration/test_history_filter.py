"""What is looked for is found, nothing else is, and never what belongs to somebody else."""

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from recognition import selectors
from recognition.forms.history import SORTS, HistoryForm
from recognition.models import Clip, User
from recognition.selectors.history import ORDERS
from recognition.services.describe import add_tags
from recognition.services.erase import trash_clips
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]


def found(owner: User, query: str, cursor: str = "") -> list[str]:
    """Names, in their order."""
    form = HistoryForm(QueryDict(query), owner=owner)
    assert form.is_valid(), form.errors
    return [clip.name for clip in selectors.history(owner, cursor, form.chosen()).clips]


@pytest.fixture
def eight(owner: User, stranger: User) -> User:
    """The same clips for two people, so that whatever leaks is seen."""
    for user in (stranger, owner):
        factories.done_clip(user, name="Ada-sad.wav", emotion="sad", confidence=0.9, duration_s=1)
        wrong = factories.done_clip(user, name="bob_happy.wav", emotion="happy", confidence=0.6)
        Clip.objects.filter(pk=wrong.pk).update(corrected_emotion="sad", note="loud fan, Küche")
        factories.done_clip(user, name="cleo.flac", emotion="happy", confidence=0.3, duration_s=9)
        factories.failed_clip(user, name="dan.ogg")
        factories.clip(user, name="eva take2.wav")
    return owner


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("emotion=sad", {"Ada-sad.wav", "bob_happy.wav"}),  # predicted, and corrected to it
        ("emotion=happy", {"cleo.flac"}),  # what was corrected away from it doesn't count
        ("emotion=sad&emotion=happy", {"Ada-sad.wav", "bob_happy.wav", "cleo.flac"}),
        ("heard=happy", {"bob_happy.wav", "cleo.flac"}),
        ("heard=happy&emotion=sad&corrected=yes", {"bob_happy.wav"}),
        ("heard=happy&emotion=sad", {"bob_happy.wav"}),
        ("heard=happy&emotion=sad&corrected=no", set()),
        ("heard=happy&emotion=sad&emotion=happy", {"bob_happy.wav", "cleo.flac"}),
        ("heard=happy&emotion=sad&q=cleo", set()),
        ("heard=happy&sort=surest", {"bob_happy.wav", "cleo.flac"}),
        ("emotion=sad&corrected=yes&sort=longest", {"bob_happy.wav"}),
        ("emotion=happy&corrected=yes", set()),
        ("emotion=sad&corrected=no&sort=name", {"Ada-sad.wav"}),
        ("min=60", {"Ada-sad.wav", "bob_happy.wav"}),
        ("max=60", {"bob_happy.wav", "cleo.flac"}),
        ("min=31&max=89", {"bob_happy.wav"}),
        ("sure=no", {"cleo.flac"}),
        ("sure=yes", {"Ada-sad.wav", "bob_happy.wav"}),
        ("corrected=yes", {"bob_happy.wav"}),
        ("corrected=no&state=done", {"Ada-sad.wav", "cleo.flac"}),
        ("state=failed", {"dan.ogg"}),
        ("state=queued", {"eva take2.wav"}),
        ("state=quarantined", set()),
        ("q=happy", {"bob_happy.wav"}),
        ("q=HAP", {"bob_happy.wav"}),
        ("q=wav+ad", {"Ada-sad.wav"}),
        ("q=fan", {"bob_happy.wav"}),
        ("q=küc", {"bob_happy.wav"}),
        ("q=take2", {"eva take2.wav"}),
        ("q=ake", set()),  # a beginning, not a part
        ("q=wav&emotion=sad&corrected=no&min=80&sure=yes&state=done", {"Ada-sad.wav"}),
        ("q=&emotion=&min=&tag=&state=&sort=&batch=&unknown=1", None),
    ],
)
def test_it_finds_what_fits(eight: User, query: str, names: set[str] | None) -> None:
    everything = {"Ada-sad.wav", "bob_happy.wav", "cleo.flac", "dan.ogg", "eva take2.wav"}
    names = everything if names is None else names
    shown = found(eight, query)
    assert set(shown) == names
    assert len(shown) == len(names)


def test_it_finds_by_tag_and_batch(owner: User, stranger: User) -> None:
    batch = owner.batches.create()
    tagged = factories.clip(owner, name="tagged.wav")
    factories.clip(owner, name="batched.wav", batch=batch)
    [tag] = add_tags(tagged, "interview")
    assert found(owner, f"tag={tag.pk}") == ["tagged.wav"]
    assert found(owner, f"batch={batch.pk}") == ["batched.wav"]
    for query in (f"tag={tag.pk}", f"batch={batch.pk}"):
        form = HistoryForm(QueryDict(query), owner=stranger)
        assert not form.is_valid(), "somebody else's tag or batch does not exist"


@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize("n_few", [0, 15_000])
def test_it_finds_tagged_clips_that_fit(
    eight: User, monkeypatch: pytest.MonkeyPatch, n_few: int, sort: str
) -> None:
    """Near ones first, or all that have the tag."""
    monkeypatch.setattr(import_module("recognition.selectors.history"), "N_FEW", n_few)
    for clip in Clip.objects.filter(owner=eight).exclude(name="cleo.flac"):
        add_tags(clip, "interview")
    tag = eight.tags.get()
    shown = found(eight, f"tag={tag.pk}&emotion=sad&q=wav&sort={sort}")
    assert sorted(shown) == ["Ada-sad.wav", "bob_happy.wav"]
    assert found(eight, f"tag={tag.pk}&q=cleo&sort={sort}") == []


def test_it_finds_by_days_of_the_reader(owner: User) -> None:
    late = timezone.now().replace(hour=23, minute=30)
    for days in (1, 2, 3):
        clip = factories.clip(owner, name=f"{days} ago")
        Clip.objects.filter(pk=clip.pk).update(created_at=late - timedelta(days=days))
    day = (late - timedelta(days=2)).date()
    assert found(owner, f"since={day}&until={day}") == ["2 ago"]
    assert found(owner, f"until={day}") == ["2 ago", "3 ago"]
    owner.time_zone = "Asia/Tokyo"
    assert found(owner, f"since={day}&until={day}") == ["3 ago"]


def test_it_never_shows_deleted_clips(owner: User) -> None:
    clip = factories.done_clip(owner)
    trash_clips(Clip.objects.filter(pk=clip.pk))
    for sort, _label in SORTS:
        assert found(owner, f"sort={sort}") == []


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("newest", ["eva take2.wav", "dan.ogg", "cleo.flac", "bob_happy.wav", "Ada-sad.wav"]),
        ("oldest", ["Ada-sad.wav", "bob_happy.wav", "cleo.flac", "dan.ogg", "eva take2.wav"]),
        ("surest", ["Ada-sad.wav", "bob_happy.wav", "cleo.flac"]),
        ("least-sure", ["cleo.flac", "bob_happy.wav", "Ada-sad.wav"]),
        ("longest", ["cleo.flac"]),
        ("name", ["Ada-sad.wav", "bob_happy.wav", "cleo.flac", "dan.ogg", "eva take2.wav"]),
    ],
)
def test_it_sorts(eight: User, sort: str, names: list[str]) -> None:
    shown = found(eight, f"sort={sort}")
    assert shown[: len(names)] == names
    assert len(shown) == 5, "clips without the value come last, but they come"


@pytest.mark.parametrize("sort", ORDERS)
def test_it_walks_through_every_order_once(owner: User, sort: str) -> None:
    """With equal values, and values that are missing, on both sides of a page's end."""
    made = set()
    for number in range(2 * selectors.PAGE_SIZE + 4):
        if number % 4 == 0:
            made.add(factories.clip(owner, name="Same", duration_s=None).pk)
        else:
            made.add(factories.done_clip(owner, name="same", confidence=0.2 + number % 3 / 4).pk)
    moment = Clip.objects.order_by("-created_at")[0].created_at
    Clip.objects.update(created_at=moment)
    seen: list[Any] = []
    chosen, cursor = selectors.HistoryFilter(sort=sort), ""
    for _ in range(5):
        page = selectors.history(owner, cursor, chosen)
        seen += [clip.pk for clip in page.clips]
        if not (cursor := page.next_cursor):
            break
    assert len(seen) == len(made)
    assert set(seen) == made


@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize(
    "cursor",
    ["", "_", "x", "1e999_{}", "nan_{}", "\0_{}", "0001-01-01T00:00:00+14:00_{}", "é_{}", "_{}"]  # noqa: RUF005
    + ["9999-12-31T23:59:59-14:00_{}", "'; DROP TABLE x --_{}"],
)
def test_it_takes_any_cursor(owner: User, signed_in: SignIn, sort: str, cursor: str) -> None:
    factories.done_clip(owner)
    query = {"sort": sort, "after": cursor.format("0" * 32)}
    assert signed_in(owner).get("/clips/", query).status_code == 200


@pytest.mark.parametrize(
    "text",
    ["a' | 'b", "a:*", "!a", "a & !b", "(a", "a <-> b", "\\'a", "a''b", "a%", "a*:*", "☺ a"]  # noqa: RUF005
    + ["' OR 1=1 --", "a\tb\nc", "a" * 200, "1e5", "-1", "https://example.org/a?b=c", "हिन्दी"],
)
def test_it_searches_for_any_text(eight: User, signed_in: SignIn, text: str) -> None:
    """As words, not as operators: nothing of theirs is found, and nothing breaks."""
    factories.clip(eight, name="quite different.wav")
    response = signed_in(eight).get("/clips/", {"q": text})
    assert response.status_code == 200
    assert "quite different.wav" not in response.content.decode()


def test_it_finds_a_name_by_itself(owner: User) -> None:
    for name in ("03-01_take.wav", "naïve Café", "o'neil & co", "2026.11.21", "हिन्दी"):
        factories.clip(owner, name=name)
        assert found(owner, QueryDict(mutable=True).urlencode() + f"q={quoted(name)}") == [name]


def quoted(text: str) -> str:
    query = QueryDict(mutable=True)
    query["q"] = text
    return query.urlencode().removeprefix("q=")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("min=101", "less than or equal to 100"),
        ("min=many", "Give a whole number of percent"),
        ("min=80&max=20", "This is less than “from”"),
        ("since=yesterday", "Give a day as year-month-day"),
        ("since=0001-01-01", "Choose a day from 2000 to 2199"),
        ("until=9999-12-31", "Choose a day from 2000 to 2199"),
        ("since=2026-02-02&until=2026-01-01", "This day is before “from”"),
        ("emotion=bored", "Select a valid choice"),
        ("heard=bored", "Select a valid choice"),
        ("state=lost", "Select a valid choice"),
        ("sort=random", "Select a valid choice"),
        ("tag=99999999999999999999999", "You have no tag with this number"),
        ("tag=%00", "You have no tag with this number"),
        ("batch=nonsense", "You have no such batch"),
        ("batch=%00", "You have no such batch"),
        ("batch=" + 32 * "0", "You have no such batch"),
        ("sure=perhaps", "Select a valid choice"),
        ("q=%5C", "at least one letter or digit"),
        ("q=%25%3F_", "at least one letter or digit"),
        ("q=a%00", "Null characters are not allowed"),
        ("q=" + "a" * 201, "at most 200 characters"),
    ],
)
def test_it_says_what_is_wrong_and_shows_no_clips(
    eight: User, signed_in: SignIn, query: str, words: str
) -> None:
    client = signed_in(eight)
    response = client.get(f"/clips/?{query}")
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert "Ada-sad.wav" not in page
    export = client.get(f"/clips/export.csv?{query}")
    assert export.status_code == 302, "a wrong filter exports nothing"


def test_it_offers_to_remove_each_condition(eight: User, signed_in: SignIn) -> None:
    page = signed_in(eight).get("/clips/?q=ada&emotion=sad&emotion=calm&sort=name")
    text = page.content.decode()
    assert 'href="/clips/?q=ada&amp;sort=name&amp;emotion=calm"' in text
    assert 'href="/clips/?sort=name&amp;emotion=sad&amp;emotion=calm"' in text
    assert page.context["form"].address() == "q=ada&sort=name&emotion=sad&emotion=calm"


def test_it_keeps_the_filter_from_page_to_page(owner: User, signed_in: SignIn) -> None:
    for _ in range(selectors.PAGE_SIZE + 1):
        factories.done_clip(owner, emotion="sad")
        factories.done_clip(owner, emotion="happy")
    client = signed_in(owner)
    first = client.get("/clips/?emotion=sad&sort=surest")
    assert first.context["next_url"].startswith("?sort=surest&emotion=sad&after=")
    second = client.get(f"/clips/{first.context['next_url']}")
    assert [row.said.emotion for row in second.context["rows"]] == ["sad"]
    assert second.context["first_url"] == "/clips/?sort=surest&emotion=sad"


def test_it_tells_an_empty_history_from_one_without_a_match(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    assert "No clips yet" in client.get("/clips/").content.decode()
    factories.clip(owner)
    assert "Nothing matches" in client.get("/clips/?q=nowhere").content.decode()


@pytest.mark.parametrize(
    "query",
    ["", "q=clip", "emotion=happy", "sort=surest", "sort=longest", "corrected=no", "tag={}"],
)
def test_it_needs_few_queries(
    owner: User, signed_in: SignIn, query: str, django_assert_max_num_queries: Any
) -> None:
    for number in range(selectors.PAGE_SIZE + 1):
        clip = factories.done_clip(owner) if number % 2 else factories.failed_clip(owner)
        [tag] = add_tags(clip, "interview")
    client = signed_in(owner)
    with django_assert_max_num_queries(7):
        client.get(f"/clips/?{query.format(tag.pk)}")


def test_it_shows_correction_tags_and_what_the_model_heard(owner: User, signed_in: SignIn) -> None:
    clip = factories.done_clip(owner, emotion="happy", confidence=0.62)
    add_tags(clip, "<b>interview</b>")
    Clip.objects.filter(pk=clip.pk).update(corrected_emotion="sad")
    page = signed_in(owner).get("/clips/").content.decode()
    assert "corrected" in page
    assert "model: happy 62" in page
    assert "&lt;b&gt;interview&lt;/b&gt;" in page
