"""Trainings and promotions in the admin."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from recognition import champion
from recognition.models import ModelVersion, Promotion, TrainingRun, User
from recognition.tests import factories

pytestmark = pytest.mark.django_db

RUNS, VERSIONS = "/admin/recognition/trainingrun/", "/admin/recognition/modelversion/"


@pytest.fixture
def client(administrator: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(administrator)


def test_it_starts_a_training(client: Client, administrator: User) -> None:
    assert "Start a training" in client.get(f"{RUNS}add/").content.decode()
    response = client.post(f"{RUNS}add/", {"from_champion": "on", "seed": "7"}, follow=True)
    assert response.status_code == 200
    run = TrainingRun.objects.get()
    assert (run.state, run.trigger, run.seed) == ("queued", "admin", 7)
    assert run.requested_by == administrator
    assert run.options["from_champion"] is True
    assert LogEntry.objects.get().object_id == str(run.pk)
    assert client.get(f"{RUNS}{run.pk}/change/").status_code == 200


def test_it_starts_none_beside_another(client: Client) -> None:
    for _ in range(2):
        page = client.post(f"{RUNS}add/", {"from_champion": "on", "seed": "1"}, follow=True)
    assert TrainingRun.objects.count() == 1
    assert "is under way already" in page.content.decode()


def test_it_takes_corpora_only_where_there_are_some(client: Client, settings: Any) -> None:
    settings.CORPORA_DIR = ""
    page = client.post(f"{RUNS}add/", {"with_corpora": "on", "seed": "1"})
    assert "CORPORA_DIR names no folder" in page.content.decode()
    assert not TrainingRun.objects.exists()
    settings.CORPORA_DIR = "corpora"
    client.post(f"{RUNS}add/", {"with_corpora": "on", "seed": "1"})
    assert TrainingRun.objects.get().options["corpora"] == "corpora"


def test_a_training_is_not_edited_by_hand(client: Client) -> None:
    client.post(f"{RUNS}add/", {"seed": "1"})
    run = TrainingRun.objects.get()
    assert client.post(f"{RUNS}{run.pk}/change/", {"seed": "9"}).status_code == 403
    assert client.post(f"{RUNS}{run.pk}/delete/", {"post": "yes"}).status_code == 403


def act(client: Client, action: str, versions: list[ModelVersion], reason: str = "") -> str:
    chosen = [str(version.pk) for version in versions]
    fields = {"action": action, "_selected_action": chosen, "reason": reason}
    return client.post(VERSIONS, fields, follow=True).content.decode()


def test_it_promotes_only_with_a_good_verdict_or_a_reason(
    client: Client, administrator: User
) -> None:
    before = champion.register_shipped()
    ModelVersion.objects.filter(pk=before.pk).update(status="retired")
    serving = factories.model_version(status="champion")
    page = act(client, "promote", [before])
    assert "serves" not in page or "From now on" not in page
    assert ModelVersion.objects.get(status="champion") == serving
    assert "From now on" in act(client, "promote", [before], "the other one is broken")
    assert ModelVersion.objects.get(status="champion") == before
    promotion = Promotion.objects.filter(version=before).first()
    assert promotion is not None
    assert (promotion.forced_reason, promotion.by) == ("the other one is broken", administrator)
    assert LogEntry.objects.get().object_id == str(before.pk)


def test_it_promotes_one_at_a_time(client: Client) -> None:
    versions = [factories.model_version(status="challenger") for _ in range(2)]
    assert "Choose one version." in act(client, "promote", versions, "why not")


def test_without_anything_before_it_rolls_nothing_back(client: Client) -> None:
    serving = factories.model_version(status="champion")
    page = act(client, "go_back", [serving])
    assert "From now on" not in page
    assert ModelVersion.objects.get(status="champion") == serving


def test_whoever_may_only_look_promotes_nothing(signed_in: Callable[[User], Client]) -> None:
    staff = factories.user("staff", is_staff=True)
    codenames = ["view_modelversion", "view_trainingrun"]
    staff.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client, version = signed_in(staff), factories.model_version(status="challenger")
    act(client, "promote", [version], "because")
    assert ModelVersion.objects.get().status == "challenger"
    assert client.get(f"{RUNS}add/").status_code == 403


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"progress": {"stage": "fitting", "done": 3, "total": 20}}, "lernt 3 / 20"),
        ({"state": "done", "data": {"outcome": "nothing-new"}}, "nichts Neues zu lernen"),
        (
            {
                "state": "done",
                "data": {"outcome": "judged-again", "verdict": {"outcome": "better"}},
            },
            "erneut beurteilt: besser",
        ),
        ({"state": "done", "data": {"verdict": {"outcome": "not-better"}}}, "nicht besser"),
    ],
)
def test_it_tells_of_trainings_in_the_readers_language(
    client: Client, administrator: User, fields: dict[str, Any], words: str
) -> None:
    User.objects.filter(pk=administrator.pk).update(language="de")
    now = timezone.now()
    finished = now if "data" in fields else None
    times = {"announced_at": now, "started_at": now, "finished_at": finished}
    TrainingRun.objects.create(**({"state": "running", "trigger": "command"} | times | fields))
    page = client.get(RUNS).content.decode()
    assert words in page
    assert "Befehlszeile" in page
    assert "Verwaltung von sersite" in page
