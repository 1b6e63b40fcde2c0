"""Reviewing by program: blind, by turns, and only what people let others hear."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from recognition.models import Clip, ClipAccess, Review, ReviewCase, User
from recognition.services.correct import correct_clip
from recognition.tests import factories

pytestmark = pytest.mark.django_db

PLACE = "/api/v1/reviews/"
SignIn = Callable[[User], Client]
JSON = "application/json"


@pytest.fixture
def client(reviewer: User, signed_in: SignIn) -> Client:
    return signed_in(reviewer)


@pytest.fixture
def heard(owner: User) -> Clip:
    factories.consent(owner)
    return factories.done_clip(owner, name="my boss.wav", emotion="angry", content=b"sound")


def post(client: Client, path: str, body: Any = None) -> Any:
    return client.post(f"{PLACE}{path}", body or {}, JSON)


def say(client: Client, clip: Clip, **opinion: str) -> Any:
    return post(client, f"{clip.pk}/", opinion)


def test_it_gives_a_clip_blind(client: Client, owner: User, heard: Clip) -> None:
    correct_clip(owner, heard, "sad")
    response = post(client, "next/")
    body = response.json()
    assert (body["clip"]["id"], body["next"]) == (str(heard.pk), None)
    assert set(body["clip"]) == {"id", "duration_s", "audio", "is_conflict", "held_until"}
    for word in ("angry", "sad", "boss", "owner", "posteriors", "confidence"):
        assert word not in response.content.decode()
    assert ReviewCase.objects.get().claimed_by is not None


def test_reading_claims_nothing(client: Client, heard: Clip) -> None:
    body = client.get(PLACE).json()
    assert (body["clip"], body["next"], body["n_waiting"], body["n_today"]) == (None, None, 1, 0)
    assert not ReviewCase.objects.exists()
    post(client, "next/")
    assert client.get(PLACE).json()["clip"]["id"] == str(heard.pk)


def test_it_can_be_listened_to_by_whoever_only_reviews(
    client: Client, owner: User, stranger: User, signed_in: SignIn, heard: Clip
) -> None:
    audio = post(client, "next/").json()["clip"]["audio"]
    response: Any = client.get(audio)
    assert b"".join(response.streaming_content) == b"sound"
    assert "boss" not in response["Content-Disposition"]
    own = factories.done_clip(User.objects.get(username="reviewer"))
    for clip_id in (own.pk, uuid4()):
        assert client.get(f"{PLACE}{clip_id}/audio/").status_code == 404
    User.objects.filter(pk=owner.pk).update(review_consent_at=None)
    assert client.get(audio).status_code == 404
    assert signed_in(stranger).get(audio).status_code == 403


def test_a_token_that_may_only_review_does_that_alone(reviewer: User, heard: Clip) -> None:
    token = factories.token(reviewer, "review")
    program = Client(headers={"Authorization": f"Bearer {token}"})
    audio = post(program, "next/").json()["clip"]["audio"]
    assert program.get(audio).status_code == 200
    assert say(program, heard, kind="heard", emotion="sad").status_code == 201
    assert post(program, "undo/").status_code == 200
    assert program.get(PLACE).json()["n_waiting"] == 1
    for path in ("/api/v1/clips/", f"/api/v1/clips/{heard.pk}/", "/api/v1/statistics/"):
        assert program.get(path).json()["code"] == "api:user:scope"


@pytest.mark.parametrize(
    ("opinion", "kept"),
    [
        ({"kind": "heard", "emotion": "sad"}, ("heard", "sad", "")),
        ({"kind": "bad-audio"}, ("bad-audio", "", "")),
        ({"kind": "skipped", "reason": "undecided"}, ("skipped", "", "undecided")),
    ],
)
def test_it_takes_what_can_be_said(
    client: Client, heard: Clip, opinion: dict[str, str], kept: tuple[str, str, str]
) -> None:
    post(client, "next/")
    response = say(client, heard, **opinion)
    assert response.status_code == 201
    review = Review.objects.get()
    assert (review.kind, review.emotion, review.reason) == kept
    assert response.json()["review"]["was_blind"] is True
    told = response.json()["prediction"]
    assert (told and told["emotion"]) == (None if kept[0] == "skipped" else "angry")
    assert client.get(PLACE).json()["clip"] is None


def test_one_opinion_settles_the_clip(client: Client, heard: Clip) -> None:
    say(client, heard, kind="heard", emotion="sad")
    assert Clip.objects.get().reviewed_emotion == "sad"
    again = say(client, heard, kind="heard", emotion="calm")
    assert (again.status_code, again.json()["code"]) == (409, "review:user:settled")


@pytest.mark.parametrize(
    ("opinion", "status", "code"),
    [
        ({}, 400, "api:user:invalid"),
        ({"kind": "loved"}, 400, "api:user:invalid"),
        ({"kind": "heard", "emotion": "glad"}, 400, "api:user:invalid"),
        ({"kind": "heard"}, 400, "api:user:invalid"),
        ({"kind": "skipped"}, 422, "review:user:no-reason"),
        ({"kind": "skipped", "reason": "x", "emotion": "sad"}, 400, "api:user:invalid"),
        ({"kind": "bad-audio", "reason": "x"}, 400, "api:user:invalid"),
        ({"kind": "skipped", "reason": "x" * 201}, 400, "api:user:invalid"),
        ({"kind": "bad-audio", "was_blind": "true"}, 400, "api:user:unknown-field"),
    ],
)
def test_it_refuses_what_can_not_be_said(
    client: Client, heard: Clip, opinion: dict[str, str], status: int, code: str
) -> None:
    response = say(client, heard, **opinion)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert not Review.objects.exists()


def test_taken_back_it_can_be_said_again_but_not_blind(client: Client, heard: Clip) -> None:
    post(client, "next/")
    say(client, heard, kind="heard", emotion="sad")
    undone = post(client, "undo/")
    assert undone.status_code == 200
    assert undone.json()["review"]["emotion"] == "sad"
    assert undone.json()["queue"]["clip"]["id"] == str(heard.pk)
    assert Clip.objects.get().reviewed_emotion == ""
    review = say(client, heard, kind="heard", emotion="calm").json()["review"]
    assert review["was_blind"] is False
    post(client, "undo/")
    nothing = post(client, "undo/")
    assert (nothing.status_code, nothing.json()["code"]) == (409, "review:user:nothing-to-undo")


def test_what_one_holds_another_does_not_get(
    client: Client, owner: User, heard: Clip, signed_in: SignIn
) -> None:
    other = signed_in(factories.user("other", is_reviewer=True))
    assert post(client, "next/").json()["clip"]["id"] == str(heard.pk)
    assert post(other, "next/", {"clip": str(heard.pk)}).json()["clip"] is None
    taken = say(other, heard, kind="bad-audio")
    assert (taken.status_code, taken.json()["code"]) == (409, "review:user:not-held")
    assert post(client, "release/").json() == {"n_clips": 1}
    assert post(other, "next/").json()["clip"]["id"] == str(heard.pk)
    late = say(client, heard, kind="bad-audio")
    assert (late.status_code, late.json()["code"]) == (409, "review:user:claimed")


def test_a_wanted_clip_comes_first(client: Client, owner: User, heard: Clip) -> None:
    wanted = factories.done_clip(owner, confidence=0.99)
    body = post(client, "next/", {"clip": str(wanted.pk)}).json()
    assert (body["clip"]["id"], body["next"]["id"]) == (str(wanted.pk), str(heard.pk))
    wrong = post(client, "next/", {"clip": "x"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "api:user:invalid")


def test_without_consent_nothing_is_given(client: Client, owner: User) -> None:
    clip = factories.done_clip(owner)
    assert post(client, "next/", {"clip": str(clip.pk)}).json()["clip"] is None
    for clip_id in (clip.pk, uuid4()):
        response = post(client, f"{clip_id}/", {"kind": "bad-audio"})
        assert (response.status_code, response.json()["code"]) == (404, "api:user:not-found")
    assert not Review.objects.exists()


def test_consent_that_is_withdrawn_meanwhile_is_respected(
    client: Client, owner: User, heard: Clip
) -> None:
    post(client, "next/")
    User.objects.filter(pk=owner.pk).update(review_consent_at=None)
    assert client.get(PLACE).json()["clip"] is None
    response = say(client, heard, kind="heard", emotion="sad")
    assert (response.status_code, response.json()["code"]) == (409, "review:user:withdrawn")
    assert not Review.objects.exists()


def test_own_clips_are_not_reviewed(client: Client, reviewer: User) -> None:
    factories.consent(reviewer)
    own = factories.done_clip(reviewer)
    assert post(client, "next/").json()["clip"] is None
    assert say(client, own, kind="heard", emotion="sad").status_code == 404
    assert not Review.objects.exists()


def test_who_looked_at_the_clip_itself_is_not_blind(client: Client, heard: Clip) -> None:
    client.get(f"/api/v1/clips/{heard.pk}/status/")
    assert ClipAccess.objects.get().what == "api"
    review = say(client, heard, kind="heard", emotion="angry").json()["review"]
    assert review["was_blind"] is False


@pytest.mark.parametrize("person", ["owner", "stranger", "administrator"])
def test_only_reviewers_are_let_in(
    heard: Clip, signed_in: SignIn, request: pytest.FixtureRequest, person: str
) -> None:
    client = signed_in(request.getfixturevalue(person))
    answers = [
        client.get(PLACE),
        client.get(f"{PLACE}{heard.pk}/audio/"),
        *(post(client, path) for path in ("next/", "undo/", "release/")),
        say(client, heard, kind="bad-audio"),
    ]
    codes = {(it.status_code, it.json()["code"]) for it in answers}
    assert codes == {(403, "api:user:reviewers-only")}
    assert not ReviewCase.objects.exists()
