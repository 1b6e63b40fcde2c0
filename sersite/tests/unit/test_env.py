from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from sersite import env


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("X", "X_FILE"):
        monkeypatch.delenv(name, raising=False)


def test_it_takes_the_default_when_nothing_or_an_empty_text_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert env.env_text("X", "default") == "default"
    monkeypatch.setenv("X", "")
    assert env.env_text("X", "default") == "default"
    assert env.env_bool("X", True) is True
    assert env.env_count("X", 3) == 3


@pytest.mark.parametrize("value", ["yes", "true", "1"])
def test_it_refuses_a_bool_that_is_none(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match=f"X={value}, use 'True' or 'False'"):
        env.env_bool("X", False)


@pytest.mark.parametrize("value", ["ten", "0", "-1", "nan"])
def test_it_refuses_a_number_that_makes_no_sense(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match="use a number"):
        env.env_number("X", 1)


@pytest.mark.parametrize("value", ["1.5", "-1", "many"])
def test_it_refuses_a_count_that_is_none(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured, match="use a whole number"):
        env.env_count("X", 1)


def test_it_refuses_an_unknown_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "torch")
    with pytest.raises(ImproperlyConfigured, match="use one of"):
        env.env_choice("X", "onnx", ("onnx", "keras"))


def test_it_reads_a_secret_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hidden\n")
    monkeypatch.setenv("X_FILE", str(tmp_path / "secret"))
    assert env.env_secret("X") == "hidden"
    monkeypatch.setenv("X_FILE", str(tmp_path / "missing"))
    with pytest.raises(ImproperlyConfigured, match="can't be read"):
        env.env_secret("X")


def test_it_splits_a_list() -> None:
    assert env.env_list("X", " a, b ,,") == ["a", "b"]


def test_it_reads_the_parts_of_a_database_address() -> None:
    parts = env.database_settings("postgresql://me:p%40ss@db:5433/name?sslmode=require")
    assert (parts["NAME"], parts["USER"], parts["PASSWORD"]) == ("name", "me", "p@ss")
    assert (parts["HOST"], parts["PORT"]) == ("db", "5433")
    assert parts["OPTIONS"]["sslmode"] == "require"


def test_it_refuses_what_is_no_database_address() -> None:
    with pytest.raises(ImproperlyConfigured, match="no PostgreSQL address"):
        env.database_settings("mysql://me@db/name")


def test_it_makes_a_development_key_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(env, "VAR_DIR", tmp_path)
    key = env.development_secret_key()
    assert len(key) >= 50
    assert env.development_secret_key() == key
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600
