"""README and .env.example name exactly what the program reads and has."""

import re
from pathlib import Path

from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "README.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
READ_IN_SETTINGS = re.compile(r'(?:env_\w+|server_url)\(\s*"([A-Z_]+)"')
READ_IN_PROCFILE = re.compile(r"\$\{?([A-Z_]+)")


def variables_read() -> set[str]:
    settings = (ROOT / "sersite" / "settings.py").read_text()
    procfile = (ROOT / "Procfile").read_text()
    return {*READ_IN_SETTINGS.findall(settings), *READ_IN_PROCFILE.findall(procfile)}


def test_the_example_holds_every_variable_and_no_other() -> None:
    assert set(re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE)) == variables_read()


def test_the_readme_explains_every_variable_and_no_other() -> None:
    rows = re.findall(r"^\| ((?:`[A-Z_]+`(?:, )?)+) \|", README, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"[A-Z_]+", row)} == variables_read()


def test_the_readme_links_to_what_exists() -> None:
    for target in re.findall(r"\]\(([^)#]+)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_the_readme_names_commands_that_exist() -> None:
    assert set(re.findall(r"manage\.py (\w+)", README)) <= set(get_commands())
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make (\w+)", README, re.MULTILINE)) <= targets


def test_every_variable_is_read_in_one_place() -> None:
    """What the two tests above look at is all there is."""
    packages = ("sersite", "recognition", "mlcore")
    files = [file for name in packages for file in (ROOT / name).rglob("*.py")]
    readers = {
        file.relative_to(ROOT).as_posix()
        for file in files
        if "tests" not in file.parts and READ_IN_SETTINGS.search(file.read_text())
    }
    assert readers == {"sersite/settings.py"}
