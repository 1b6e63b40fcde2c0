"""Two to four clips side by side, of those that a person may see."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client

from recognition.models import Clip, ClipAccess, User
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]


def address(clips: list[Clip]) -> str:
    return "/compare/?" + "&".join(f"clip={clip.pk}" for clip in clips)


@pytest.mark.parametrize("n_clips", [2, 3, 4])
def test_it_puts_clips_side_by_side(owner: User, signed_in: SignIn, n_clips: int) -> None:
    emotions = ["happy", "sad", "angry", "calm"][:n_clips]
    clips = [factories.done_clip(owner, emotion=emotion) for emotion in emotions]
    response = signed_in(owner).get(address(clips))
    text = response.content.decode()
    assert response.status_code == 200
    assert text.count("<article") == n_clips
    for clip, emotion in zip(clips, emotions, strict=True):
        assert f'src="/clips/{clip.pk}/audio/"' in text
        assert text.count(f"<strong>{emotion}</strong>") == 2  # what counts, and was heard
    names = [text.index(f"/clips/{clip.pk}/audio/") for clip in clips]
    assert names == sorted(names)


def test_the_bars_stand_in_the_same_order_in_every_clip(owner: User, signed_in: SignIn) -> None:
    clips = [factories.done_clip(owner, emotion=emotion) for emotion in ("surprised", "sad")]
    text = signed_in(owner).get(address(clips)).content.decode()
    for column in text.split("<article")[1:]:
        bars = column.split('class="heard-bars"')[1]
        places = [bars.index(f"emotion-{name}") for name in ("neutral", "happy", "surprised")]
        assert places == sorted(places)


def test_it_says_the_same_as_a_table(owner: User, signed_in: SignIn) -> None:
    clips = [factories.done_clip(owner, emotion="happy"), factories.clip(owner)]
    text = signed_in(owner).get(address(clips)).content.decode()
    table = text.split("<table>")[1].split("</table>")[0]
    assert table.count("<tr") == 1 + 5 + 8 + 4
    assert "65.0&nbsp;%" in table
    assert "<td>–</td>" in table


def test_it_tells_what_has_no_result(owner: User, signed_in: SignIn) -> None:
    clips = [factories.failed_clip(owner), factories.clip(owner)]
    text = signed_in(owner).get(address(clips)).content.decode()
    assert "No speech was found" in text
    assert "There is no result yet" in text


@pytest.mark.parametrize("n_clips", [0, 1, 5])
def test_it_says_how_many_it_can_compare(owner: User, signed_in: SignIn, n_clips: int) -> None:
    clips = [factories.clip(owner) for _ in range(n_clips)]
    response = signed_in(owner).get(address(clips))
    assert response.status_code == 400
    assert f"but {n_clips} were chosen" in response.content.decode()


def test_the_same_clip_twice_is_one(owner: User, signed_in: SignIn) -> None:
    clip = factories.clip(owner)
    assert signed_in(owner).get(address([clip, clip])).status_code == 400


@pytest.mark.parametrize("wrong", ["x", "", "1", str(uuid4())])
def test_what_is_no_clip_is_not_found(owner: User, signed_in: SignIn, wrong: str) -> None:
    clip = factories.clip(owner)
    assert signed_in(owner).get(f"{address([clip])}&clip={wrong}").status_code == 404


def test_a_foreign_or_deleted_clip_is_not_found(
    owner: User, stranger: User, signed_in: SignIn
) -> None:
    mine, foreign = factories.done_clip(owner), factories.done_clip(stranger)
    client = signed_in(owner)
    response = client.get(address([mine, foreign]))
    assert response.status_code == 404
    assert foreign.name not in response.content.decode()
    deleted = factories.done_clip(owner)
    client.post(f"/clips/{deleted.pk}/delete/")
    assert client.get(address([mine, deleted])).status_code == 404


def test_a_reviewer_compares_clips_of_people_who_consented(
    owner: User, reviewer: User, signed_in: SignIn
) -> None:
    clips = [factories.done_clip(owner), factories.done_clip(owner)]
    client = signed_in(reviewer)
    assert client.get(address(clips)).status_code == 404
    factories.consent(owner)
    assert client.get(address(clips)).status_code == 200


def test_the_look_of_an_administrator_is_recorded(
    owner: User, administrator: User, signed_in: SignIn
) -> None:
    clips = [factories.done_clip(owner), factories.done_clip(owner)]
    assert signed_in(administrator).get(address(clips)).status_code == 200
    assert ClipAccess.objects.count() == 2


def test_it_asks_for_a_session(clip: Clip) -> None:
    assert Client().get(address([clip, clip])).status_code == 302
