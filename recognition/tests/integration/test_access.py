"""Who may see a clip: always asked with its owner, a reviewer, a stranger and an administrator."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from recognition.models import Clip, ClipAccess, User
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
PLACES = ["/clips/{}/", "/clips/{}/status/", "/clips/{}/audio/", "/api/v1/clips/{}/"]
PLACES += ["/api/v1/clips/{}/audio/", "/clips/{}/explanation/"]


def consent(user: User) -> None:
    User.objects.filter(pk=user.pk).update(review_consent_at=timezone.now())


@pytest.mark.parametrize("place", PLACES)
def test_it_shows_a_clip_to_its_owner(clip: Clip, signed_in: SignIn, place: str) -> None:
    assert signed_in(clip.owner).get(place.format(clip.pk)).status_code == 200
    assert not ClipAccess.objects.exists()


@pytest.mark.parametrize("place", PLACES)
def test_it_answers_404_to_a_stranger(
    clip: Clip, stranger: User, signed_in: SignIn, place: str
) -> None:
    consent(clip.owner)
    response = signed_in(stranger).get(place.format(clip.pk))
    assert response.status_code == 404
    assert clip.name not in response.content.decode()


@pytest.mark.parametrize("place", PLACES)
def test_it_answers_404_to_a_reviewer_without_consent(
    clip: Clip, reviewer: User, signed_in: SignIn, place: str
) -> None:
    assert signed_in(reviewer).get(place.format(clip.pk)).status_code == 404


@pytest.mark.parametrize("place", PLACES)
def test_it_shows_a_clip_to_a_reviewer_when_its_owner_consented(
    clip: Clip, reviewer: User, signed_in: SignIn, place: str
) -> None:
    consent(clip.owner)
    assert signed_in(reviewer).get(place.format(clip.pk)).status_code == 200


def test_it_shows_no_clip_of_who_was_blocked_to_a_reviewer(
    clip: Clip, reviewer: User, signed_in: SignIn
) -> None:
    consent(clip.owner)
    User.objects.filter(pk=clip.owner_id).update(is_active=False)
    assert signed_in(reviewer).get(PLACES[0].format(clip.pk)).status_code == 404


@pytest.mark.parametrize("place", PLACES)
def test_it_records_what_an_administrator_looked_at(
    clip: Clip, administrator: User, signed_in: SignIn, place: str
) -> None:
    client = signed_in(administrator)
    for _ in range(3):
        assert client.get(place.format(clip.pk)).status_code == 200
    access = ClipAccess.objects.get()  # three looks within minutes are one
    assert (access.user, access.clip_id) == (administrator, clip.pk)
    assert access.owner_name == clip.owner.username


@pytest.mark.parametrize("place", PLACES)
def test_it_asks_for_a_session(clip: Clip, place: str) -> None:
    response = Client().get(place.format(clip.pk))
    assert response.status_code in (302, 401)
    assert clip.name not in response.content.decode()


@pytest.mark.parametrize("action", ["retry", "delete"])
@pytest.mark.parametrize("person", ["reviewer", "stranger", "administrator"])
def test_only_its_owner_can_change_a_clip(
    owner: User,
    signed_in: SignIn,
    request: pytest.FixtureRequest,
    action: str,
    person: str,
) -> None:
    clip = factories.failed_clip(owner)
    consent(owner)
    client = signed_in(request.getfixturevalue(person))
    assert client.post(f"/clips/{clip.pk}/{action}/").status_code == 404
    assert Clip.objects.get().state == "failed"


def test_it_lists_only_own_clips(
    clip: Clip, reviewer: User, administrator: User, signed_in: SignIn
) -> None:
    consent(clip.owner)
    for person, seen in ((clip.owner, True), (reviewer, False), (administrator, False)):
        client = signed_in(person)
        assert (clip.name in client.get("/clips/").content.decode()) == seen
        assert (clip.name in client.get("/api/v1/clips/").content.decode()) == seen


def test_every_page_but_the_open_ones_needs_a_session(clip: Client) -> None:
    for address in ("/clips/", "/clips/new/", "/settings/", "/accounts/password/change/"):
        response = Client().get(address)
        assert response.status_code == 302, address
        assert response["Location"].startswith("/accounts/login/"), address
    for address in ("/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"):
        assert Client().get(address).status_code == 200, address


def test_it_never_serves_the_media_folder(clip: Clip, signed_in: SignIn) -> None:
    for address in (f"/media/{clip.file.name}", f"/{clip.file.name}", f"/static/{clip.file.name}"):
        assert signed_in(clip.owner).get(address).status_code == 404


def test_it_sends_audio_as_an_attachment_that_no_browser_renders(
    owner: User, signed_in: SignIn
) -> None:
    clip = factories.clip(owner, content=b"<script>", name='a"\r\nX: <b>.html.wav')
    response = signed_in(owner).get(f"/clips/{clip.pk}/audio/")
    assert response["Content-Type"] == "audio/wav"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"].startswith("attachment")
    assert "\n" not in response["Content-Disposition"]
    assert "sandbox" in response["Content-Security-Policy"]


def test_it_answers_404_when_the_file_is_gone(owner: User, signed_in: SignIn) -> None:
    clip = factories.clip(owner, content=b"abc")
    clip.file.storage.delete(str(clip.file.name))
    assert signed_in(owner).get(f"/clips/{clip.pk}/audio/").status_code == 404
