"""Asking for an explanation: who may, what comes back, and that asking again costs nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from recognition import tasks
from recognition.models import Clip, Explanation, User
from recognition.services.erase import delete_clips
from recognition.services.explain import request_explanation
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]


@pytest.fixture
def clip(owner: User) -> Clip:
    return factories.done_clip(owner)


@pytest.fixture(autouse=True)
def announced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Which explanations the workers were told of."""
    ids: list[int] = []
    monkeypatch.setattr(tasks, "announce_explanations", ids.extend)
    return ids


def place(clip: Clip) -> str:
    return f"/clips/{clip.pk}/explanation/"


def test_it_is_queued_once_however_often_it_is_asked_for(
    clip: Clip, signed_in: SignIn, announced: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    client = signed_in(clip.owner)
    assert client.get(place(clip)).json() == {"state": "none", "error": None, "explanation": None}
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(3):
            response = client.post(place(clip))
            assert response.status_code == 202
            assert response.json()["state"] == "queued"
    assert announced == [Explanation.objects.get().pk]
    assert client.get(place(clip)).json()["state"] == "queued"


def test_it_gives_the_data_when_it_is_done(
    clip: Clip, signed_in: SignIn, announced: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    data = {"emotion": "happy", "segments": []}
    factories.explanation(clip, state="done", data=data)
    with django_capture_on_commit_callbacks(execute=True):
        response = signed_in(clip.owner).post(place(clip))
    assert response.status_code == 200
    assert response.json() == {"state": "done", "error": None, "explanation": data}
    assert signed_in(clip.owner).get(place(clip)).json() == response.json()
    assert "no-cache" in response["Cache-Control"]
    assert not announced


def test_it_says_why_it_failed_and_is_tried_again_when_asked_for_again(
    clip: Clip, signed_in: SignIn, announced: list[int], django_capture_on_commit_callbacks: Any
) -> None:
    details = {"predicted_by": "old", "serving": "new"}
    explanation = factories.explanation(
        clip, state="failed", error_code="explanation:app:other-model", error_details=details
    )
    client = signed_in(clip.owner)
    body = client.get(place(clip)).json()
    assert body["error"]["code"] == "explanation:app:other-model"
    assert "old" in body["error"]["message"]
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(place(clip)).json()["error"] is None
    explanation.refresh_from_db()
    assert (explanation.state, explanation.attempts) == ("queued", 0)
    assert announced == [explanation.pk]


def test_it_leaves_a_running_one_alone(clip: Clip, announced: list[int]) -> None:
    explanation = factories.explanation(clip, state="running", attempts=1)
    assert request_explanation(clip.owner, clip).state == "running"
    explanation.refresh_from_db()
    assert (explanation.state, explanation.attempts) == ("running", 1)
    assert not announced


def test_it_says_that_there_is_nothing_to_explain_yet(owner: User, signed_in: SignIn) -> None:
    response = signed_in(owner).post(place(factories.clip(owner)))
    assert response.status_code == 409
    assert response.json()["code"] == "explanation:user:no-result"
    assert response.json()["message"].endswith(".")
    assert not Explanation.objects.exists()


def test_only_who_may_see_the_clip_can_ask(
    clip: Clip, reviewer: User, stranger: User, signed_in: SignIn
) -> None:
    for person in (reviewer, stranger):
        assert signed_in(person).post(place(clip)).status_code == 404
        with pytest.raises(Clip.DoesNotExist):
            request_explanation(person, clip)
    assert not Explanation.objects.exists()
    User.objects.update(review_consent_at=timezone.now())
    assert signed_in(reviewer).post(place(clip)).status_code == 202
    assert signed_in(stranger).post(place(clip)).status_code == 404
    assert Client().post(place(clip)).status_code == 302


def test_it_is_erased_with_its_clip(clip: Clip) -> None:
    factories.explanation(clip, state="done", data={})
    delete_clips([clip])
    assert not Explanation.objects.exists()


def test_it_asks_the_database_a_bounded_number_of_times(
    clip: Clip, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    factories.explanation(clip, state="done", data={})
    client = signed_in(clip.owner)
    with django_assert_max_num_queries(7):
        client.get(place(clip))
