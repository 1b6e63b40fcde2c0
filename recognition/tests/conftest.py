"""Three people for every access test, and a media folder that vanishes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from recognition.models import Clip, User
from recognition.tests import factories

SAMPLE = Path(__file__).resolve().parents[2] / "docs" / "samples" / "train.flac"


@pytest.fixture(autouse=True)
def media_root(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture(autouse=True)
def plain_static(settings: Any, tmp_path: Path) -> None:
    """Templates are rendered without a collectstatic before."""
    settings.STATIC_ROOT = str(tmp_path / "static")
    Path(settings.STATIC_ROOT).mkdir()
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def owner(db: None) -> User:
    return factories.user("owner")


@pytest.fixture
def reviewer(db: None) -> User:
    return factories.user("reviewer", is_reviewer=True)


@pytest.fixture
def stranger(db: None) -> User:
    return factories.user("stranger")


@pytest.fixture
def administrator(db: None) -> User:
    return factories.user("administrator", is_superuser=True, is_staff=True)


@pytest.fixture
def clip(owner: User) -> Clip:
    return factories.clip(owner)


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in
