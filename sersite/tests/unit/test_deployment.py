"""docker-compose.yml can't be started here, but what it names must exist in the project."""

import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

from sersite.celery import app
from sersite.env import database_settings

ROOT = Path(__file__).resolve().parents[3]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
README = (ROOT / "README.md").read_text()
SETTINGS = (ROOT / "sersite" / "settings.py").read_text()
NGINX: str = COMPOSE["configs"]["nginx"]["content"]
OURS = [name for name, service in SERVICES.items() if service.get("build")]
LASTING = [name for name in SERVICES if name != "migrate"]
BIN = Path(sys.executable).parent
# read by a library itself, not by our settings
FOREIGN_VARIABLES = {"OMP_NUM_THREADS"}


def command_of(name: str) -> list[str]:
    command: list[str] = SERVICES[name]["command"]
    return command


def option_of(name: str, option: str) -> str:
    values = [word.partition("=")[2] for word in command_of(name) if word.startswith(option)]
    assert len(values) == 1, option
    return values[0]


def variables() -> set[str]:
    return set(re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE))


def variables_by_file() -> set[str]:
    return set(re.findall(r'(?:env_secret|server_url)\(\s*"([A-Z_]+)"', SETTINGS))


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
    assert set(named) == {"migrate", "ensure_admin", "collectstatic", "predict"}
    assert set(named) <= set(get_commands())


