"""Models, owners and reviewers are told apart: on the clip's page, in history and in exports."""

import csv
import json
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client

from recognition.models import Clip, Correction, Review, ReviewCase, Settlement, User
from recognition.presentation.takeout import takeout
from recognition.services.access import record_access
from recognition.services.correct import correct_clip
from recognition.services.labels import ask_for_opinions
from recognition.services.review import Opinion, give_review, settle, undo_review
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]


@pytest.fixture
def clip(owner: User) -> Clip:
    factories.consent(owner)
    return factories.done_clip(owner, emotion="happy")


def page(client: Client, clip: Clip) -> str:
    return client.get(f"/clips/{clip.pk}/").content.decode()


def steps(client: Client, clip: Clip) -> list[str]:
    items = page(client, clip).split('<ol class="steps-list">')[1].split("</ol>")[0].split("<li")
    return items[1:]


def test_the_clip_tells_who_said_what_when_and_why(
    clip: Clip, reviewer: User, administrator: User, signed_in: SignIn
) -> None:
    correct_clip(clip.owner, clip, "sad", "she told me so")
    give_review(reviewer, clip.pk, Opinion(Review.Kind.HEARD, "calm"))
    settle(clip, "angry", how=Settlement.How.ADMIN, by=administrator, reason="a complaint")
    newest_first = [
        ("mark-reviewed", "administrator", "angry", "set in the administration", "a complaint"),
        ("mark-reviewed", "reviewer", "calm", "all who were asked agree"),
        ("mark-reviewed", "reviewer, reviewer", "calm"),
        ("mark-corrected", "You", "sad", "she told me so"),
        ("mark-model", "Model model", "happy (65 %)"),
    ]
    found = steps(signed_in(clip.owner), clip)
    assert len(found) == len(newest_first)
    for item, words in zip(found, newest_first, strict=True):
        for word in words:
            assert word in item
    assert ["counts" in item for item in found] == [True, False, False, True, True]


def test_what_was_taken_back_stays_in_the_history(
    clip: Clip, reviewer: User, signed_in: SignIn
) -> None:
    give_review(reviewer, clip.pk, Opinion(Review.Kind.HEARD, "calm"))
    undo_review(reviewer)
    found = steps(signed_in(clip.owner), clip)
    assert len(found) == 4
    assert "not settled any more" in found[0]
    assert "(taken back)" in found[2]
    assert not any("counts" in item for item in found[:3])


def test_a_skip_tells_its_reason(clip: Clip, reviewer: User, signed_in: SignIn) -> None:
    opinion = Opinion(Review.Kind.SKIPPED, reason="several-voices")
    give_review(reviewer, clip.pk, opinion)
    found = steps(signed_in(clip.owner), clip)[0]
    assert "skipped it" in found
    assert "<q>several voices</q>" in found


def test_a_reviewer_reads_the_history_and_a_stranger_does_not(
    clip: Clip, reviewer: User, stranger: User, signed_in: SignIn
) -> None:
    correct_clip(clip.owner, clip, "sad")
    assert "<strong>The owner:</strong>" in page(signed_in(reviewer), clip)
    assert signed_in(stranger).get(f"/clips/{clip.pk}/").status_code == 404


def test_names_and_reasons_of_people_do_not_reach_a_reviewer(
    clip: Clip, reviewer: User, administrator: User, signed_in: SignIn
) -> None:
    User.objects.filter(pk=clip.owner_id).update(name="Ann Example")
    clip.owner.refresh_from_db()
    Clip.objects.update(name="Ann is angry.wav", file_name="ann as sent.wav")
    correct_clip(clip.owner, clip, "sad", "she told me so")
    other = factories.user("bob", is_reviewer=True)
    give_review(other, clip.pk, Opinion(Review.Kind.HEARD, "calm"))
    client = signed_in(reviewer)
    text = page(client, clip)
    for secret in ("Ann", "ann as sent", "she told me so", "bob"):
        assert secret not in text, secret
    assert text.count("Clip of ") >= 2
    assert "<strong>A reviewer:</strong>" in text
    for place in (f"/clips/{clip.pk}/audio/", f"/api/v1/clips/{clip.pk}/audio/"):
        assert "Ann" not in client.get(place)["Content-Disposition"]
    second = factories.done_clip(clip.owner, name="Ann again")
    compared = f"/compare/?clip={clip.pk}&clip={second.pk}"
    for place in (f"/clips/{clip.pk}/status/", f"/api/v1/clips/{clip.pk}/", compared):
        response = client.get(place)
        assert response.status_code == 200
        assert "Ann" not in response.content.decode(), place
    for person in (clip.owner, administrator):
        text = page(signed_in(person), clip)
        for told in ("Ann is angry", "ann as sent", "she told me so", "bob, reviewer"):
            assert told in text, told


