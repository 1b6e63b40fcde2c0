"""Where every version came from, what differs, and what a challenger says in the shadow."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from recognition import champion
from recognition.models import (
    Clip,
    ModelVersion,
    Prediction,
    Promotion,
    ShadowPrediction,
    TrainingRun,
    User,
)
from recognition.selectors.registry import pairing
from recognition.tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(administrator: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(administrator)


def text(client: Client, address: str, **query: Any) -> str:
    response = client.get(address, query)
    assert response.status_code == 200
    return response.content.decode()


VERDICT = {
    "outcome": "not-better",
    "reasons": [
        {
            "code": "uar",
            "is_good": True,
            "details": {"before": 0.6, "after": 0.65, "low": 0.01, "high": 0.08},
        },
        {
            "code": "recall",
            "is_good": False,
            "details": {"emotion": "sad", "before": 0.7, "after": 0.5, "limit": 0.05},
        },
        {
            "code": "group",
            "is_good": True,
            "details": {"kind": "sex", "group": "f", "before": 0.6, "after": 0.6, "limit": 0.05},
        },
        {
            "code": "calibration",
            "is_good": True,
            "details": {"before": 0.02, "after": 0.03, "limit": 0.02},
        },
        {"code": "latency", "is_good": True, "details": {"before": 20, "after": 21, "limit": 1.5}},
    ],
    "figures": {},
}


def child_of(parent: ModelVersion, verdict: dict[str, Any] | None = None) -> ModelVersion:
    """As a training leaves it."""
    version = factories.model_version(
        name="tuned",
        status="challenger",
        parent=parent,
        scores=parent.scores,
        about={
            **parent.about,
            "licenses": {"users": "by consent"},
            "data_hash": "d" * 64,
            "n_clips": 60,
        },
    )
    now = timezone.now()
    TrainingRun.objects.create(
        state="done",
        data={"outcome": "trained", "verdict": verdict or VERDICT},
        trigger="admin",
        challenger=version,
        seed=42,
        code_version="c0de",
        announced_at=now,
        started_at=now,
        finished_at=now,
    )
    return version


@pytest.fixture
def shipped() -> ModelVersion:
    return champion.register_shipped()


@pytest.mark.parametrize("person", ["owner", "reviewer", "stranger"])
def test_it_is_for_staff_only(
    request: pytest.FixtureRequest,
    signed_in: Callable[[User], Client],
    shipped: ModelVersion,
    person: str,
) -> None:
    client = signed_in(request.getfixturevalue(person))
    for address in (
        f"/models/registry/{shipped.pk}/",
        f"/models/registry/{shipped.pk}/report.json",
        "/models/registry/difference/",
        f"/models/shadow/{shipped.pk}/",
    ):
        assert client.get(address).status_code == 404, address
    assert client.post(f"/models/shadow/{shipped.pk}/", {"percent": "10"}).status_code == 404


def test_it_lists_every_version_with_its_origin(client: Client, shipped: ModelVersion) -> None:
    child_of(shipped)
    page = text(client, "/models/registry/")
    for words in (
        "tuned",
        "research",
        "verdict: not better",
        "seed 42, code",
        str(shipped.about["data_hash"])[:12],
        "dddddddddddd",
        "by consent",
    ):
        assert words in page, words


def test_it_lists_none_where_there_is_none(client: Client) -> None:
    assert "No model yet" in text(client, "/models/registry/")


def test_it_needs_no_more_queries_for_more_versions(
    client: Client, shipped: ModelVersion, django_assert_num_queries: Any
) -> None:
    text(client, "/models/registry/")
    for _ in range(5):
        child_of(shipped)
    with django_assert_num_queries(5):
        text(client, "/models/registry/")


def test_a_version_has_parents_hashes_report_and_card(
    client: Client, shipped: ModelVersion
) -> None:
    version = child_of(shipped)
    page = text(client, f"/models/registry/{version.pk}/")
    for words in (
        f'href="/models/registry/{shipped.pk}/"',
        f'href="/models/{version.pk}/"',
        version.sha256,
        "d" * 64,
        "<dd>42</dd>",
        "by consent",
    ):
        assert words in page, words
    assert f'href="/models/registry/{version.pk}/"' in text(
        client, f"/models/registry/{shipped.pk}/"
    )
    report = client.get(f"/models/registry/{version.pk}/report.json").json()
    assert report["parent"] == shipped.sha256
    assert (report["seed"], report["data_hash"]) == (42, "d" * 64)
    assert report["training"]["verdict"] == VERDICT
    assert report["scores"] == shipped.scores


def test_the_shipped_one_has_the_seed_of_its_bundle(client: Client, shipped: ModelVersion) -> None:
    report = client.get(f"/models/registry/{shipped.pk}/report.json").json()
    assert report["seed"] == shipped.about["seed"] is not None


def test_the_verdict_is_explained_what_speaks_against_it_first(
    client: Client, shipped: ModelVersion
) -> None:
    page = text(client, f"/models/registry/{child_of(shipped).pk}/")
    assert "Verdict of the gate: not better" in page
    against = page.index("recall of “sad”")
    assert against < page.index("difference between 1.0 and 8.0 points")
    for words in ("70.0 %", "50.0 %", "may fall by 5.0 points", "Sex of the speaker: female"):
        assert words in page, words


def test_a_verdict_that_cannot_tell_says_what_is_missing(
    client: Client, shipped: ModelVersion
) -> None:
    details = {"emotion": "sad", "found": 3, "limit": 30}
    reasons = [
        {"code": "too-few-clips", "is_good": False, "details": details},
        {"code": "too-few-speakers", "is_good": False, "details": {"found": 2, "limit": 5}},
    ]
    verdict = {"outcome": "cannot-tell", "reasons": reasons, "figures": {}}
    page = text(client, f"/models/registry/{child_of(shipped, verdict).pk}/")
    assert "Verdict of the gate: cannot tell" in page
    assert "3 found, at least 30 needed" in page
    assert "2 found, at least 5 needed" in page


def test_a_forced_promotion_shows_its_reason(client: Client, shipped: ModelVersion) -> None:
    Promotion.objects.create(
        version=shipped, kind="promoted", by_name="Ada", forced_reason="nothing else opens"
    )
    page = text(client, f"/models/registry/{shipped.pk}/")
    assert "nothing else opens" in page
    assert "by Ada" in page


def test_an_alarm_and_removed_files_are_shown(client: Client, shipped: ModelVersion) -> None:
    version = child_of(shipped)
    version.alarm_code, version.alarm_at = "bundle:app:missing", timezone.now()
    version.removed_at = timezone.now()
    version.save()
    for address in ("/models/registry/", f"/models/registry/{version.pk}/"):
        page = text(client, address)
        assert "alarm: bundle:app:missing" in page
        assert "files removed" in page


def test_it_tells_what_differs(client: Client, shipped: ModelVersion) -> None:
    version = child_of(shipped)
    scores = version.scores | {}
    emotions = scores["cross_validation"]["overall"]["emotions"]
    emotions["sad"] = emotions["sad"] | {"recall": 0.99}
    version.scores = scores
    version.save()
    query = {"before": shipped.pk, "after": version.pk}
    page = text(client, "/models/registry/difference/", **query)
    for words in (
        "fine-tuned from",
        "nothing: from scratch",
        "<td>42</td>",
        "by consent",
        "99.0 %",
    ):
        assert words in page, words
    same = text(client, "/models/registry/difference/", before=version.pk, after=version.pk)
    assert "fine-tuned from" not in same


@pytest.mark.parametrize("query", [{}, {"before": "1"}, {"before": "x", "after": "999999"}])
def test_a_comparison_with_what_there_is_not_is_explained(
    client: Client, query: dict[str, str]
) -> None:
    response = client.get("/models/registry/difference/", query)
    assert response.status_code == (422 if query else 200)


def test_unknown_versions_are_not_there(client: Client) -> None:
    for address in ("/models/registry/77777/", "/models/shadow/77777/"):
        assert client.get(address).status_code == 404


# the shadow


def both_heard(
    owner: User, served: ModelVersion, challenger: ModelVersion, said: tuple[str, str]
) -> Clip:
    """The champion first."""
    clip = factories.clip(owner, state="done", emotion=said[0], confidence=0.6, is_sure=True)
    common = {"clip": clip, "posteriors": {}}
    Prediction.objects.create(
        **common, model_version=served, emotion=said[0], confidence=0.6, processing_ms=10
    )
    ShadowPrediction.objects.create(
        **common, model_version=challenger, emotion=said[1], confidence=0.3, processing_ms=30
    )
    return clip


@pytest.fixture
def challenger() -> ModelVersion:
    return factories.model_version(name="tuned", status="challenger")


@pytest.fixture
def served() -> ModelVersion:
    return factories.model_version(name="serving", status="champion")


def test_it_compares_both_on_the_same_clips(
    client: Client, owner: User, served: ModelVersion, challenger: ModelVersion
) -> None:
    said = [("happy", "happy"), ("happy", "sad"), ("angry", "sad"), ("calm", "calm")]
    clips = [both_heard(owner, served, challenger, pair) for pair in said]
    Clip.objects.filter(pk=clips[1].pk).update(corrected_emotion="happy")
    Clip.objects.filter(pk=clips[2].pk).update(corrected_emotion="angry", reviewed_emotion="sad")
    factories.done_clip(owner)
    gone = both_heard(owner, served, challenger, ("sad", "sad"))
    Clip.objects.filter(pk=gone.pk).update(deleted_at=timezone.now())
    found = pairing(challenger)
    assert found is not None
    sums = found.sums
    assert (found.served, sums["n_clips"], sums["n_same"]) == (served, 4, 2)
    assert (sums["n_old_not_sure"], sums["n_new_not_sure"]) == (0, 4)
    assert (sums["n_judged"], sums["n_only_old_right"], sums["n_only_new_right"]) == (2, 1, 1)
    assert (sums["old_ms_median"], sums["new_ms_median"]) == (10, 30)
    page = text(client, f"/models/shadow/{challenger.pk}/")
    assert "50.0 %" in page
    assert "only the serving one right 1, only the candidate 1" in page


def test_it_compares_with_the_version_that_answered_most(
    owner: User, served: ModelVersion, challenger: ModelVersion
) -> None:
    old = factories.model_version()
    for _ in range(2):
        both_heard(owner, old, challenger, ("happy", "sad"))
    both_heard(owner, served, challenger, ("happy", "sad"))
    found = pairing(challenger)
    assert found is not None
    assert (found.served, found.sums["n_clips"]) == (old, 2)


def test_before_the_first_clip_it_says_so(client: Client, challenger: ModelVersion) -> None:
    assert "tuned" in text(client, "/models/shadow/")
    assert "Nothing heard yet" in text(client, f"/models/shadow/{challenger.pk}/")


def test_its_share_can_be_set(client: Client, challenger: ModelVersion) -> None:
    address = f"/models/shadow/{challenger.pk}/"
    assert client.post(address, {"percent": "25"}).status_code == 302
    challenger.refresh_from_db()
    assert challenger.shadow_share == 0.25
    for wrong in ("101", "-1", "nan", ""):
        assert client.post(address, {"percent": wrong}).status_code == 422, wrong
    challenger.refresh_from_db()
    assert challenger.shadow_share == 0.25


def test_the_champion_never_listens_in_the_shadow(client: Client, served: ModelVersion) -> None:
    client.post(f"/models/shadow/{served.pk}/", {"percent": "25"})
    served.refresh_from_db()
    assert served.shadow_share == 0


def test_whoever_may_only_look_changes_no_share(
    signed_in: Callable[[User], Client], challenger: ModelVersion
) -> None:
    staff = factories.user("staff", is_staff=True)
    client, address = signed_in(staff), f"/models/shadow/{challenger.pk}/"
    assert "How much it hears" not in text(client, address)
    assert client.post(address, {"percent": "25"}).status_code == 403
    staff.user_permissions.add(Permission.objects.get(codename="change_modelversion"))
    assert (
        signed_in(User.objects.get(pk=staff.pk)).post(address, {"percent": "25"}).status_code == 302
    )


def test_it_speaks_the_readers_language(
    client: Client, administrator: User, shipped: ModelVersion
) -> None:
    User.objects.filter(pk=administrator.pk).update(language="de")
    version = child_of(shipped)
    version.about |= {"licenses": {"a": "freely available", "b": "ODbL 1.0"}}
    version.save()
    options = {"from_champion": True, "corpora": "", "epochs": 1200, "again": False}
    TrainingRun.objects.update(options=options)
    Promotion.objects.create(version=shipped, kind="rolled-back", by_name="Ada")
    assert "ODbL 1.0, frei verfügbar" in text(client, "/models/registry/")
    page = text(client, f"/models/registry/{version.pk}/")
    assert "</a>, Verwaltung</dd>" in page
    assert "zurückgeholt" in text(client, f"/models/registry/{shipped.pk}/")
    query = {"before": shipped.pk, "after": version.pk}
    page = text(client, "/models/registry/difference/", **query)
    assert "auch wenn nichts neu ist: nein, Epochen: 1.200, vom Modell im Dienst aus: ja" in page
    assert "Korpora:" not in page