@pytest.mark.parametrize("name", ["recognize", "retrain", "beat"])
def test_each_celery_command_is_understood(name: str) -> None:
    command = command_of(name)
    assert command[:2] == ["celery", "--app=sersite"]
    assert import_module("sersite").celery_app is app
    options = [word.partition("=")[0] for word in command[3:]]
    help_text = subprocess.run(
        [BIN / "celery", "--app=sersite", command[2], "--help"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    ).stdout
    for option in options:
        assert re.search(rf"{option}[ ,]", help_text), option


def test_the_workers_serve_all_queues_that_tasks_are_sent_to() -> None:
    workers = ("recognize", "retrain")
    served = {queue for it in workers for queue in option_of(it, "--queues=").split(",")}
    assert {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()} <= served
    assert served == {"recognize", "later", "reap", "retrain"}


def test_nobody_waits_for_a_result_behind_what_may_come_later() -> None:
    in_order = ["reap", "recognize", "later"]
    assert option_of("recognize", "--queues=").split(",") == in_order
    (line,) = re.findall("^worker: .*", (ROOT / "Procfile").read_text(), re.MULTILINE)
    assert f" -Q {','.join(in_order)} " in line
    assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["queue_order_strategy"] == "priority"


@pytest.mark.parametrize("name", ["recognize", "retrain"])
def test_each_worker_is_asked_for_its_own_health(name: str) -> None:
    node = option_of(name, "--hostname=").replace("%h", "$$(hostname)")
    assert f"--destination={node}" in SERVICES[name]["healthcheck"]["test"][1]


def test_one_trains_at_a_time() -> None:
    assert option_of("retrain", "--concurrency=") == "1"


def test_the_ports_agree_from_nginx_to_gunicorn() -> None:
    port = option_of("web", "--bind=").rpartition(":")[2]
    assert SERVICES["web"]["expose"] == [port]
    assert f"EXPOSE {port}" in DOCKERFILE
    assert f"proxy_pass http://web:{port};" in NGINX
    assert f"127.0.0.1:{port}/health/" in str(SERVICES["web"]["healthcheck"])
    listened = re.search(r"listen (\d+);", NGINX)
    assert listened
    assert SERVICES["nginx"]["ports"] == [f"127.0.0.1:${{PORT:-8000}}:{listened[1]}"]


def test_gunicorn_understands_its_command() -> None:
    command = [*command_of("web"), "--check-config"]
    done = subprocess.run(
        [BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_nginx_lets_through_as_much_as_the_application_takes() -> None:
    limit = settings.UPLOAD_MAX_REQUEST_BYTES // 1_000_000
    assert f"client_max_body_size ${{UPLOAD_MAX_REQUEST_MB:-{limit}}}m;" in NGINX


def test_nginx_serves_no_folder_and_tells_who_asks() -> None:
    directives = set(re.findall(r"^\s*(\w+) ", NGINX, re.MULTILINE))
    assert not directives & {"alias", "root", "try_files"}
    for header in ("Host", "X-Forwarded-For", "X-Forwarded-Proto"):
        assert f"proxy_set_header {header} $$" in NGINX


@pytest.mark.parametrize("name", OURS)
def test_each_variable_is_one_that_the_settings_read(name: str) -> None:
    for variable in set(SERVICES[name]["environment"]) - FOREIGN_VARIABLES:
        known = variables_by_file() if variable.endswith("_FILE") else variables()
        assert variable.removesuffix("_FILE") in known, variable


def test_each_variable_that_compose_fills_in_is_one_of_ours() -> None:
    named = re.findall(r"(?<!\$)\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text())
    assert set(named) <= variables()


@pytest.mark.parametrize("name", list(SERVICES))
def test_each_secret_is_declared_mounted_and_in_no_variable(name: str) -> None:
    service = SERVICES[name]
    files = [text for text in service.get("environment", {}).values() if "/run/secrets/" in text]
    commands = f"{service.get('command')} {service.get('healthcheck')}"
    files += re.findall(r"/run/secrets/\w+", commands)
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
    assert re.search(r":\d[\w.-]*$", service["image"]), "pin the version"


def test_what_waits_for_health_waits_for_a_service_that_reports_it() -> None:
    for service in SERVICES.values():
        for name, how in service.get("depends_on", {}).items():
            is_lasting = name in LASTING
            expected = "service_healthy" if is_lasting else "service_completed_successfully"
            assert how["condition"] == expected


def test_the_image_does_not_run_as_root_and_copies_what_exists() -> None:
    lines = DOCKERFILE.splitlines()
    assert re.search(r"^FROM python:3\.1[123]-slim$", DOCKERFILE, re.MULTILINE)
    assert "USER sersite" in lines
    assert not any("user" in SERVICES[name] for name in OURS)
    assert {SERVICES[name]["image"] for name in OURS} == {SERVICES["web"]["image"]}
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


def test_postgres_data_lie_in_the_volume() -> None:
    # where image 18 and newer keep them; before it was /var/lib/postgresql/data
    assert SERVICES["postgres"]["image"].startswith("postgres:18")
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]


@pytest.fixture
def secrets(tmp_path: Path) -> dict[str, str]:
    """Made as the README says."""
    blocks = re.findall(r"^```\w*\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    block = next(block for block in blocks if "secrets" in block)
    script = block.partition("docker compose")[0]
    subprocess.run(["sh", "-e", "-c", script], cwd=tmp_path, check=True)
    files = list((tmp_path / "secrets").iterdir())
    # in their containers other accounts read them, but on this machine nobody gets so far
    assert {file.stat().st_mode & 0o777 for file in files} == {0o644}
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    return {file.name: file.read_text().strip() for file in files}


def test_the_readme_makes_all_secrets(secrets: dict[str, str]) -> None:
    assert set(secrets) == set(COMPOSE["secrets"])
    assert len(secrets["secret_key"]) >= 50


def test_the_secrets_fit_the_database(secrets: dict[str, str]) -> None:
    database = database_settings(secrets["database_url"])
    environment = SERVICES["postgres"]["environment"]
    assert database["HOST"] in SERVICES
    assert database["USER"] == environment["POSTGRES_USER"]
    assert database["NAME"] == environment["POSTGRES_DB"]
    assert database["PASSWORD"] == secrets["postgres_password"]


def test_the_secrets_fit_redis(secrets: dict[str, str]) -> None:
    url = urlsplit(secrets["redis_url"])
    assert url.hostname in SERVICES
    # without the name redis-cli would sign in as the user ""
    assert url.username == "default"
    assert secrets["redis_config"] == f"requirepass {url.password}"
    assert command_of("redis")[:2] == ["redis-server", "/run/secrets/redis_config"]
