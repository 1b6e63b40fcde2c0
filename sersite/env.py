"""Readers of environment variables; each fails loudly and says what it expected."""

import os
import secrets
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"


def env_text(name: str, default: str = "") -> str:
    return os.environ.get(name) or default


def env_secret(name: str, default: str = "") -> str:
    """Value of NAME, or of the file that NAME_FILE names (a Docker secret)."""
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return env_text(name, default)
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE={path} can't be read: {error.strerror}") from error


def env_bool(name: str, default: bool) -> bool:
    value = env_text(name, str(default))
    if value not in ("True", "False"):
        raise ImproperlyConfigured(f"Unexpected value {name}={value}, use 'True' or 'False'")
    return value == "True"


def env_number(name: str, default: float) -> float:
    value = env_text(name, str(default))
    try:
        number = float(value)
    except ValueError:
        raise ImproperlyConfigured(f"Unexpected value {name}={value}, use a number") from None
    if not 0 < number < float("inf"):
        raise ImproperlyConfigured(f"Unexpected value {name}={value}, use a number above 0")
    return number


def env_count(name: str, default: int) -> int:
    value = env_text(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"Unexpected value {name}={value}, use a whole number")
    return int(value)


def env_choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    value = env_text(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"Unexpected value {name}={value}, use one of {choices}")
    return value


def env_list(name: str, default: str) -> list[str]:
    return [item.strip() for item in env_text(name, default).split(",") if item.strip()]


def server_url(name: str, state_file: str, fallback: str) -> str:
    """From the environment, else of the embedded server that runs, else one that refuses."""
    try:
        running = (VAR_DIR / "servers" / state_file).read_text().strip()
    except OSError:
        running = ""
    return env_secret(name, running or fallback)


def database_settings(url: str) -> dict[str, Any]:
    try:
        parts = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise ImproperlyConfigured(f"DATABASE_URL is no PostgreSQL address: {error}") from error
    known = {key: parts.pop(key, "") for key in ("dbname", "user", "password", "host", "port")}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": known["dbname"],
        "USER": known["user"],
        "PASSWORD": known["password"],
        "HOST": known["host"],
        "PORT": str(known["port"]),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5, **parts},
    }


def development_secret_key() -> str:
    """A key generated once under var/, for machines where nobody set SECRET_KEY."""
    path = VAR_DIR / "secret-key"
    VAR_DIR.mkdir(exist_ok=True)
    try:
        # O_EXCL: of two processes that start together one writes, the other reads
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(64))
    except FileExistsError:
        pass
    key = path.read_text()
    if len(key) < 50:
        raise ImproperlyConfigured(f"{path} is damaged; delete it and start again")
    return key
