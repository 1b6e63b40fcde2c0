"""What the staff sees in its pages, for its programs."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.dateparse import parse_datetime

from mlcore.labels import EMOTIONS
from recognition import champion
from recognition.models import ModelVersion, Promotion, User
from recognition.tests import factories
from recognition.tests.integration.test_monitoring import heard
from recognition.tests.integration.test_registry import VERDICT, both_heard, child_of

pytestmark = pytest.mark.django_db

MONITORING, REGISTRY, SHADOW = (f"/api/v1/{it}/" for it in ("monitoring", "registry", "shadow"))
DIFFERENCE = f"{REGISTRY}difference/"
SignIn = Callable[[User], Client]


@pytest.fixture
def client(administrator: User) -> Client:
    """A program of the staff: with a token that reads."""
    return bearer(administrator)


@pytest.fixture
def person(administrator: User, signed_in: SignIn) -> Client:
    """The same at a browser."""
    return signed_in(administrator)


@pytest.fixture
def shipped() -> ModelVersion:
    return champion.register_shipped()


@pytest.fixture
def served() -> ModelVersion:
    return factories.model_version(name="serving", status="champion")


@pytest.fixture
def challenger() -> ModelVersion:
    return factories.model_version(name="tuned", status="challenger")


def bearer(user: User, *scopes: str) -> Client:
    secret = factories.token(user, *(scopes or ("read",)))
    return Client(headers={"Authorization": f"Bearer {secret}"})


def got(client: Client, address: str, **query: Any) -> Any:
    response = client.get(address, query)
    assert response.status_code == 200, response.content
    return response.json()


def code_of(response: Any) -> tuple[int, str]:
    assert response.json()["message"]
    return response.status_code, response.json()["code"]


def set_share(client: Client, version: ModelVersion, body: Any, **headers: str) -> Any:
    address = f"{SHADOW}{version.pk}/"
    return client.patch(address, body, content_type="application/json", headers=headers)


@pytest.mark.parametrize("person", ["owner", "reviewer", "stranger"])
def test_for_everybody_else_nothing_is_there(
    request: pytest.FixtureRequest, challenger: ModelVersion, person: str
) -> None:
    client = bearer(request.getfixturevalue(person), "read", "upload")
    one = f"{challenger.pk}/"
    for address in (MONITORING, REGISTRY, REGISTRY + one, DIFFERENCE, SHADOW, SHADOW + one):
        assert code_of(client.get(address)) == (404, "api:user:not-found"), address
        assert code_of(Client().get(address)) == (401, "api:user:not-authenticated"), address
    assert code_of(set_share(client, challenger, {"share": 0.5})) == (404, "api:user:not-found")


def test_it_tells_how_the_site_does(client: Client, owner: User, served: ModelVersion) -> None:
    clip = heard(owner, served)
    clip.corrected_emotion = "sad"
    clip.save()
    factories.failed_clip(owner)
    factories.clip(owner)
    body = got(client, MONITORING, hours=24)
    assert body["queue"]["n_waiting"] == 1
    outcomes = body["outcomes"]
    assert (outcomes["n_clips"], outcomes["n_done"], outcomes["n_failed"]) == (3, 1, 1)
    assert (outcomes["wait_s"], outcomes["work_s"]) == pytest.approx((3, 2))
    assert body["failures"] == [{"code": "audio:user:no-speech", "n_clips": 1}]
    (use,) = body["versions"]
    assert (use["id"], use["n_clips"], use["n_judged"], use["n_wrong"]) == (served.pk, 1, 1, 1)
    assert use["level"] == "unknown"  # of one clip nothing can be told
    assert body["drift"]["version"]["id"] == served.pk
    assert sum(body["drift"]["emotions"]["expected"]) == 1
    assert body["emotion_names"] == list(EMOTIONS)
    assert {"queue-age", "failed", "psi-emotions"} <= {check["slug"] for check in body["checks"]}
    assert len(body["throughput"]) == 24
    last = body["throughput"][-1]
    assert (last["n_clips"], last["n_done"], last["n_failed"]) == (3, 1, 1)


def test_a_broken_model_is_told_first(client: Client, served: ModelVersion) -> None:
    served.alarm_code, served.alarm_at = "bundle:app:missing", served.created_at
    served.save()
    body = got(client, MONITORING)
    (alarm,) = body["alarms"]
    assert (alarm["code"], alarm["version"]["id"]) == ("bundle:app:missing", served.pk)
    assert (body["checks"][0]["slug"], body["checks"][0]["level"]) == ("model-alarms", "alarm")


def test_it_tells_of_a_week_in_days_of_who_asks(
    client: Client, administrator: User, db: None
) -> None:
    User.objects.filter(pk=administrator.pk).update(time_zone="Asia/Kolkata")
    response = client.get(MONITORING)
    assert "no-store" in response["Cache-Control"]
    body = response.json()
    starts = [parse_datetime(row["start"]) for row in body["throughput"]]
    assert (body["hours"], body["drift"], len(starts)) == (168, None, 7)
    there = [start.astimezone(ZoneInfo("Asia/Kolkata")) for start in starts if start]
    assert {(it.hour, it.minute) for it in there} == {(0, 0)}


@pytest.mark.parametrize("query", ["hours=25", "hours=x", "hours=", "hours=24&hours=24", "days=1"])
def test_another_time_is_refused(client: Client, query: str) -> None:
    assert client.get(f"{MONITORING}?{query}").status_code == 400


def test_it_lists_every_version_with_where_it_came_from(
    client: Client, shipped: ModelVersion
) -> None:
    child_of(shipped)
    body = got(client, REGISTRY)
    first, second = body["results"]
    assert (first["id"], first["is_serving"], first["parent"]) == (shipped.pk, True, None)
    assert first["seed"] == shipped.about["seed"]
    assert second["parent"]["id"] == shipped.pk
    assert (second["data_hash"], second["seed"]) == ("d" * 64, 42)
    assert (second["licenses"], second["verdict"]) == (["by consent"], "not-better")


def test_it_needs_no_more_queries_for_more_versions(client: Client, shipped: ModelVersion) -> None:
    got(client, REGISTRY)  # and notes that the token was used
    with CaptureQueriesContext(connection) as few:
        got(client, REGISTRY)
    for _ in range(5):
        child_of(shipped)
    with CaptureQueriesContext(connection) as many:
        got(client, REGISTRY)
    assert len(many) == len(few)


def test_a_version_comes_with_its_report(
    client: Client, person: Client, shipped: ModelVersion
) -> None:
    version = child_of(shipped)
    Promotion.objects.create(
        version=shipped, kind="promoted", by_name="Ada", forced_reason="nothing else opens"
    )
    body = got(client, f"{REGISTRY}{version.pk}/")
    assert [it["id"] for it in body["ancestors"]] == [shipped.pk]
    assert body["report"] == person.get(f"/models/registry/{version.pk}/report.json").json()
    assert body["report"]["training"]["verdict"] == VERDICT
    assert not body["reasons"][0]["is_good"]
    parent = got(client, f"{REGISTRY}{shipped.pk}/")
    assert [it["id"] for it in parent["children"]] == [version.pk]
    assert parent["promotions"][0]["forced_reason"] == "nothing else opens"


def test_what_is_known_already_is_not_sent_again(client: Client, shipped: ModelVersion) -> None:
    for address in (f"{REGISTRY}{shipped.pk}/", f"{SHADOW}{shipped.pk}/"):
        tag = client.get(address)["ETag"]
        assert client.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_it_tells_what_differs(client: Client, shipped: ModelVersion) -> None:
    version = child_of(shipped)
    body = got(client, DIFFERENCE, before=shipped.pk, after=version.pk)
    assert (body["before"]["id"], body["after"]["id"]) == (shipped.pk, version.pk)
    assert body["is_same_measure"] is True
    assert "fine-tuned from" in {change["what"] for change in body["changes"]}
    assert body["recalls"][0]["difference"] == "±0.0 points"


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("", ["before", "after"]),
        ("?before=77777&after=x", ["before", "after"]),
        ("?before=77777&after=" + "9" * 5000, ["before", "after"]),
    ],
)
def test_a_comparison_with_what_there_is_not_is_refused(
    client: Client, query: str, fields: list[str]
) -> None:
    response = client.get(DIFFERENCE + query)
    assert code_of(response) == (400, "api:user:invalid")
    assert list(response.json()["extra"]["fields"]) == fields


def test_unknown_versions_and_filters_are_refused(client: Client, person: Client) -> None:
    for address in (f"{REGISTRY}77777/", f"{SHADOW}77777/", f"{SHADOW}{'9' * 30}/"):
        assert code_of(client.get(address)) == (404, "api:user:not-found")
    unknown = person.patch(f"{SHADOW}77777/", {"share": 0.5}, content_type="application/json")
    assert code_of(unknown) == (404, "api:user:not-found")
    for address in (MONITORING, REGISTRY, DIFFERENCE, SHADOW):
        response = client.get(f"{address}?by__password__startswith=a")
        assert code_of(response) == (400, "api:user:unknown-field")


def test_it_compares_a_challenger_with_what_was_served(
    client: Client, owner: User, served: ModelVersion, challenger: ModelVersion
) -> None:
    assert got(client, f"{SHADOW}{challenger.pk}/")["comparison"] is None
    for pair in (("happy", "happy"), ("happy", "sad"), ("angry", "sad")):
        both_heard(owner, served, challenger, pair)
    (listed,) = got(client, SHADOW)["results"]
    assert (listed["id"], listed["n_heard"], listed["share"]) == (challenger.pk, 3, 0)
    found = got(client, f"{SHADOW}{challenger.pk}/")["comparison"]
    assert (found["served"]["id"], found["n_clips"], found["n_same"]) == (served.pk, 3, 1)
    assert found["served_figures"]["median_ms"] == 10
    assert found["challenger_figures"] == {
        "n_right": 0,
        "n_not_sure": 3,
        "mean_confidence": pytest.approx(0.3),
        "median_ms": 30,
    }
    row = found["heard"][EMOTIONS.index("happy")]
    assert (row[EMOTIONS.index("happy")], row[EMOTIONS.index("sad")], sum(row)) == (1, 1, 2)


def test_a_person_says_how_much_it_hears(person: Client, challenger: ModelVersion) -> None:
    response = set_share(person, challenger, {"share": 0.25})
    assert (response.status_code, response.json()["share"]) == (200, 0.25)
    late = set_share(person, challenger, {"share": 0.5}, **{"If-Match": '"other"'})
    assert code_of(late) == (412, "api:user:changed")
    seen = {"If-Match": response["ETag"]}
    assert set_share(person, challenger, {"share": 0}, **seen).json()["share"] == 0


@pytest.mark.parametrize(
    "body",
    [
        *({}, [], {"share": 1.01}, {"share": -0.1}, {"share": "0.5"}, {"share": True}),
        *({"share": None}, {"share": 0.5, "status": "champion"}, {"shadow_share": 0.5}),
    ],
    ids=str,
)
def test_what_is_no_share_is_refused(person: Client, challenger: ModelVersion, body: Any) -> None:
    assert set_share(person, challenger, body).status_code == 400
    challenger.refresh_from_db()
    assert challenger.shadow_share == 0


def test_no_token_says_how_much_it_hears(administrator: User, challenger: ModelVersion) -> None:
    response = set_share(bearer(administrator, "read", "upload"), challenger, {"share": 0.5})
    assert code_of(response) == (403, "api:user:session-only")


def test_whoever_may_only_look_changes_no_share(
    signed_in: SignIn, challenger: ModelVersion
) -> None:
    staff = factories.user("staff", is_staff=True)
    refused = set_share(signed_in(staff), challenger, {"share": 0.5})
    assert code_of(refused) == (403, "api:user:permission-denied")
    staff.user_permissions.add(Permission.objects.get(codename="change_modelversion"))
    assert set_share(signed_in(staff), challenger, {"share": 0.5}).status_code == 200


def test_the_serving_one_never_listens(person: Client, served: ModelVersion) -> None:
    response = set_share(person, served, {"share": 0.5})
    assert code_of(response) == (409, "promote:user:no-challenger")
    served.refresh_from_db()
    assert served.shadow_share == 0
