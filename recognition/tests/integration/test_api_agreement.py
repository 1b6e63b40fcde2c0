"""How far reviewers agree by program, and the model's answer before one has spoken."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recognition import tasks
from recognition.jobs.agreement import measure_agreement
from recognition.models import Agreement, Clip, ClipAccess, Review, ReviewCase, User
from recognition.services.claims import claim_next
from recognition.services.correct import correct_clip
from recognition.services.review import Opinion, give_review
from recognition.tests import factories

pytestmark = pytest.mark.django_db

PLACE, REVIEWS, JSON = "/api/v1/reviews/agreement/", "/api/v1/reviews/", "application/json"
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def announced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    ids: list[int] = []
    monkeypatch.setattr(tasks, "announce_agreements", ids.extend)
    return ids


@pytest.fixture
def client(reviewer: User, signed_in: SignIn) -> Client:
    return signed_in(reviewer)


@pytest.fixture
def second(db: None) -> User:
    return factories.user("second", is_reviewer=True)


@pytest.fixture
def clips(owner: User) -> list[Clip]:
    """Three that need two opinions each."""
    factories.consent(owner)
    clips = [factories.done_clip(owner, name=f"secret {i}", emotion="angry") for i in range(3)]
    for clip in clips:
        ReviewCase.objects.create(clip=clip, n_wanted=2)
    return clips


def say(reviewer: User, clips: list[Clip], words: str) -> None:
    for clip, emotion in zip(clips, words.split(), strict=True):
        give_review(reviewer, clip.pk, Opinion(Review.Kind.HEARD, emotion))


def measure(client: Client) -> Any:
    return client.post(PLACE, {}, JSON)


def reveal(client: Client, clip: Clip, body: Any = None) -> Any:
    return client.post(f"{REVIEWS}{clip.pk}/answer/", body or {}, JSON)


def test_it_is_measured_when_asked_and_told_as_on_the_page(
    client: Client, reviewer: User, second: User, clips: list[Clip]
) -> None:
    nothing = {"state": "none", "error": None, "measured_at": None, "report": None}
    assert client.get(PLACE).json() == nothing | {"conflicts": []}
    say(reviewer, clips, "sad calm happy")
    say(second, clips, "sad calm angry")
    response = measure(client)
    assert (response.status_code, response.json()["state"]) == (202, "queued")
    measure_agreement(Agreement.objects.get().pk)
    body = client.get(PLACE).json()
    assert (body["state"], body["error"]) == ("done", None)
    assert body["measured_at"]
    report = body["report"]
    assert (report["n_opinions"], report["n_shared"], report["level"]) == (6, 3, "few")
    (pair,) = report["pairs"]
    assert (pair["first"], pair["second"], pair["n"]) == ("reviewer", "second", 3)
    assert pair["kappa"] == pytest.approx(4 / 7, abs=1e-4)
    assert {row["name"] for row in report["reviewers"]} == {"reviewer", "second"}
    assert (report["model"]["n"], report["owner"]) == (2, {"n": 0, "kappa": None, "level": ""})
    assert len(report["emotions"]) == 8
    assert measure(client).status_code == 200  # nothing was said since then
    assert "secret" not in str(body)


def test_the_newest_report_stays_until_there_is_another(
    client: Client, reviewer: User, second: User, clips: list[Clip]
) -> None:
    measure(client)
    measure_agreement(Agreement.objects.get().pk)
    say(reviewer, clips, "sad calm happy")
    body = client.get(PLACE).json()
    assert (body["state"], body["report"]["n_opinions"]) == ("none", 0)


def test_a_failure_is_told(client: Client) -> None:
    measure(client)
    code = "agreement:app:gave-up"
    Agreement.objects.update(
        state="failed",
        finished_at=timezone.now(),
        error_code=code,
        error_details={"attempts": 3},
    )
    body = client.get(PLACE).json()
    assert (body["state"], body["error"]["code"]) == ("failed", code)
    assert "3 times" in body["error"]["message"]
    assert measure(client).status_code == 202


def test_conflicts_hide_what_would_sway(
    client: Client, signed_in: SignIn, reviewer: User, second: User, clips: list[Clip]
) -> None:
    say(reviewer, clips, "sad calm happy")
    say(second, clips, "sad calm angry")
    (told,) = client.get(PLACE).json()["conflicts"]
    assert (told["clip"], told["may_decide"], told["n_opinions"]) == (str(clips[2].pk), False, 2)
    assert told["opinions"] == [
        {"reviewer": "reviewer", "kind": "heard", "emotion": "happy"},
        {"reviewer": "second", "kind": "heard", "emotion": "angry"},
    ]
    third = signed_in(factories.user("third", is_reviewer=True))
    (hidden,) = third.get(PLACE).json()["conflicts"]
    assert (hidden["may_decide"], hidden["n_opinions"], hidden["opinions"]) == (True, 2, [])
    body = {"kind": "heard", "emotion": "happy"}
    assert third.post(f"{REVIEWS}{hidden['clip']}/", body, JSON).status_code == 201
    assert third.get(PLACE).json()["conflicts"] == []


def test_it_needs_no_more_queries_for_more_conflicts(
    client: Client, owner: User, reviewer: User, second: User, clips: list[Clip]
) -> None:
    def n_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(PLACE).status_code == 200
        return len(queries)

    say(reviewer, clips[:1], "sad")
    say(second, clips[:1], "calm")
    few = n_queries()
    say(reviewer, clips[1:], "sad sad")
    say(second, clips[1:], "calm calm")
    assert len(client.get(PLACE).json()["conflicts"]) == 3
    assert n_queries() == few


def test_it_is_for_reviewers(owner: User, signed_in: SignIn, reviewer: User) -> None:
    for client, code in [
        (signed_in(owner), "api:user:reviewers-only"),
        (Client(headers={"Authorization": f"Bearer {factories.token(reviewer)}"}), None),
    ]:
        for response in (client.get(PLACE), measure(client)):
            assert response.status_code == 403
            assert response.json()["code"] == (code or "api:user:scope")
    token = factories.token(reviewer, "review")
    assert Client(headers={"Authorization": f"Bearer {token}"}).get(PLACE).status_code == 200
    assert not Agreement.objects.exists()


def test_it_takes_nothing_unknown(client: Client, clips: list[Clip]) -> None:
    claim_next(User.objects.get(username="reviewer"))
    for response in (
        client.get(f"{PLACE}?since=2026"),
        client.post(PLACE, {"now": True}, JSON),
        reveal(client, clips[0], {"mode": "blind"}),
    ):
        assert (response.status_code, response.json()["code"]) == (400, "api:user:unknown-field")
    for wrong in ({"emotion": "glad"}, {"emotion": ""}, {"emotion": 5}):
        response = reveal(client, clips[0], wrong)
        assert (response.status_code, response.json()["code"]) == (400, "api:user:invalid")
    assert set(ReviewCase.objects.values_list("shown_after", flat=True)) == {""}


@pytest.mark.parametrize(
    ("chosen", "said", "was_blind"),
    [("sad", "sad", True), ("sad", "calm", False), (None, "sad", False), ("", "sad", None)],
)
def test_the_answer_is_told_before_one_has_spoken_and_that_is_noted(
    client: Client,
    owner: User,
    second: User,
    clips: list[Clip],
    chosen: str | None,
    said: str,
    was_blind: bool | None,
) -> None:
    """None chosen: at once; empty here: not asked for at all."""
    clip = clips[0]
    correct_clip(owner, clip, "fearful")
    say(second, [clip], "disgust")
    client.post(f"{REVIEWS}next/", {"clip": str(clip.pk)}, JSON)
    if chosen != "":
        body = reveal(client, clip, {"emotion": chosen} if chosen else {}).json()
        assert body["prediction"]["emotion"] == "angry"
        assert body["corrected_emotion"] == "fearful"
        assert body["opinions"] == [{"kind": "heard", "emotion": "disgust"}]
        assert "secret" not in str(body)
    response = client.post(f"{REVIEWS}{clip.pk}/", {"kind": "heard", "emotion": said}, JSON)
    assert response.status_code == 201
    assert response.json()["review"]["was_blind"] is (was_blind is not False)


def test_what_was_chosen_first_stays(client: Client, clips: list[Clip]) -> None:
    client.post(f"{REVIEWS}next/", {"clip": str(clips[0].pk)}, JSON)
    for chosen in ("sad", "angry"):
        reveal(client, clips[0], {"emotion": chosen})
    body = {"kind": "heard", "emotion": "angry"}
    given = client.post(f"{REVIEWS}{clips[0].pk}/", body, JSON).json()
    assert given["review"]["was_blind"] is False


def test_that_it_was_shown_is_on_record(client: Client, clips: list[Clip]) -> None:
    client.post(f"{REVIEWS}next/", {"clip": str(clips[0].pk)}, JSON)
    ClipAccess.objects.all().delete()
    reveal(client, clips[0])
    look = ClipAccess.objects.get()
    assert (look.clip_id, look.user_name, look.what) == (clips[0].pk, "reviewer", "review")


def test_only_its_holder_is_told(
    client: Client, owner: User, second: User, signed_in: SignIn, clips: list[Clip]
) -> None:
    assert reveal(client, clips[0]).status_code == 404  # not held
    client.post(f"{REVIEWS}next/", {"clip": str(clips[0].pk)}, JSON)
    assert reveal(signed_in(second), clips[0]).status_code == 404
    assert reveal(signed_in(owner), clips[0]).json()["code"] == "api:user:reviewers-only"
    assert client.post(f"{REVIEWS}{uuid4()}/answer/", {}, JSON).status_code == 404
    User.objects.filter(pk=owner.pk).update(review_consent_at=None)
    response = reveal(client, clips[0])
    assert (response.status_code, response.json()["code"]) == (404, "api:user:not-found")
    assert "angry" not in response.content.decode()
