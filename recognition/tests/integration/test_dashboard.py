"""The dashboard: every figure against rows made by hand, and nothing of anybody else's."""

import codecs
import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from mlcore.affect import affect_of
from recognition.models import Clip, ModelVersion, User
from recognition.presentation.aggregates import Aggregates
from recognition.presentation.dashboard import FIGURES
from recognition.selectors import dashboard
from recognition.selectors.dashboard import Period
from recognition.tests import factories
from recognition.tests.heard import heard_clip, predict

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
ALWAYS = Period(None, None, UTC)
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
MAX_QUERIES = 10


@pytest.fixture
def version() -> ModelVersion:
    return factories.model_version(name="first", not_sure_below=0.5)


def table(client: Client, slug: str, query: str = "range=all") -> list[list[str]]:
    response = client.get(f"/dashboard/{slug}.csv?{query}")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response.content.startswith(codecs.BOM_UTF8)
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_it_counts_clips_minutes_and_sure_answers(owner: User, version: ModelVersion) -> None:
    heard_clip(owner, version=version, confidence=0.8, duration_s=90)
    heard_clip(owner, version=version, confidence=0.4, duration_s=30, corrected="sad")
    heard_clip(owner, version=version, confidence=0.6, duration_s=30, corrected="happy")
    factories.failed_clip(owner, duration_s=None)
    found = dashboard.totals(owner, ALWAYS)
    assert (found.n_clips, found.n_heard, found.n_failed) == (4, 3, 1)
    assert found.seconds == 150
    assert found.mean_confidence == pytest.approx(0.6)
    assert (found.n_sure, found.n_judged, found.n_corrected) == (2, 2, 1)


def test_days_are_those_of_the_persons_time_zone(owner: User, version: ModelVersion) -> None:
    late = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)  # the 11th in Tokyo, the 10th in New York
    heard_clip(owner, version=version, at=late)
    for zone, day in {"Asia/Tokyo": 11, "America/New_York": 10, "UTC": 10}.items():
        period = Period(None, None, ZoneInfo(zone))
        rows = dashboard.counts_over_time(owner, period, "day")
        assert [row["start"] for row in rows] == [date(2026, 3, day)]
        for wanted in (10, 11):
            only = Period(date(2026, 3, wanted), date(2026, 3, wanted), ZoneInfo(zone))
            assert dashboard.totals(owner, only).n_clips == (wanted == day)


def test_both_ends_of_a_period_belong_to_it(owner: User, version: ModelVersion) -> None:
    zone = ZoneInfo("Europe/Berlin")  # the clocks go forward on March 29th 2026
    period = Period(date(2026, 3, 28), date(2026, 3, 29), zone)
    moments = [
        datetime(2026, 3, 27, 23, 59, 59, tzinfo=zone),
        datetime(2026, 3, 28, tzinfo=zone),
        datetime(2026, 3, 29, 23, 59, 59, tzinfo=zone),
        datetime(2026, 3, 30, tzinfo=zone),
    ]
    for moment in moments:
        heard_clip(owner, version=version, at=moment)
    rows = dashboard.counts_over_time(owner, period, "day")
    assert [(row["start"].day, row["n"]) for row in rows] == [(28, 1), (29, 1)]


def test_seven_days_are_today_and_the_six_before(
    owner: User, version: ModelVersion, signed_in: SignIn
) -> None:
    for days in (0, 6, 7):
        heard_clip(owner, version=version, at=timezone.now() - timedelta(days=days))
    rows = table(signed_in(owner), "activity", "range=7")
    assert rows[0] == ["day", "clips", "minutes"]
    assert len(rows) == 1 + 7
    assert [int(row[1]) for row in rows[1:]] == [1, 0, 0, 0, 0, 0, 1]
    assert rows[-1][0] == timezone.localdate().isoformat()


def test_long_times_are_counted_by_week_month_and_year(
    owner: User, version: ModelVersion, signed_in: SignIn
) -> None:
    heard_clip(owner, version=version, at=NOON, duration_s=60)
    heard_clip(owner, version=version, at=NOON + timedelta(days=5), duration_s=30)
    client = signed_in(owner)
    weeks = table(client, "activity", "since=2026-01-01&until=2026-10-31")
    assert [row for row in weeks if row[1] != "0"][1:] == [["2026-03-09", "2", "1.5"]]
    months = table(client, "activity", "since=2023-01-01&until=2026-10-31")
    assert [row for row in months if row[1] != "0"][1:] == [["2026-03-01", "2", "1.5"]]
    years = table(client, "activity", "since=2001-01-01&until=2026-10-31")
    assert [row for row in years if row[1] != "0"][1:] == [["2026-01-01", "2", "1.5"]]


