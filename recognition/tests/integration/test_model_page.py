"""The page of a model version: licenses and figures, for everybody who is signed in."""

from typing import Any

import pytest
from django.test import Client

from mlcore.bundles import read_info, shipped_bundle
from recognition import champion
from recognition.tests import factories

pytestmark = pytest.mark.django_db


def test_it_shows_licenses_and_figures(client: Client) -> None:
    version = champion.register_shipped()
    client.force_login(factories.user("reader"))
    page = client.get(f"/models/{version.pk}/").content.decode()
    info = read_info(shipped_bundle())
    for corpus, license in info.training["licenses"].items():
        assert corpus in page
        assert license in page
    for scores in info.scores.values():
        assert f"{100 * scores['overall']['uar']:.1f}" in page


def test_a_version_without_figures_has_a_page(client: Client) -> None:
    client.force_login(factories.user("reader"))
    assert client.get(f"/models/{factories.model_version().pk}/").status_code == 200


def test_it_is_not_for_visitors(client: Client) -> None:
    version = factories.model_version()
    assert client.get(f"/models/{version.pk}/").status_code == 302
    client.force_login(factories.user("reader"))
    assert client.get(f"/models/{version.pk + 1000}/").status_code == 404


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
