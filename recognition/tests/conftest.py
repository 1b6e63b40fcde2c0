"""Three people for every access test, and a media folder that vanishes."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from recognition.models import Clip, User
from recognition.tests import factories
from recognition.tests.processes import Surroundings, database_url


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


@pytest.fixture(scope="session")
def surroundings(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Surroundings:
    """What the processes of the site need to work on the test database."""
    folder = tmp_path_factory.mktemp("site")
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "REDIS_URL": django_settings.REDIS_URL,
        "MEDIA_ROOT": str(folder / "media"),
        "OMP_NUM_THREADS": "1",
    }
    return Surroundings(environment, folder)


@pytest.fixture
def shared_media(media_root: Path, settings: Any, surroundings: Surroundings) -> None:
    """What a test submits lands where the processes look."""
    settings.MEDIA_ROOT = surroundings.environment["MEDIA_ROOT"]
