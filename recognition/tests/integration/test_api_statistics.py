"""The dashboard as data: its figures and periods."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from recognition.models import User
from recognition.presentation.dashboard import FIGURES
from recognition.services.correct import correct_clip
from recognition.tests import factories

pytestmark = pytest.mark.django_db

PLACE = "/api/v1/statistics/"
SignIn = Callable[[User], Client]


@pytest.fixture
def client(owner: User, signed_in: SignIn) -> Client:
    return signed_in(owner)


def figure(body: Any, slug: str) -> Any:
    return next(it for it in body["figures"] if it["slug"] == slug)


def test_it_tells_what_the_dashboard_draws(client: Client, owner: User) -> None:
    clips = [factories.done_clip(owner, emotion="happy", confidence=0.8) for _ in range(3)]
    correct_clip(owner, clips[0], "sad")
    factories.failed_clip(owner)
    body = client.get(PLACE).json()
    totals = body["totals"]
    assert (totals["n_clips"], totals["n_heard"], totals["n_failed"]) == (4, 3, 1)
    assert totals["seconds"] == pytest.approx(10.0)
    assert totals["mean_confidence"] == pytest.approx(0.8)
    assert [it["slug"] for it in body["figures"]] == list(FIGURES)
    rows = {row[0]: row[1] for row in figure(body, "emotions")["rows"]}
    assert (rows["happy"], rows["sad"]) == (2, 1)
    assert figure(body, "corrections")["rows"] == [["happy", "sad", 1]]
    assert all(len(row) == len(it["columns"]) for it in body["figures"] for row in it["rows"])


def test_its_rows_are_those_of_the_pages_table(client: Client, owner: User) -> None:
    factories.done_clip(owner)
    body = client.get(PLACE).json()
    for slug in FIGURES:
        table = client.get(f"/dashboard/{slug}.csv").content.decode("utf-8-sig").splitlines()
        assert len(table) == 1 + len(figure(body, slug)["rows"])


def test_a_period_is_chosen_as_on_the_page(client: Client, owner: User) -> None:
    factories.done_clip(owner)
    factories.days_ago(factories.done_clip(owner), 40)
    today = timezone.localdate().isoformat()

    def n_clips(**query: str) -> int:
        return int(client.get(PLACE, query).json()["totals"]["n_clips"])

    assert (n_clips(), n_clips(range="90"), n_clips(range="all"), n_clips(since=today)) == (
        *(1, 2, 2),
        1,
    )
    assert client.get(PLACE, {"range": "7"}).json()["period"]["until"] == today
    assert client.get(PLACE, {"until": "2001-02-03"}).json()["period"] == {
        "range": "",
        "since": None,
        "until": "2001-02-03",
        "time_zone": "UTC",
    }


@pytest.mark.parametrize(
    ("name", "value"), [("range", "8"), ("since", "x"), ("until", "2026-02-30")]
)
def test_a_period_that_is_none_is_refused(client: Client, name: str, value: str) -> None:
    response = client.get(PLACE, {name: value})
    assert (response.status_code, response.json()["code"]) == (400, "api:user:invalid")
    assert set(response.json()["extra"]["fields"]) == {name}


def test_unknown_parameters_are_refused(client: Client) -> None:
    response = client.get(f"{PLACE}?user__password__startswith=a")
    assert (response.status_code, response.json()["code"]) == (400, "api:user:unknown-field")


def test_it_is_about_ones_own_clips(owner: User, signed_in: SignIn, reviewer: User) -> None:
    factories.consent(owner)
    factories.done_clip(owner)
    body = signed_in(reviewer).get(PLACE).json()
    assert (body["totals"]["n_clips"], body["figures"]) == (0, [])
    assert Client().get(PLACE).status_code == 401
