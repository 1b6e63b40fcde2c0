from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_it_answers_when_database_and_broker_do() -> None:
    response = Client().get("/health/")
    assert response.status_code == 200
    assert response.json() == {"database": True, "broker": True}


def test_it_says_which_part_is_away(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = Client().get("/health/")
    assert response.status_code == 503
    assert response.json() == {"database": True, "broker": False}


def test_it_sends_a_strict_content_security_policy() -> None:
    policy = Client().get("/")["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