def test_a_correction_counts_instead_of_what_was_heard(
    owner: User, version: ModelVersion, signed_in: SignIn
) -> None:
    heard_clip(owner, "happy", version=version)
    heard_clip(owner, "happy", version=version)
    heard_clip(owner, "happy", version=version, corrected="sad")
    heard_clip(owner, "angry", version=version, corrected="sad")
    factories.clip(owner)
    rows = table(signed_in(owner), "emotions")
    assert {row[0]: row[1:] for row in rows[1:] if row[1] != "0"} == {
        "happy": ["2", "50.0"],
        "sad": ["2", "50.0"],
    }
    trend = table(signed_in(owner), "trend")
    shares = dict(zip(trend[0][1:], trend[-1][1:], strict=True))
    assert (shares["happy"], shares["sad"], shares["angry"]) == ("50.0", "50.0", "0.0")


def test_confidences_fall_into_their_bins(owner: User, version: ModelVersion) -> None:
    for confidence in (0.42, 0.449, 0.55, 0.999, 1.0):
        heard_clip(owner, version=version, confidence=confidence)
    rows = dashboard.confidence_bins(owner, ALWAYS)
    found = {(int(row["bin"]), row["is_sure"]): row["n"] for row in rows}
    assert found == {(8, False): 2, (11, True): 1, (19, True): 2}


def test_valence_and_arousal_are_those_of_mlcore(owner: User, version: ModelVersion) -> None:
    heard_clip(owner, "angry", version=version, confidence=0.9)
    heard_clip(owner, "calm", version=version, confidence=0.7)
    heard_clip(owner, "calm", version=version, confidence=0.7)
    rows = {row["emotion"]: row for row in dashboard.affect_bins(owner, ALWAYS)}
    for emotion, confidence, n in (("angry", 0.9, 1), ("calm", 0.7, 2)):
        wanted = affect_of(factories.posteriors(emotion, confidence))
        assert rows[emotion]["mean_valence"] == pytest.approx(wanted.valence)
        assert rows[emotion]["mean_arousal"] == pytest.approx(wanted.arousal)
        assert rows[emotion]["n"] == n


def test_the_points_of_the_plane_are_bounded(owner: User, version: ModelVersion) -> None:
    for step in range(30):
        heard_clip(owner, "sad", version=version, confidence=0.6 + step / 10_000)
    assert len(dashboard.affect_bins(owner, ALWAYS)) <= 2


