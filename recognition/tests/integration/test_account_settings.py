"""The account page: each choice, and what follows from it."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.utils import timezone

from recognition.jobs.purge import purge_expired_clips
from recognition.models import Clip, User
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]


def save(client: Client, **choices: str) -> int:
    return client.post("/settings/", choices).status_code


def test_it_keeps_each_choice_and_shows_it_again(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    choices = {"name": "Ada", "language": "de", "time_zone": "Europe/Berlin"}
    assert save(client, **choices, retention_days="30", consent_to_training="on") == 302
    owner.refresh_from_db()
    assert (owner.name, owner.language, owner.time_zone) == ("Ada", "de", "Europe/Berlin")
    assert owner.retention_days == 30
    assert owner.training_consent_at
    assert owner.review_consent_at is None
    page = client.get("/settings/").content.decode()
    for shown in ('value="Ada"', 'value="de" selected', 'value="Europe/Berlin"', '"30" selected'):
        assert shown in page


def test_it_has_training_consent_off_until_chosen_and_lets_it_be_withdrawn(
    owner: User, signed_in: SignIn
) -> None:
    assert owner.training_consent_at is None
    client = signed_in(owner)
    save(client, consent_to_training="on")
    owner.refresh_from_db()
    given_at = owner.training_consent_at
    assert given_at
    save(client, consent_to_training="on", name="Ada")
    owner.refresh_from_db()
    assert owner.training_consent_at == given_at  # the moment when it was given
    save(client)
    owner.refresh_from_db()
    assert owner.training_consent_at is None


@pytest.mark.parametrize(
    "choice",
    [
        {"time_zone": "Europe/Nowhere"},
        {"time_zone": "../../etc/passwd"},
        {"language": "xx"},
        {"retention_days": "-1"},
        {"retention_days": "8"},
        {"name": "x" * 151},
    ],
)
def test_it_refuses_what_it_does_not_offer(
    owner: User, signed_in: SignIn, choice: dict[str, str]
) -> None:
    assert save(signed_in(owner), **choice) == 422
    owner.refresh_from_db()
    assert (owner.time_zone, owner.language, owner.retention_days) == ("", "", None)


def test_it_changes_nobody_else(owner: User, stranger: User, signed_in: SignIn) -> None:
    save(signed_in(stranger), name="Mallory", retention_days="7")
    owner.refresh_from_db()
    assert (owner.name, owner.retention_days) == ("", None)


def test_it_shows_times_in_the_persons_zone(owner: User, signed_in: SignIn) -> None:
    clip = factories.done_clip(owner)
    at = datetime(2026, 1, 15, 22, 30, tzinfo=UTC)
    Clip.objects.filter(pk=clip.pk).update(created_at=at)
    client = signed_in(owner)
    assert "22:30" in client.get(f"/clips/{clip.pk}/").content.decode()
    save(client, time_zone="Asia/Tokyo")
    assert "07:30" in client.get(f"/clips/{clip.pk}/").content.decode()
    User.objects.update(time_zone="Gone/Away")  # a zone that this machine does not know
    assert "22:30" in client.get(f"/clips/{clip.pk}/").content.decode()


def test_it_purges_what_is_older_than_its_owner_wants(owner: User, stranger: User) -> None:
    User.objects.filter(pk=owner.pk).update(retention_days=7)
    old, new, deleted = (factories.clip(owner, content=b"abc") for _ in range(3))
    others = factories.days_ago(factories.clip(stranger, content=b"abc"), 400)
    for clip in (old, deleted):
        factories.days_ago(clip, 7.1)
    factories.days_ago(new, 6.9)
    Clip.objects.filter(pk=deleted.pk).update(deleted_at=timezone.now())
    assert purge_expired_clips() == 2
    assert set(Clip.with_deleted.all()) == {new, others}
    for clip, is_there in ((old, False), (deleted, False), (new, True), (others, True)):
        assert clip.file.storage.exists(str(clip.file.name)) == is_there
    assert purge_expired_clips() == 0


def test_it_takes_the_time_zone_of_the_device(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    assert 'id="zone-offer"' in client.get("/clips/").content.decode()
    answer = {"time_zone": "Europe/Berlin", "next": "/dashboard/"}
    response = client.post("/settings/time-zone/", answer, follow=True)
    assert response.redirect_chain == [("/dashboard/", 302)]
    assert 'id="zone-offer"' not in response.content.decode()
    owner.refresh_from_db()
    assert owner.time_zone == "Europe/Berlin"


def test_a_refused_time_zone_is_not_offered_again(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    client.post("/settings/time-zone/", {"time_zone": "UTC"})
    assert 'id="zone-offer"' not in client.get("/clips/").content.decode()


@pytest.mark.parametrize(
    "zone", ["", "Mars/Olympus", "../etc/passwd", "x" * 500, "Europe/Berlin\0"]
)
def test_it_takes_no_time_zone_that_it_does_not_know(
    owner: User, signed_in: SignIn, zone: str
) -> None:
    response = signed_in(owner).post("/settings/time-zone/", {"time_zone": zone}, follow=True)
    assert "There is no time zone" in response.content.decode()
    owner.refresh_from_db()
    assert owner.time_zone == ""


def test_the_time_zone_is_the_persons_own_and_leads_nowhere_else(
    owner: User, signed_in: SignIn
) -> None:
    answer = {"time_zone": "Asia/Tokyo", "next": "https://example.org/"}
    assert Client().post("/settings/time-zone/", answer).status_code == 302
    owner.refresh_from_db()
    assert owner.time_zone == ""
    assert signed_in(owner).post("/settings/time-zone/", answer)["Location"] == "/"
    assert signed_in(owner).get("/settings/time-zone/").status_code == 405


def test_what_is_not_there_keeps_the_menu(owner: User, signed_in: SignIn) -> None:
    for address in ("/nowhere/", "/clips/00000000-0000-0000-0000-000000000000/"):
        response = signed_in(owner).get(address)
        assert response.status_code == 404
        assert "Sign out" in response.content.decode()
    assert "Sign in" in Client().get("/nowhere/").content.decode()
