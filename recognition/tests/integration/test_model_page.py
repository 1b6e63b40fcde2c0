"""The page of a model version: licenses and figures, for everybody."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from mlcore import cards, corpora
from mlcore.bundles import read_info, shipped_bundle
from mlcore.dataset import USERS_LICENSE
from recognition import champion
from recognition.models import ModelVersion
from recognition.presentation.models import LICENSE_WORDS, MEANINGS, license_words
from recognition.presentation.scores import CORPUS_NAMES, SETS
from recognition.tests import factories

pytestmark = pytest.mark.django_db


def test_it_shows_licenses_and_figures(client: Client) -> None:
    version = champion.register_shipped()
    client.force_login(factories.user("reader"))
    page = client.get(f"/models/{version.pk}/").content.decode()
    info = read_info(shipped_bundle())
    for corpus, license in info.training["licenses"].items():
        assert CORPUS_NAMES[corpus] in page
        assert license in page
    for scores in info.scores.values():
        assert f"{100 * scores['overall']['uar']:.1f}" in page


def test_a_version_without_figures_has_a_page(client: Client) -> None:
    client.force_login(factories.user("reader"))
    assert client.get(f"/models/{factories.model_version().pk}/").status_code == 200


def test_it_shows_who_is_mixed_up_with_whom_and_whether_confidence_holds(client: Client) -> None:
    version = champion.register_shipped()
    client.force_login(factories.user("reader"))
    page = client.get(f"/models/{version.pk}/").content.decode()
    scores = read_info(shipped_bundle()).scores["cross_validation"]
    happy = scores["overall"]["confusion"][2]
    assert f">{round(100 * happy[2] / sum(happy))}</td>" in page
    assert page.count('class="dot"') == len(scores["reliability"])
    for kind in ("sex", "language", "intensity", "duration"):
        for found in scores["by_group"][kind].values():
            assert f"{100 * found['uar']:.1f}" in page
    interval = scores["overall"]["uar_interval"]
    assert f"{100 * interval['low']:.1f} to {100 * interval['high']:.1f} %" in page
    assert "cremad_1001" not in page


def test_every_description_of_a_license_is_said_in_the_readers_language() -> None:
    named = {corpus.license for corpus in corpora.CORPORA.values()}
    names = {license for license in named if license[:2] in ("CC", "OD")}
    assert named - names | {USERS_LICENSE} <= set(LICENSE_WORDS)
    with translation.override("de"):
        assert license_words("freely available") == "frei verfügbar"
        assert license_words("CC BY-NC-SA 4.0") == "CC BY-NC-SA 4.0"


def test_its_words_are_those_of_the_model_card() -> None:
    assert {start: str(words) for start, words in MEANINGS.items()} == cards.MEANINGS
    assert set(SETS) - {"gold"} == set(cards.SETS)  # judged when the card is written already


def scored(name: str, uar: float, ece: float, **about: Any) -> ModelVersion:
    overall = {"uar": uar, "accuracy": 0.6, "macro_f1": 0.6, "ece": ece, "n_clips": 10}
    scores = {"test": {"overall": overall, "data_hash": about.pop("measured_on", "one")}}
    return factories.model_version(name=name, scores=scores, about=about)


def test_the_list_tells_what_changed_between_versions(client: Client) -> None:
    scored("old", 0.6, 0.05, architecture="cnn", licenses={"cremad": "ODbL"}, n_clips=10)
    new = scored("new", 0.6349, 0.07, architecture="rnn", licenses={"tess": "CC"}, n_clips=12)
    client.force_login(factories.user("reader"))
    for address in ("/models/", f"/models/{new.pk}/"):
        page = client.get(address).content.decode()
        for words in (
            "What changed since old",
            "+3.5 points · better",
            "+2.0 points · worse",
            "<td>cnn</td><td>rnn</td>",
            "<td>CREMA-D</td><td>TESS</td>",
            "<td>10</td><td>12</td>",
        ):
            assert words in page, (address, words)
        assert "measured on different clips" not in page


def test_figures_of_different_clips_are_not_compared_without_a_word(client: Client) -> None:
    scored("old", 0.6, 0.05)
    scored("new", 0.6, 0.05, measured_on="another")
    client.force_login(factories.user("reader"))
    page = client.get("/models/").content.decode()
    assert "measured on different clips" in page
    assert "±0.0 points" in page


def test_the_serving_version_stands_first(client: Client) -> None:
    champion.register_shipped()
    scored("newer", 0.6, 0.05)
    factories.model_version(name="bare")
    client.force_login(factories.user("reader"))
    versions = client.get("/models/").context["versions"]
    assert [version.name for version in versions] == ["research", "bare", "newer"]
    assert [version.is_serving for version in versions] == [True, False, False]


def test_the_list_reads_no_long_scores(client: Client, django_assert_num_queries: Any) -> None:
    champion.register_shipped()
    factories.model_version()
    client.force_login(factories.user("reader"))
    with django_assert_num_queries(3) as queries:
        client.get("/models/")
    assert not any('"model_version"."scores",' in str(query["sql"]) for query in queries)


def test_without_any_model_the_list_says_so(client: Client) -> None:
    client.force_login(factories.user("reader"))
    assert "No model yet" in client.get("/models/").content.decode()


def test_visitors_see_the_same_of_it_as_members(client: Client) -> None:
    """An example's result leads here; nothing on it is anybody's own."""
    version = champion.register_shipped()
    seen = shown(client, version)
    client.force_login(factories.user("reader"))
    assert seen == shown(client, version)
    assert client.post("/models/").status_code == 405


def test_a_version_that_does_not_exist_has_no_page(client: Client) -> None:
    assert client.get("/models/1000/").status_code == 404


def shown(client: Client, version: ModelVersion) -> tuple[Any, Any]:
    everything, one = client.get("/models/"), client.get(f"/models/{version.pk}/")
    assert everything.status_code == one.status_code == 200
    assert version.name in one.content.decode()
    return everything.context["versions"], one.context["model"]


def test_it_says_when_a_version_came_with_the_time_zone(client: Client) -> None:
    came = datetime(2026, 3, 29, 12, 30, tzinfo=UTC)
    version = factories.model_version(promoted_at=came)
    client.force_login(factories.user("reader", time_zone="Europe/Berlin"))
    moment = '<time datetime="2026-03-29T14:30:00+02:00">29 Mar 2026, 14:30 CEST</time>'
    for address in ("/models/", f"/models/{version.pk}/"):
        assert moment in client.get(address).content.decode()


def test_the_setting_chooses_the_model(settings: Any) -> None:
    research = champion.current_champion().version
    settings.SHIPPED_MODEL = "permissive"
    permissive = champion.current_champion()
    assert permissive.version.name == "permissive"
    assert permissive.recognizer.bundle.labels == (
        "neutral",
        "happy",
        "sad",
        "angry",
        "fearful",
        "disgust",
    )
    assert set(permissive.version.about["licenses"]) == {"cremad", "emodb"}
    settings.SHIPPED_MODEL = "research"
    assert champion.current_champion().version.pk == research.pk
