"""docker-compose.yml can't be started here, but what it names must exist in the project."""

import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

from sersite.celery import app

ROOT = Path(__file__).resolve().parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
OURS = [name for name, service in SERVICES.items() if service.get("build")]
LASTING = [name for name in SERVICES if name != "migrate"]
BIN = Path(sys.executable).parent
# read by a library itself, not by our settings
FOREIGN_VARIABLES = {"OMP_NUM_THREADS"}


def command_of(name: str) -> list[str]:
    command: list[str] = SERVICES[name]["command"]
    return command


def variables() -> set[str]:
    return set(re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE))


def test_it_has_every_part_of_the_site() -> None:
    assert set(SERVICES) == {
        *("nginx", "web", "recognize", "retrain", "beat", "migrate", "postgres", "redis")
    }
    assert set(OURS) == {"web", "recognize", "retrain", "beat", "migrate"}


@pytest.mark.parametrize("name", OURS)
def test_each_command_of_ours_exists(name: str) -> None:
    for command in re.split(r"\s*&&\s*", shlex.join(command_of(name))):
        program, *_ = shlex.split(command.removeprefix("sh -c '").removesuffix("'"))
        assert (BIN / program).exists(), program


def test_each_management_command_exists() -> None:
    named = re.findall(r"manage\.py (\w+)", command_of("migrate")[-1] + DOCKERFILE)
    assert set(named) == {"migrate", "ensure_admin", "collectstatic"}
    assert set(named) <= set(get_commands())


@pytest.mark.parametrize("name", ["recognize", "retrain", "beat"])
def test_each_celery_command_is_understood(name: str) -> None:
    command = command_of(name)
    assert command[:3] == ["celery", "-A", "sersite"]
    assert import_module(command[2]).celery_app is app
    options = [word for word in command if word.startswith("-") and word != "-A"]
    help_text = subprocess.run(
        [BIN / "celery", "-A", "sersite", command[3], "--help"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    ).stdout
    for option in options:
        assert re.search(rf"{option}[ ,]", help_text), option


def test_the_workers_serve_all_queues_that_tasks_are_sent_to() -> None:
    served = {
        command_of(name)[command_of(name).index("-Q") + 1] for name in ("recognize", "retrain")
    }
    assert {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} <= served
    assert served == {"recognize", "retrain"}


def test_the_ports_agree_from_nginx_to_gunicorn() -> None:
    bound = next(word for word in command_of("web") if word.startswith("--bind="))
    port = bound.rpartition(":")[2]
    assert SERVICES["web"]["expose"] == [port]
    assert f"EXPOSE {port}" in DOCKERFILE
    assert f"proxy_pass http://web:{port};" in COMPOSE["configs"]["nginx"]["content"]
    assert f"127.0.0.1:{port}/health/" in str(SERVICES["web"]["healthcheck"])
    listened = re.search(r"listen (\d+);", COMPOSE["configs"]["nginx"]["content"])
    assert listened
    assert SERVICES["nginx"]["ports"] == [f"127.0.0.1:8000:{listened[1]}"]


def test_gunicorn_understands_its_command() -> None:
    command = [*command_of("web"), "--check-config"]
    done = subprocess.run(
        [BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_nginx_lets_through_as_much_as_the_application_takes() -> None:
    content = COMPOSE["configs"]["nginx"]["content"]
    assert f"client_max_body_size {settings.UPLOAD_MAX_REQUEST_BYTES // 1_000_000}m;" in content
    assert "alias" not in content  # no folder is served past the application
    assert "root" not in content


@pytest.mark.parametrize("name", OURS)
def test_each_variable_is_one_that_the_settings_read(name: str) -> None:
    for variable in set(SERVICES[name]["environment"]) - FOREIGN_VARIABLES:
        assert variable.removesuffix("_FILE") in variables(), variable


@pytest.mark.parametrize("name", list(SERVICES))
def test_each_secret_is_declared_mounted_and_in_no_variable(name: str) -> None:
    service = SERVICES[name]
    files = [text for text in service.get("environment", {}).values() if "/run/secrets/" in text]
    files += re.findall(r"/run/secrets/\w+", str(service.get("command", "")))
    for file in files:
        secret = file.rpartition("/")[2]
        assert secret in service["secrets"], secret
    for secret in service.get("secrets", []):
        assert COMPOSE["secrets"][secret]["file"] == f"./secrets/{secret}"


@pytest.mark.parametrize("name", LASTING)
def test_each_lasting_service_is_watched_and_restarted(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", list(SERVICES))
def test_each_thing_that_a_service_names_is_there(name: str) -> None:
    service = SERVICES[name]
    assert set(service.get("depends_on", {})) <= set(SERVICES)
    for volume in service.get("volumes", []):
        assert volume.partition(":")[0] in COMPOSE["volumes"]
    assert re.search(r":\d", service["image"]), "pin the version"


def test_what_waits_for_health_waits_for_a_service_that_reports_it() -> None:
    for service in SERVICES.values():
        for name, how in service.get("depends_on", {}).items():
            is_lasting = name in LASTING
            expected = "service_healthy" if is_lasting else "service_completed_successfully"
            assert how["condition"] == expected


def test_the_image_does_not_run_as_root_and_copies_what_exists() -> None:
    lines = DOCKERFILE.splitlines()
    assert "USER sersite" in lines
    assert lines.index("USER sersite") < next(
        i for i, it in enumerate(lines) if it.startswith("CMD")
    )
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    for source in re.findall(r"^COPY (\S+) ", DOCKERFILE, re.MULTILINE):
        assert (ROOT / source).exists(), source
        assert f"!{source}" in ignored, source
    for private in (".env", "var", "secrets", ".git", ".venv"):
        assert f"!{private}" not in ignored


def test_the_media_volume_is_where_the_application_keeps_clips() -> None:
    for name in OURS:
        media = SERVICES[name]["environment"]["MEDIA_ROOT"]
        assert f"media:{media}" in SERVICES[name]["volumes"]
    assert "chown -R sersite: /media" in DOCKERFILE
