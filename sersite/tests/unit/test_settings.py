"""Settings in processes of their own, since they are read once a process."""

import os
import subprocess
import sys

import pytest

READ = "from django.conf import settings as s; print(({expression}))"


def read(expression: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    module = {"DJANGO_SETTINGS_MODULE": "sersite.settings"}
    return subprocess.run(
        [sys.executable, "-c", READ.format(expression=expression)],
        env=clean | module | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_public_site_demands_a_secret_key() -> None:
    result = read("s.SECRET_KEY", SITE_URL="https://ser.example.org")
    assert result.returncode != 0
    assert "SECRET_KEY or SECRET_KEY_FILE must be set" in result.stderr


def test_a_public_site_has_secure_cookies_and_its_own_host() -> None:
    expression = "s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0, s.DEBUG"
    result = read(expression, SITE_URL="https://ser.example.org", SECRET_KEY="k" * 50)
    assert result.stdout.strip() == "(True, True, True, False)"


def test_a_local_site_needs_no_variable() -> None:
    result = read("s.SESSION_COOKIE_SECURE, s.DEBUG, 'localhost' in s.ALLOWED_HOSTS")
    assert result.stdout.strip() == "(False, False, True)"


@pytest.mark.parametrize("content", ["CELERY_ACCEPT_CONTENT", "[s.CELERY_TASK_SERIALIZER]"])
def test_celery_speaks_json_only(content: str) -> None:
    expression = content if content.startswith("[") else f"s.{content}"
    assert read(expression).stdout.strip() == "['json']"
