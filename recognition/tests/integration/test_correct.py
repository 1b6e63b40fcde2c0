"""What an owner hears instead: one click, kept for good, the newest counts."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from mlcore.labels import EMOTIONS
from recognition.models import Clip, Correction, User
from recognition.services.correct import correct_clip
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
HTMX = {"hx-request": "true"}


@pytest.fixture
def clip(owner: User) -> Clip:
    return factories.done_clip(owner, emotion="happy")


def correct(client: Client, clip: Clip, emotion: str) -> Any:
    return client.post(f"/clips/{clip.pk}/correct/", {"emotion": emotion}, headers=HTMX)


def said(clip: Clip) -> list[str]:
    return list(clip.corrections.order_by("pk").values_list("emotion", flat=True))


def test_one_click_corrects_a_clip(clip: Clip, signed_in: SignIn) -> None:
    response = correct(signed_in(clip.owner), clip, "sad")
    text = response.content.decode()
    assert "You hear: sad. The model heard: happy." in text
    assert 'value="sad" aria-pressed="true"' in text
    clip.refresh_from_db()
    correction = clip.corrections.get()
    assert (clip.corrected_emotion, correction.author) == ("sad", clip.owner)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_every_emotion_can_be_chosen(clip: Clip, signed_in: SignIn, emotion: str) -> None:
    assert correct(signed_in(clip.owner), clip, emotion).status_code == 200
    assert said(clip) == [emotion]


def test_another_choice_adds_a_row_and_the_newest_counts(clip: Clip, signed_in: SignIn) -> None:
    client = signed_in(clip.owner)
    for emotion in ("sad", "angry", "sad"):
        response = correct(client, clip, emotion)
    assert said(clip) == ["sad", "angry", "sad"]
    clip.refresh_from_db()
    assert clip.corrected_emotion == "sad"
    assert "Who said what when (4)" in response.content.decode()  # the model, too


def test_the_model_can_have_been_right_after_all(clip: Clip, signed_in: SignIn) -> None:
    client = signed_in(clip.owner)
    correct(client, clip, "sad")
    response = correct(client, clip, "happy")
    assert "You say that the model was right: happy." in response.content.decode()
    clip.refresh_from_db()
    assert clip.corrected_emotion == "happy"


def test_a_double_click_is_one_correction(clip: Clip, signed_in: SignIn) -> None:
    client = signed_in(clip.owner)
    for _ in range(2):
        assert correct(client, clip, "sad").status_code == 200
    assert said(clip) == ["sad"]


def test_the_same_with_the_same_reason_says_nothing_new(clip: Clip) -> None:
    said_now = [
        ("sad", "a sob"),
        ("sad", "a sob"),
        ("sad", ""),
        ("sad", "a sigh"),
        ("sad", "a sob"),
    ]
    made = [correct_clip(clip.owner, clip, *it) is not None for it in said_now]
    assert made == [True, False, False, True, True]


@pytest.mark.django_db(transaction=True)
def test_clicks_at_the_same_moment_are_one_correction(clip: Clip) -> None:
    def click(_: int) -> None:
        correct_clip(clip.owner, clip, "sad")
        connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(click, range(8)))
    assert said(clip) == ["sad"]


@pytest.mark.parametrize("wrong", ["", "bored", "x" * 5000, "<b>"])
def test_it_refuses_what_is_none_of_the_eight(clip: Clip, signed_in: SignIn, wrong: str) -> None:
    response = correct(signed_in(clip.owner), clip, wrong)
    assert response.status_code == 422
    assert "is none of the eight emotions" in response.content.decode()
    assert "<b>" not in response.content.decode()
    assert not Correction.objects.exists()


@pytest.mark.parametrize("make", [factories.clip, factories.failed_clip])
def test_it_refuses_a_correction_before_there_is_a_result(
    owner: User, signed_in: SignIn, make: Callable[[User], Clip]
) -> None:
    response = correct(signed_in(owner), make(owner), "sad")
    assert response.status_code == 422
    assert not Correction.objects.exists()


def test_it_says_why_without_htmx(owner: User, signed_in: SignIn) -> None:
    clip = factories.clip(owner)
    address = f"/clips/{clip.pk}/correct/"
    response = signed_in(owner).post(address, {"emotion": "sad"}, follow=True)
    assert "there is nothing to correct" in response.content.decode()


@pytest.mark.parametrize("person", ["reviewer", "stranger", "administrator"])
def test_only_its_owner_corrects_a_clip(
    clip: Clip, signed_in: SignIn, request: pytest.FixtureRequest, person: str
) -> None:
    factories.consent(clip.owner)
    client = signed_in(request.getfixturevalue(person))
    assert correct(client, clip, "sad").status_code == 404
    assert not Correction.objects.exists()


def test_a_reviewer_reads_who_said_what_when(
    clip: Clip, reviewer: User, stranger: User, signed_in: SignIn
) -> None:
    factories.consent(clip.owner)
    correct_clip(clip.owner, clip, "sad")
    text = signed_in(reviewer).get(f"/clips/{clip.pk}/status/").content.decode()
    assert "<strong>The owner:</strong>" in text
    assert 'name="emotion"' not in text
    assert signed_in(stranger).get(f"/clips/{clip.pk}/status/").status_code == 404


def test_a_reviewer_sees_no_empty_part_where_nothing_was_said(
    owner: User, reviewer: User, signed_in: SignIn
) -> None:
    factories.consent(owner)
    clip = factories.failed_clip(owner)
    text = signed_in(reviewer).get(f"/clips/{clip.pk}/status/").content.decode()
    assert re.search(r'<section [^>]*id="correct"[^>]* hidden>', text)


def test_what_was_said_outlives_nobody_but_its_clip(clip: Clip, signed_in: SignIn) -> None:
    correct_clip(clip.owner, clip, "sad")
    clip.delete()
    assert not Correction.objects.exists()
