"""A token's answers are those of its person: the same days, the same words."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from recognition.models import Clip, User
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
ZONE = "Pacific/Kiritimati"  # UTC+14 all the year


@pytest.fixture
def far_away(owner: User) -> User:
    """In a zone where most of the day the date is another than in UTC."""
    owner.time_zone, owner.language = ZONE, "de"
    owner.save()
    return owner


@pytest.fixture
def clients(far_away: User, signed_in: SignIn) -> list[Client]:
    """By token, by session."""
    token = factories.token(far_away, "read")
    return [Client(headers={"Authorization": f"Bearer {token}"}), signed_in(far_away)]


def test_days_are_those_of_the_person(clients: list[Client], far_away: User) -> None:
    """In the list and in exports, which are written when the request has been answered."""
    noon = datetime(2026, 3, 10, 12, tzinfo=UTC)  # it is the 11th already
    for hours in (0, 24):
        clip = factories.done_clip(far_away, name=f"{hours} h later")
        Clip.objects.filter(pk=clip.pk).update(created_at=noon + timedelta(hours=hours))
    for client in clients:
        for query, names in (("since=2026-03-12", ["24 h later"]), ("until=2026-03-10", [])):
            listed = client.get(f"/api/v1/clips/?{query}").json()["results"]
            export: Any = client.get(f"/api/v1/clips/export.json?{query}")
            for found in (listed, json.loads(export.getvalue())):
                assert [it["name"] for it in found] == names
        assert f"clips-{datetime.now(ZoneInfo(ZONE)):%Y-%m-%d}.json" in str(
            client.get("/api/v1/clips/export.json")["Content-Disposition"]
        )


def test_it_speaks_the_language_of_the_person(clients: list[Client]) -> None:
    """Unless a program asks for another one."""
    for client in clients:
        response = client.get("/api/v1/clips/?min=x")
        assert response["Content-Language"] == "de"
        assert "ganze Prozentzahl" in response.json()["message"]
    response = clients[0].get("/api/v1/clips/?min=x", headers={"Accept-Language": "en"})
    assert "whole number" in response.json()["message"]


def test_what_is_told_of_a_person_ends_with_the_request(clients: list[Client]) -> None:
    clients[0].get("/api/v1/clips/")
    response = Client().get("/api/v1/clips/")
    assert (response.status_code, response["Content-Language"]) == (401, "en")


def test_a_zone_that_is_unknown_by_now_is_utc(clients: list[Client], far_away: User) -> None:
    for zone in ("Mars/Olympus", "Europe", "../x"):
        User.objects.filter(pk=far_away.pk).update(time_zone=zone)
        assert clients[0].get("/api/v1/clips/?since=2026-01-01").status_code == 200
