"""The list of what can still be had back: of one's own deletions only, as long as it is true."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from recognition.models import Clip, User
from recognition.services.erase import trash_clips
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def ten_minutes(settings: Any) -> None:
    settings.DELETE_UNDO_S = 600


def trash(*clips: Clip, seconds_ago: float = 0) -> None:
    trash_clips(Clip.objects.filter(pk__in=[clip.pk for clip in clips]))
    moment = timezone.now() - timedelta(seconds=seconds_ago)
    Clip.with_deleted.filter(pk__in=[clip.pk for clip in clips]).update(deleted_at=moment)


def shown(client: Client) -> str:
    response = client.get("/clips/deleted/")
    assert response.status_code == 200
    return response.content.decode()


def test_it_lists_what_was_deleted_together_with_the_time_that_is_left(
    owner: User, signed_in: SignIn
) -> None:
    first, second = factories.done_clip(owner), factories.clip(owner)
    third = factories.failed_clip(owner)
    kept = factories.clip(owner)
    trash(first, second, seconds_ago=90)
    trash(third, seconds_ago=570)
    page = shown(signed_in(owner))
    assert page.count("<h2>2 clips</h2>") == page.count("<h2>1 clip</h2>") == 1
    assert "8\xa0minutes left" in page
    assert "less than a minute left" in page
    assert all(clip.name in page for clip in (first, second, third))
    assert kept.name not in page


def test_restoring_brings_back_one_deletion_and_leaves_the_other(
    owner: User, signed_in: SignIn
) -> None:
    first, second = factories.clip(owner), factories.clip(owner)
    trash(first, seconds_ago=60)
    trash(second)
    client = signed_in(owner)
    newest, oldest = re.findall(r'name="deleted_at" value="([^"]+)"', shown(client))
    assert newest > oldest
    client.post("/clips/restore/", {"deleted_at": oldest})
    assert Clip.objects.get() == first
    assert first.name not in shown(client)
    assert second.name in shown(client)


def test_what_is_gone_for_good_is_not_listed(owner: User, signed_in: SignIn) -> None:
    """Also in the seconds before the reaper comes."""
    clip = factories.clip(owner)
    trash(clip, seconds_ago=601)
    page = shown(signed_in(owner))
    assert clip.name not in page
    assert "Nothing to have back" in page


def test_nobody_sees_the_deletions_of_another(
    owner: User, reviewer: User, stranger: User, administrator: User, signed_in: SignIn
) -> None:
    factories.consent(owner)
    clip = factories.done_clip(owner)
    trash(clip)
    assert clip.name in shown(signed_in(owner))
    for person in (reviewer, stranger, administrator):
        assert clip.name not in shown(signed_in(person))
    assert Client().get("/clips/deleted/").status_code == 302


def test_it_takes_few_queries_however_many_clips(
    owner: User, signed_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(20):
        trash(factories.clip(owner))
    client = signed_in(owner)
    with django_assert_max_num_queries(8):
        shown(client)


def test_the_history_leads_there(owner: User, signed_in: SignIn) -> None:
    assert 'href="/clips/deleted/"' in signed_in(owner).get("/clips/").content.decode()
