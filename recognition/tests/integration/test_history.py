"""The history: newest first, by keyset, with a bounded number of queries."""

import html
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from recognition import selectors
from recognition.models import Clip, User
from recognition.selectors.history import ORDERS, HistoryFilter, Search
from recognition.tests import factories
from recognition.tests.moments import FAR_MOMENTS

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]


def test_it_shows_the_newest_first(owner: User, signed_in: SignIn) -> None:
    for age in (2, 0, 1):
        factories.days_ago(factories.clip(owner, name=f"age {age}.wav"), age)
    page = signed_in(owner).get("/clips/").content.decode()
    assert re.findall(r"age \d\.wav", page) == ["age 0.wav", "age 1.wav", "age 2.wav"]


def test_it_walks_through_all_clips_once_even_where_moments_are_equal(owner: User) -> None:
    made = {factories.clip(owner).pk for _ in range(2 * selectors.PAGE_SIZE + 3)}
    newest = Clip.objects.order_by("-created_at")[0].created_at
    Clip.objects.update(created_at=newest)
    seen: list[Any] = []
    cursor = ""
    for _ in range(4):
        page = selectors.history(owner, cursor)
        seen += [clip.pk for clip in page.clips]
        cursor = page.next_cursor
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == len(made)
    assert set(seen) == made


def test_it_stays_where_it_is_when_new_clips_come(owner: User) -> None:
    for _ in range(selectors.PAGE_SIZE + 5):
        factories.clip(owner)
    first = selectors.history(owner)
    factories.clip(owner, name="came meanwhile.wav")
    second = selectors.history(owner, first.next_cursor)
    assert len(second.clips) == 5
    assert not {clip.pk for clip in first.clips} & {clip.pk for clip in second.clips}


@pytest.mark.parametrize("cursor", ["nonsense", "_", "2026-01-01_", "2026-13-45T00:00_" + "0" * 32])
def test_it_begins_at_the_start_for_a_cursor_that_is_not_ours(
    owner: User, signed_in: SignIn, cursor: str
) -> None:
    clip = factories.clip(owner)
    response = signed_in(owner).get("/clips/", {"after": cursor})
    assert response.status_code == 200
    assert clip.name in response.content.decode()


@pytest.mark.parametrize("value", [*FAR_MOMENTS, "nan", "-inf", "1e999"])
@pytest.mark.parametrize("sort", ORDERS)
def test_it_answers_to_a_cursor_at_the_end_of_the_world(
    owner: User, signed_in: SignIn, value: str, sort: str
) -> None:
    factories.clip(owner)
    client = signed_in(owner)
    cursor = f"{value}_{'0' * 32}"
    assert client.get("/clips/", {"after": cursor, "sort": sort}).status_code == 200
    response = client.get("/api/v1/clips/", {"cursor": cursor, "sort": sort})
    assert response.status_code in (200, 400), "the API refuses what can't be a cursor"


def test_it_links_to_older_clips(owner: User, signed_in: SignIn) -> None:
    for _ in range(selectors.PAGE_SIZE + 1):
        factories.clip(owner)
    client = signed_in(owner)
    page = client.get("/clips/").content.decode()
    older = re.search(r'href="(/clips/\?after=[^"]+)" rel="next"', page)
    assert older
    assert 'rel="next"' not in client.get(html.unescape(older[1])).content.decode()


def test_it_asks_the_database_as_often_for_many_clips_as_for_few(
    owner: User, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    for number in range(selectors.PAGE_SIZE):
        factories.done_clip(owner) if number % 2 else factories.failed_clip(owner)
    client = signed_in(owner)
    with django_assert_max_num_queries(5):
        client.get("/clips/")


def test_it_says_what_to_do_where_there_is_nothing_yet(owner: User, signed_in: SignIn) -> None:
    assert 'href="/clips/new/"' in signed_in(owner).get("/clips/").content.decode()


@pytest.mark.parametrize("sort", ORDERS)
def test_it_has_an_index_for_every_order(owner: User, sort: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    order = ORDERS[sort]
    clips = Clip.objects.filter(owner=owner).annotate(position=order.value)
    with_value = clips.filter(position__isnull=False).order_by(*order.by())
    assert "Sort" not in with_value[:1].explain(), "what no index has in order is sorted anyway"


@pytest.mark.parametrize(
    ("chosen", "compared"),
    [
        (HistoryFilter(heard="sad", emotions=("happy", "calm")), ("'sad'", "'{happy,calm}'")),
        (HistoryFilter(is_corrected=True), ("(corrected_emotion)::text > ''",)),
        (HistoryFilter(is_reviewed=True), ("(reviewed_emotion)::text > ''",)),
        (
            HistoryFilter(is_reviewed=True, is_corrected=False, emotions=("sad",)),
            ("(corrected_emotion)::text = ''", "(reviewed_emotion)::text > ''", "'sad'"),
        ),
    ],
    ids=["something else", "corrected", "reviewed", "only reviewed"],
)
@pytest.mark.parametrize("sort", ORDERS)
def test_it_compares_what_people_said_of_clips_in_an_index(
    owner: User, sort: str, chosen: HistoryFilter, compared: tuple[str, ...]
) -> None:
    heard = factories.done_clip(owner, emotion="sad")
    said = factories.done_clip(owner, corrected_emotion="happy", reviewed_emotion="calm")
    Clip.objects.bulk_create(Clip(**values_of(heard)) for _ in range(400))
    Clip.objects.bulk_create(Clip(**values_of(said)) for _ in range(4))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE recognition_clip")
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    search = Search.of(owner, replace(chosen, sort=sort), lambda clips: clips)
    plan = search.fitting.order_by(*search.order.by())[:1].explain()
    assert "clip_said_by_" in plan
    [condition] = [line for line in plan.splitlines() if "Index Cond" in line]
    assert [part for part in compared if part not in condition] == []


def values_of(clip: Clip) -> dict[str, Any]:
    """For a copy of its own."""
    names = [it.attname for it in Clip._meta.concrete_fields if it.name not in ("id", "words")]
    return {name: getattr(clip, name) for name in names}


def test_it_refreshes_itself_while_a_clip_is_unfinished(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    factories.done_clip(owner)
    assert "every 3s" not in client.get("/clips/").content.decode()
    factories.clip(owner)
    assert "every 3s" in client.get("/clips/").content.decode()
