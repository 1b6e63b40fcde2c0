"""One clip by program: read, described, deleted and had back, and who may."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recognition.models import Clip, ClipAccess, Explanation, Portrait, User
from recognition.services.correct import correct_clip
from recognition.services.describe import add_tags
from recognition.services.erase import trash_clips
from recognition.tests import factories, recordings

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
JSON = "application/json"
HIDDEN = ["stranger", "reviewer"]  # the owner did not consent to review


@pytest.fixture
def client(owner: User, signed_in: SignIn) -> Client:
    return signed_in(owner)


def place(clip: Clip, part: str = "") -> str:
    return f"/api/v1/clips/{clip.pk}/{part}"


def post(client: Client, path: str) -> Any:
    """As a program asks that has nothing to send."""
    return client.generic("POST", path)


def patch(client: Client, clip: Clip, body: Any, **headers: str) -> Any:
    return client.patch(place(clip), body, JSON, headers=headers)


def test_it_tells_what_happened_in_order(client: Client, owner: User) -> None:
    clip = factories.done_clip(owner, emotion="happy")
    correct_clip(owner, clip, "sad", "a sob")
    body = client.get(place(clip)).json()
    assert [(step["by"], step["emotion"]) for step in body["steps"]] == [
        ("corrected", "sad"),
        ("model", "happy"),
    ]
    assert body["steps"][0]["why"] == "a sob"
    assert (body["counted_emotion"], body["provenance"]) == ("sad", "corrected")
    assert body["prediction"]["segments"][0]["emotion"] == "happy"


def test_it_tells_what_its_page_draws_and_says(client: Client, owner: User) -> None:
    clip = factories.done_clip(owner, confidence=0.72)
    reliability = [{"confidence": 0.7, "accuracy": 0.81, "n_clips": 130}]
    clip.model_version.scores = {"cross_validation": {"reliability": reliability}}  # type: ignore[union-attr]
    clip.model_version.save()  # type: ignore[union-attr]
    body = client.get(place(clip)).json()
    assert body["trust"] == {"n_right": 81, "n_measured": 130}
    assert set(body["place"]) == {"valence", "arousal"}
    assert (body["file_name"], body["has_speech"]) == ("as it was sent.wav", True)
    failed = client.get(place(factories.failed_clip(owner))).json()
    assert (failed["trust"], failed["place"], failed["has_speech"]) == (None, None, False)
    assert client.get(place(factories.clip(owner))).json()["has_speech"] is None


def test_names_notes_and_tags_stay_with_the_owner(
    client: Client, owner: User, reviewer: User, signed_in: SignIn
) -> None:
    factories.consent(owner)
    clip = factories.done_clip(owner, name="my sad boss.wav", note="private")
    add_tags(clip, "work")
    own = client.get(place(clip)).json()
    assert (own["name"], own["note"]) == ("my sad boss.wav", "private")
    assert [tag["name"] for tag in own["tags"]] == ["work"]
    theirs = signed_in(reviewer).get(place(clip))
    assert theirs.status_code == 200
    for word in ("boss", "private", "work", "as it was sent"):
        assert word not in theirs.content.decode()
    assert ClipAccess.objects.get().what == "api"


READING = ["", "status/", "audio/", "explanation/", "portrait/", "share/", "corrections/"]


@pytest.mark.parametrize("part", READING)
@pytest.mark.parametrize("person", HIDDEN)
def test_other_people_read_nothing_of_it(
    clip: Clip, signed_in: SignIn, request: pytest.FixtureRequest, part: str, person: str
) -> None:
    client = signed_in(request.getfixturevalue(person))
    for path in (place(clip, part), f"/api/v1/clips/{uuid4()}/{part}"):
        response = client.get(path)
        assert (response.status_code, response.json()["code"]) == (404, "api:user:not-found")


CHANGING: list[tuple[str, str, Any]] = [
    ("PATCH", "", {"name": "x"}),
    ("DELETE", "", None),
    ("POST", "retry/", {}),
    ("POST", "restore/", {}),
    ("PUT", "tags/", {"tags": ["x"]}),
    ("POST", "tags/", {"tags": ["x"]}),
    ("DELETE", "tags/1/", None),
    ("POST", "share/", {"days": 7}),
    ("DELETE", "share/", None),
    ("POST", "corrections/", {"emotion": "sad"}),
]


@pytest.mark.parametrize(("method", "part", "body"), CHANGING)
@pytest.mark.parametrize("person", ["stranger", "reviewer", "administrator"])
def test_nobody_else_changes_it(
    owner: User,
    signed_in: SignIn,
    request: pytest.FixtureRequest,
    person: str,
    method: str,
    part: str,
    body: Any,
) -> None:
    """Whoever may see it, too."""
    factories.consent(owner)
    clip = factories.done_clip(owner)
    before = Clip.objects.values().get()
    client = signed_in(request.getfixturevalue(person))
    response: Any = getattr(client, method.lower())(place(clip, part), body, JSON)
    assert (response.status_code, response.json()["code"]) == (404, "api:user:not-found")
    assert Clip.objects.values().get() == before
    assert not clip.corrections.exists()


@pytest.mark.parametrize(("method", "part", "body"), CHANGING)
def test_a_visitor_is_told_to_sign_in(clip: Clip, method: str, part: str, body: Any) -> None:
    response: Any = getattr(Client(), method.lower())(place(clip, part), body, JSON)
    assert (response.status_code, response.json()["code"]) == (401, "api:user:not-authenticated")


def test_what_is_known_already_is_not_sent_again(client: Client, owner: User) -> None:
    clip = factories.done_clip(owner)
    first = client.get(place(clip))
    again = client.get(place(clip), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    other = client.get(place(clip), headers={"If-None-Match": '"other"'})
    assert (other.status_code, other["ETag"]) == (200, first["ETag"])


def change_name(client: Client, clip: Clip) -> None:
    patch(client, clip, {"name": "another.wav"})


def change_state(client: Client, clip: Clip) -> None:
    Clip.objects.filter(pk=clip.pk).update(
        state="failed", error_code="audio:user:empty", finished_at=timezone.now()
    )


CHANGES: list[Callable[[Client, Clip], Any]] = [
    change_name,
    change_state,
    lambda client, clip: patch(client, clip, {"note": "new"}),
    lambda client, clip: client.put(place(clip, "tags/"), {"tags": ["a"]}, JSON),
    lambda client, clip: client.post(place(clip, "corrections/"), {"emotion": "sad"}, JSON),
]


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_that_is_seen_is_another_etag(
    client: Client, owner: User, change: Callable[[Client, Clip], Any]
) -> None:
    clip = factories.done_clip(owner)
    first = client.get(place(clip))["ETag"]
    change(client, clip)
    second = client.get(place(clip), headers={"If-None-Match": first})
    assert second.status_code == 200
    assert second["ETag"] != first


def test_it_changes_what_is_sent_and_nothing_else(client: Client, clip: Clip) -> None:
    name = clip.name
    assert patch(client, clip, {"note": " two\r\nlines "}).json()["note"] == "two\nlines"
    body = patch(client, clip, {"name": " new  name.wav "}).json()
    assert (body["name"], body["note"]) == ("new name.wav", "two\nlines")
    assert patch(client, clip, {"note": ""}).json()["note"] == ""
    assert Clip.objects.get().name == "new name.wav" != name


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "api:user:invalid"),
        ({"name": ""}, "api:user:invalid"),
        ({"name": None}, "api:user:invalid"),
        ({"name": "x" * 256}, "api:user:invalid"),
        ({"name": "a\0b"}, "api:user:invalid"),
        ({"note": "x" * 4001}, "api:user:invalid"),
        ({"emotion": "sad"}, "api:user:unknown-field"),
        ({"owner": 1, "name": "x"}, "api:user:unknown-field"),
        ([], "api:user:invalid"),
        ('"x"', "api:user:invalid"),
    ],
)
def test_it_refuses_what_is_no_description(
    client: Client, clip: Clip, body: Any, code: str
) -> None:
    response = patch(client, clip, body)
    assert (response.status_code, response.json()["code"]) == (400, code)
    assert Clip.objects.get().name == clip.name


@pytest.mark.parametrize("text", [b"{", b"\xff", b'{"name": NaN}', b'{"name": "\\ud800"}'])
def test_it_refuses_what_is_no_json(client: Client, clip: Clip, text: bytes) -> None:
    response: Any = client.generic("PATCH", place(clip), text, JSON)
    assert response.status_code == 400
    assert response.json()["code"] in ("api:user:parse-error", "api:user:invalid")


def test_who_may_not_read_is_told_nothing_of_what_is_there(owner: User) -> None:
    """By no change that alters little: what a clip is like, and what was made of it."""
    clip = factories.done_clip(owner)
    factories.explanation(clip, state="done", data={"parts": []})
    factories.portrait(clip, state="done", data={"duration_s": 2.5})
    token = factories.token(owner, "upload")
    client = Client(headers={"Authorization": f"Bearer {token}"})
    changed = patch(client, clip, {"note": "x"})
    assert (changed.status_code, changed.content) == (204, b"")
    assert Clip.objects.get().note == "x"
    trash_clips(Clip.objects.all())
    restored = post(client, place(clip, "restore/"))
    assert (restored.status_code, restored.content) == (204, b"")
    for made in ("explanation", "portrait"):
        response = post(client, place(clip, f"{made}/"))
        assert response.json() == {"state": "done", "error": None, made: None}


def test_a_name_of_nothing_to_see_is_refused(client: Client, clip: Clip) -> None:
    response = patch(client, clip, {"name": "\u200b"})
    assert (response.status_code, response.json()["code"]) == (422, "describe:user:no-name")


def test_what_changed_meanwhile_is_not_overwritten(client: Client, clip: Clip) -> None:
    seen = client.get(place(clip))["ETag"]
    assert patch(client, clip, {"note": "first"}, **{"If-Match": seen}).status_code == 200
    late = patch(client, clip, {"note": "second"}, **{"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (412, "api:user:changed")
    gone = client.delete(place(clip), headers={"If-Match": seen})
    assert gone.status_code == 412
    assert Clip.objects.get().note == "first"
    assert patch(client, clip, {"note": "third"}, **{"If-Match": "*"}).status_code == 200


def test_it_is_deleted_and_had_back(client: Client, owner: User) -> None:
    clip, other = factories.done_clip(owner), factories.done_clip(owner)
    for _ in range(2):
        response = client.delete(place(clip))
        assert (response.status_code, response.content) == (204, b"")
    assert client.get(place(clip)).status_code == 404
    assert [it["id"] for it in client.get("/api/v1/clips/").json()["results"]] == [str(other.pk)]
    back = post(client, place(clip, "restore/"))
    assert (back.status_code, back.json()["id"]) == (200, str(clip.pk))
    assert client.get(place(clip)).status_code == 200


def test_of_many_deleted_together_one_is_had_back(client: Client, owner: User) -> None:
    clips = [factories.clip(owner) for _ in range(2)]
    trash_clips(Clip.objects.all())
    post(client, place(clips[0], "restore/"))
    assert Clip.objects.get() == clips[0]


def test_what_is_there_or_gone_for_good_is_not_had_back(client: Client, clip: Clip) -> None:
    response = post(client, place(clip, "restore/"))
    assert (response.status_code, response.json()["code"]) == (409, "erase:user:nothing-to-undo")
    Clip.objects.update(deleted_at=timezone.now() - timedelta(days=1))
    response = post(client, place(clip, "restore/"))
    assert (response.status_code, response.json()["code"]) == (409, "erase:user:purged")


def test_its_state_is_told_by_one_query(client: Client, owner: User) -> None:
    clip = factories.done_clip(owner, emotion="sad", confidence=0.7)
    with CaptureQueriesContext(connection) as queries:
        body = client.get(place(clip, "status/")).json()
    asked = [it["sql"] for it in queries if 'FROM "recognition_' in it["sql"]]
    assert ["recognition_clip" in sql for sql in asked] == [False, True]  # the first: who asks
    assert body == {
        "id": str(clip.pk),
        "state": "done",
        "is_final": True,
        "emotion": "sad",
        "confidence": 0.7,
        "is_sure": True,
        "error": None,
    }


def test_its_state_says_when_to_ask_again(client: Client, clip: Clip, owner: User) -> None:
    assert client.get(place(clip, "status/"))["Retry-After"] == "1"
    failed = client.get(place(factories.failed_clip(owner), "status/"))
    assert "Retry-After" not in failed
    assert failed.json()["error"]["code"] == "audio:user:no-speech"


def test_its_recording_can_be_had_in_parts(client: Client, owner: User) -> None:
    content = recordings.wav(0.5)
    clip = factories.clip(owner, content=content)
    whole: Any = client.get(place(clip, "audio/"), headers={"Accept": "audio/wav"})
    assert (whole.status_code, whole["Content-Type"]) == (200, "audio/wav")
    assert b"".join(whole.streaming_content) == content
    part: Any = client.get(place(clip, "audio/"), headers={"Range": "bytes=10-19"})
    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 10-19/{len(content)}")
    assert b"".join(part.streaming_content) == content[10:20]
    none = client.get(place(clip, "audio/"), headers={"Range": f"bytes={len(content)}-"})
    assert none.status_code == 416
    assert client.head(place(clip, "audio/"))["Content-Length"] == str(len(content))


def test_it_is_tried_again_only_when_it_failed(client: Client, owner: User) -> None:
    failed, done = factories.failed_clip(owner), factories.done_clip(owner)
    response = post(client, place(failed, "retry/"))
    assert (response.status_code, response.json()["state"]) == (202, "queued")
    for clip in (failed, done):
        response = post(client, place(clip, "retry/"))
        assert (response.status_code, response.json()["code"]) == (409, "retry:user:not-failed")


def test_an_explanation_is_asked_for_once(client: Client, owner: User) -> None:
    clip = factories.done_clip(owner)
    path = place(clip, "explanation/")
    assert client.get(path).json() == {"state": "none", "error": None, "explanation": None}
    for _ in range(2):
        asked = post(client, path)
        assert (asked.status_code, asked.json()["state"]) == (202, "queued")
        assert asked["Retry-After"] == "1"
    explanation = Explanation.objects.get()
    explanation.state, explanation.data = "done", {"parts": []}
    explanation.started_at = explanation.finished_at = timezone.now()
    explanation.save()
    for response in (client.get(path), post(client, path)):
        assert response.status_code == 200
        assert response.json() == {"state": "done", "error": None, "explanation": {"parts": []}}


def test_without_a_result_there_is_nothing_to_explain(client: Client, clip: Clip) -> None:
    response = post(client, place(clip, "explanation/"))
    assert (response.status_code, response.json()["code"]) == (409, "explanation:user:no-result")


def test_a_portrait_is_asked_for_once(client: Client, clip: Clip) -> None:
    """Of a clip without a result, too."""
    path = place(clip, "portrait/")
    assert client.get(path).json() == {"state": "none", "error": None, "portrait": None}
    for _ in range(2):
        asked = post(client, path)
        assert (asked.status_code, asked.json()["state"]) == (202, "queued")
        assert asked["Retry-After"] == "1"
    now = timezone.now()
    drawn = {"state": "done", "data": {"duration_s": 2.5}, "started_at": now, "finished_at": now}
    assert Portrait.objects.filter(clip=clip).update(**drawn) == 1
    for response in (client.get(path), post(client, path)):
        assert response.status_code == 200
        assert response.json() == {"state": "done", "error": None, "portrait": drawn["data"]}


def test_a_portrait_that_failed_is_made_again(client: Client, clip: Clip) -> None:
    factories.portrait(clip, state="failed", error_code="audio:user:empty")
    told = client.get(place(clip, "portrait/")).json()
    assert (told["state"], told["error"]["code"]) == ("failed", "audio:user:empty")
    assert post(client, place(clip, "portrait/")).json()["state"] == "queued"


def test_it_refuses_fields_where_none_are_due(client: Client, owner: User) -> None:
    clip = factories.failed_clip(owner)
    for part in ("retry/", "restore/", "explanation/", "portrait/"):
        response = client.post(place(clip, part), {"force": True}, JSON)
        assert (response.status_code, response.json()["code"]) == (400, "api:user:unknown-field")
    response = client.get(place(clip) + "?user__password__startswith=a")
    assert (response.status_code, response.json()["code"]) == (400, "api:user:unknown-field")


def test_json_is_wanted_where_it_is_due(client: Client, clip: Clip) -> None:
    response: Any = client.generic(
        "PATCH", place(clip), b"name=x", "application/x-www-form-urlencoded"
    )
    assert response.status_code == 415
    response = client.post(place(clip, "corrections/"), {"emotion": "sad"})
    assert response.status_code == 415
