"""Model versions by program: card and figures, and nothing of single speakers."""

import pytest
from django.test import Client

from mlcore.bundles import read_info, shipped_bundle
from recognition import champion
from recognition.tests import factories

pytestmark = pytest.mark.django_db

PLACE = "/api/v1/models/"


def test_everybody_sees_which_models_there_are(client: Client) -> None:
    old, serving = factories.model_version(), champion.register_shipped()
    body = client.get(PLACE).json()
    assert [it["id"] for it in body["results"]] == [serving.pk, old.pk]
    first = body["results"][0]
    info = read_info(shipped_bundle())
    assert (first["name"], first["sha256"], first["is_serving"]) == (info.name, info.sha256, True)
    assert first["figures"]["uar"] == info.scores["cross_validation"]["overall"]["uar"]
    assert body["results"][1]["figures"] == {}


def test_its_card_names_licenses_and_what_it_is_not_for(client: Client) -> None:
    version = champion.register_shipped()
    body = client.get(f"{PLACE}{version.pk}/").json()
    info = read_info(shipped_bundle())
    card = body["card"]
    assert {it["license"] for it in card["corpora"]} == set(info.training["licenses"].values())
    assert card["about"]["architecture"] == info.architecture
    assert any("European Union" in words for words in card["must_not_be_used_for"])


def test_it_has_all_figures_but_those_of_single_speakers(client: Client) -> None:
    version = champion.register_shipped()
    response = client.get(f"{PLACE}{version.pk}/")
    (found,) = response.json()["sets"]
    scores = read_info(shipped_bundle()).scores["cross_validation"]
    assert found["overall"]["accuracy"] == scores["overall"]["accuracy"]
    assert found["overall"]["uar_interval"]["low"] == scores["overall"]["uar_interval"]["low"]
    assert found["confusion"] == scores["overall"]["confusion"]
    assert set(found["corpora"]) == set(scores["by_corpus"])
    assert set(found["groups"]) == {"sex", "language", "intensity", "duration"}
    assert found["reliability"] == scores["reliability"]
    text = response.content.decode()
    assert "cremad_1001" not in text
    assert version.folder not in response.json()
    assert "folder" not in text


def test_a_version_without_figures_is_told_too(client: Client) -> None:
    version = factories.model_version()
    body = client.get(f"{PLACE}{version.pk}/").json()
    assert (body["sets"], body["card"]["corpora"]) == ([], [])


@pytest.mark.parametrize("number", ["0", "99999999", "9" * 30])
def test_what_is_not_there_is_not_found(client: Client, number: str) -> None:
    response = client.get(f"{PLACE}{number}/")
    assert (response.status_code, response.json()["code"]) == (404, "api:user:not-found")


def test_it_takes_no_parameters(client: Client) -> None:
    response = client.get(f"{PLACE}?status=champion")
    assert (response.status_code, response.json()["code"]) == (400, "api:user:unknown-field")