def test_only_the_newest_clips_are_drawn_in_the_plane(
    owner: User, version: ModelVersion, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recognition.selectors.dashboard.N_AFFECT_CLIPS", 2)
    monkeypatch.setattr("recognition.presentation.dashboard.N_AFFECT_CLIPS", 2)
    for age, emotion in enumerate(("sad", "angry", "calm")):
        heard_clip(owner, emotion, version=version, at=NOON - timedelta(days=age))
    heard = {row["emotion"] for row in dashboard.affect_bins(owner, ALWAYS)}
    assert heard == {"sad", "angry"}
    page = signed_in(owner).get("/dashboard/?range=all").content.decode()
    assert "Only the newest 2 clips are drawn." in page


def test_it_shows_which_emotions_are_mixed_up(
    owner: User, version: ModelVersion, signed_in: SignIn
) -> None:
    for said in ("sad", "sad", "calm"):
        heard_clip(owner, "calm", version=version, corrected=said)
    heard_clip(owner, "calm", version=version)
    rows = table(signed_in(owner), "corrections")
    assert rows[1:] == [["calm", "sad", "2"], ["calm", "calm", "1"]]
    page = signed_in(owner).get("/dashboard/?range=all").content.decode()
    assert "the model had heard something else in 2 (66.7 %)" in page
    assert "heard=calm&amp;emotion=sad&amp;corrected=yes" in page


def test_it_tells_how_many_of_the_judged_clips_were_corrected(
    owner: User, version: ModelVersion, signed_in: SignIn
) -> None:
    heard_clip(owner, "angry", version=version, corrected="sad")
    page = signed_in(owner).get("/dashboard/").content.decode()
    assert "<dd>1<small>of 1 clip you judged</small></dd>" in page
    heard_clip(owner, "sad", version=version, corrected="sad")
    page = signed_in(owner).get("/dashboard/").content.decode()
    assert "<dd>1<small>of 2 clips you judged</small></dd>" in page
    assert "You judged 2 clips; the model had heard something else in 1 (50.0 %)." in page


def test_the_newest_result_tells_the_version(
    owner: User, version: ModelVersion, signed_in: SignIn
) -> None:
    second = factories.model_version(name="second")
    heard_clip(owner, version=version, confidence=0.5, corrected="sad")
    again = heard_clip(owner, version=version, confidence=0.5)
    predict(again, "happy", version=second, confidence=0.7)
    rows = table(signed_in(owner), "models")
    assert [row[1:] for row in rows[1:]] == [["1", "50.0", "50.0", "1"], ["1", "50.0", "70.0", "0"]]
    assert rows[1][0].startswith("first (")
    assert sum(row["n"] for row in dashboard.affect_bins(owner, ALWAYS)) == 2


def test_clips_of_others_and_deleted_ones_are_never_counted(
    owner: User, reviewer: User, stranger: User, version: ModelVersion, signed_in: SignIn
) -> None:
    User.objects.filter(pk=owner.pk).update(review_consent_at=timezone.now())
    heard_clip(owner, version=version, corrected="sad")
    gone = heard_clip(stranger, version=version, corrected="sad")
    Clip.with_deleted.filter(pk=gone.pk).update(deleted_at=timezone.now())
    for user in (reviewer, stranger):
        found = Aggregates(user, ALWAYS)
        assert found.totals.n_clips == 0
        for slug, make in FIGURES.items():
            rows = make(found).rows
            numbers = [cell.value for row in rows for cell in row[1:] if slug != "confidence"]
            assert not any(value for value in numbers if isinstance(value, int | float))
        assert "Nothing to draw yet" in signed_in(user).get("/dashboard/").content.decode()
    assert Aggregates(owner, ALWAYS).totals.n_clips == 1


def test_a_csv_can_not_carry_formulas(owner: User, signed_in: SignIn) -> None:
    heard_clip(owner, version=factories.model_version(name='=HYPERLINK("http://x")'))
    assert table(signed_in(owner), "models")[1][0].startswith("'=HYPERLINK")


def test_every_figure_has_a_table_and_a_csv(
    owner: User, version: ModelVersion, signed_in: SignIn
) -> None:
    heard_clip(owner, version=version, corrected="sad")
    client = signed_in(owner)
    page = client.get("/dashboard/?range=90").content.decode()
    for slug in FIGURES:
        assert f'id="table-{slug}"' in page
        assert f"/dashboard/{slug}.csv?range=90" in page
        assert len(table(client, slug, "range=90")) > 1
    assert client.get("/dashboard/passwords.csv").status_code == 404


def test_it_takes_few_queries_however_many_clips(
    owner: User,
    version: ModelVersion,
    signed_in: SignIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client = signed_in(owner)
    for n in range(12):
        heard_clip(owner, version=version, corrected="sad", at=NOON - timedelta(days=9 * n))
    with django_assert_max_num_queries(MAX_QUERIES):
        assert client.get("/dashboard/?range=all").status_code == 200


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("since=2026-03-10&until=2026-03-09", "before “from”"),
        ("since=yesterday", "Give a day as year-month-day"),
        ("until=9999-12-31", "from 2000 to 2199"),
        ("range=13", "Select a valid choice"),
    ],
)
def test_wrong_days_are_explained(
    owner: User, version: ModelVersion, signed_in: SignIn, query: str, words: str
) -> None:
    heard_clip(owner, version=version)
    response = signed_in(owner).get(f"/dashboard/?{query}")
    assert response.status_code == 422
    assert words in response.content.decode()
    assert signed_in(owner).get(f"/dashboard/activity.csv?{query}").status_code == 302


def test_an_empty_time_says_so(owner: User, version: ModelVersion, signed_in: SignIn) -> None:
    heard_clip(owner, version=version, at=NOON)
    client = signed_in(owner)
    assert "No clips in these days" in client.get("/dashboard/?range=7").content.decode()
    assert "No clips in these days" not in client.get("/dashboard/?range=all").content.decode()
    for slug in FIGURES:
        table(client, slug, "range=7")


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "", "Mars/Olympus", "../etc"])
def test_every_stored_time_zone_works(
    owner: User, version: ModelVersion, signed_in: SignIn, zone: str
) -> None:
    User.objects.filter(pk=owner.pk).update(time_zone=zone)
    heard_clip(owner, version=version)
    page = signed_in(owner).get("/dashboard/")
    assert page.status_code == 200
    shown: Any = page.context["zone"]
    assert shown == (zone if zone == "Asia/Tokyo" else "UTC")


def test_it_is_not_for_visitors(client: Client) -> None:
    assert client.get("/dashboard/").status_code == 302
    assert client.get("/dashboard/activity.csv").status_code == 302