def test_what_others_said_is_hidden_from_who_can_still_review(
    clip: Clip, reviewer: User, signed_in: SignIn
) -> None:
    ReviewCase.objects.create(clip=clip, n_wanted=3)
    other = factories.user("other", is_reviewer=True)
    give_review(other, clip.pk, Opinion(Review.Kind.HEARD, "disgust"))
    client = signed_in(reviewer)
    assert len(steps(client, clip)) == 1  # what the model said
    give_review(reviewer, clip.pk, Opinion(Review.Kind.SKIPPED, reason="several-voices"))
    assert len(steps(client, clip)) == 1
    undo_review(reviewer)
    give_review(reviewer, clip.pk, Opinion(Review.Kind.HEARD, "sad"))
    assert len(steps(client, clip)) == 4
    assert len(steps(signed_in(clip.owner), clip)) == 4


def test_the_history_says_why_a_clip_was_opened(
    clip: Clip, reviewer: User, administrator: User, signed_in: SignIn
) -> None:
    give_review(reviewer, clip.pk, Opinion(Review.Kind.HEARD, "calm"))
    undo_review(reviewer)
    give_review(reviewer, clip.pk, Opinion(Review.Kind.HEARD, "calm"))
    ask_for_opinions(Clip.objects.all(), 2, by=administrator)
    text = page(signed_in(clip.owner), clip)
    assert "an opinion was taken back" in text
    assert "further opinions are wanted" in text


def test_a_correction_can_have_a_reason(clip: Clip, signed_in: SignIn) -> None:
    client = signed_in(clip.owner)
    address = f"/clips/{clip.pk}/correct/"
    client.post(address, {"emotion": "sad", "reason": "<b>voice breaks</b>"})
    assert Correction.objects.get().reason == "<b>voice breaks</b>"
    assert "&lt;b&gt;voice breaks" in page(client, clip)
    client.post(address, {"emotion": "sad", "reason": "a second thought"})
    assert Correction.objects.count() == 2
    response = client.post(
        address, {"emotion": "sad", "reason": "x" * 201}, headers={"hx-request": "true"}
    )
    assert response.status_code == 422
    assert Correction.objects.count() == 2


def test_history_tells_the_three_apart(clip: Clip, signed_in: SignIn) -> None:
    client = signed_in(clip.owner)
    text = client.get("/clips/").content.decode()
    assert re.findall(r"mark mark-(\w+)", text) == ["model"]
    correct_clip(clip.owner, clip, "sad")
    text = client.get("/clips/").content.decode()
    assert re.findall(r"mark mark-(\w+)", text) == ["corrected", "model"]
    settle(clip, "calm", how=Settlement.How.ADMIN, by=None)
    text = client.get("/clips/").content.decode()
    assert re.findall(r"mark mark-(\w+)", text) == ["reviewed", "corrected", "model"]
    for words in ("calm</strong>", "you: sad", "model: happy"):
        assert words in text


@pytest.mark.parametrize(
    ("corrected", "reviewed", "provenance", "counted"),
    [
        ("", "", "model", "happy"),
        ("sad", "", "corrected", "sad"),
        ("sad", "calm", "reviewed", "calm"),
    ],
)
def test_exports_tell_the_three_apart(
    clip: Clip, signed_in: SignIn, corrected: str, reviewed: str, provenance: str, counted: str
) -> None:
    Clip.objects.update(corrected_emotion=corrected, reviewed_emotion=reviewed)
    client = signed_in(clip.owner)

    def body(extension: str) -> str:
        response: Any = client.get(f"/clips/export.{extension}")
        return b"".join(response.streaming_content).decode()

    rows = [next(csv.DictReader(body("csv").splitlines())), json.loads(body("json"))[0]]
    for row in rows:
        assert row["predicted_emotion"] == "happy"
        assert (row["corrected_emotion"], row["reviewed_emotion"]) == (corrected, reviewed)
        assert (row["provenance"], row["emotion"]) == (provenance, counted)


def test_a_waiting_clip_has_no_history(owner: User, signed_in: SignIn) -> None:
    assert "steps-list" not in page(signed_in(owner), factories.clip(owner))
    assert not ReviewCase.objects.exists()


def test_an_owner_takes_reviews_home(clip: Clip, reviewer: User) -> None:
    correct_clip(clip.owner, clip, "sad", "she told me so")
    give_review(reviewer, clip.pk, Opinion(Review.Kind.HEARD, "calm"))
    record_access(reviewer, clip, "review")
    with ZipFile(BytesIO(b"".join(takeout(clip.owner)))) as archive:
        taken = json.loads(archive.read("clips.json"))[0]
        look = json.loads(archive.read("looks.json"))[0]
    assert taken["corrections"][0]["reason"] == "she told me so"
    assert taken["reviewed_emotion"] == "calm"
    assert (taken["reviews"][0]["reviewer"], taken["reviews"][0]["emotion"]) == ("reviewer", "calm")
    assert taken["settlements"][0]["shares"] == {"calm": 1.0}
    assert (look["by"], look["what"]) == ("reviewer", "review")


def test_the_api_tells_the_three_apart(clip: Clip, signed_in: SignIn) -> None:
    correct_clip(clip.owner, clip, "sad")
    settle(clip, "calm", how=Settlement.How.ADMIN, by=None)
    body = signed_in(clip.owner).get(f"/api/v1/clips/{clip.pk}/").json()
    assert (body["prediction"]["emotion"], body["corrected_emotion"]) == ("happy", "sad")
    assert body["reviewed_emotion"] == "calm"
