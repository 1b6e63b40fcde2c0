"""How the API describes itself: complete, true, and the same in docs/openapi.yaml."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils import translation

from recognition.models import Batch, User
from recognition.services.share import share_clip
from recognition.tests import factories

FILE = settings.BASE_DIR / "docs" / "openapi.yaml"
JSON = "application/json"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("schema") / "openapi.yaml"
    call_command("spectacular", file=str(path), validate=True, fail_on_warn=True)
    return path.read_text("utf-8")


@pytest.fixture(scope="module")
def described(generated: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(generated)
    return found


def operations(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in described["paths"].values():
        yield from path.values()


def bodies(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Of answers that are JSON and no refusals, each with the name of its operation."""
    for operation in operations(described):
        for status, response in operation["responses"].items():
            if status < "400" and JSON in response.get("content", {}):
                yield f"{operation['operationId']} {status}", response["content"][JSON]


def fields_of(schema: dict[str, Any], described: dict[str, Any]) -> dict[str, Any]:
    """Of an object; nothing for what has no fixed ones."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return fields_of(described["components"]["schemas"][name], described)
    for one in (*schema.get("oneOf", ()), *schema.get("allOf", ())):
        if found := fields_of(one, described):
            return found
    return dict(schema.get("properties", {}))


def needed(schema: dict[str, Any], described: dict[str, Any]) -> set[str]:
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return needed(described["components"]["schemas"][name], described)
    inner = [needed(one, described) for one in (*schema.get("oneOf", ()), *schema.get("allOf", ()))]
    return set(schema.get("required", ())).union(*inner)


def compare(body: Any, schema: dict[str, Any], described: dict[str, Any], where: str) -> None:
    """Every field stands in both, all the way down."""
    if isinstance(body, list):
        for item in body:
            compare(item, schema.get("items", {}), described, f"{where}[]")
    fields = fields_of(schema, described)
    if not isinstance(body, dict) or not fields:
        return
    assert set(body) <= set(fields), where
    assert needed(schema, described) <= set(body), where
    for name, value in body.items():
        compare(value, fields[name], described, f"{where}.{name}")


def test_the_file_in_docs_is_what_the_code_says(generated: str) -> None:
    words = "The API has changed: make docs/openapi.yaml anew by `make schema`"
    assert FILE.read_text("utf-8") == generated, words


def test_it_says_what_each_operation_does(described: dict[str, Any]) -> None:
    ids = [operation["operationId"] for operation in operations(described)]
    assert len(ids) == len(set(ids)) > 30
    for operation in operations(described):
        name = operation["operationId"]
        assert operation["summary"], name
        assert len(operation["description"]) > len(operation["summary"]), name
        assert len(operation["tags"]) == 1, name
        refusals = {status for status in operation["responses"] if status >= "400"}
        assert refusals >= {"400", "401", "429"}, name
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], f"{name} {parameter['name']}"


def test_it_shows_an_example_of_each_body(described: dict[str, Any]) -> None:
    found = list(bodies(described))
    assert len(found) > 25
    for name, content in found:
        assert content["examples"], name
        for example in content["examples"].values():
            assert example["value"], name
            compare(example["value"], content["schema"], described, name)


def test_it_shows_an_example_of_each_refusal(described: dict[str, Any]) -> None:
    shared = described["components"]["examples"]
    for operation in operations(described):
        for status, response in operation["responses"].items():
            if status >= "400":
                for example in response["content"][JSON]["examples"].values():
                    body = shared[example["$ref"].rsplit("/", 1)[1]]["value"]
                    assert set(body) == {"code", "message", "extra"}
                    assert "{" not in body["message"]


def test_it_shows_an_example_of_each_form(described: dict[str, Any]) -> None:
    forms = [
        operation["requestBody"]["content"]["multipart/form-data"]
        for operation in operations(described)
        if "multipart/form-data" in operation.get("requestBody", {}).get("content", {})
    ]
    assert len(forms) == 2
    for form in forms:
        assert form["examples"]
        for example in form["examples"].values():
            compare(example["value"], form["schema"], described, "form")


def test_it_says_which_values_there_are(described: dict[str, Any]) -> None:
    """Of labels and their makers, and what a filter takes."""
    shapes = described["components"]["schemas"]
    clip = shapes["Clip"]["properties"]
    for name, value in (("counted_emotion", "sad"), ("provenance", "reviewed")):
        refs = [one["$ref"].rsplit("/", 1)[1] for one in clip[name]["oneOf"]]
        values = [value for ref in refs for value in shapes[ref]["enum"]]
        assert {value, ""} <= set(values)
    (listing,) = (it for it in operations(described) if it["operationId"] == "list_clips")
    words = {it["name"]: it["description"] for it in listing["parameters"]}
    assert "list_tags" in words["tag"]
    assert "percent" in words["min"]
    assert "time zone" in words["since"]


@pytest.mark.django_db
def test_it_describes_real_answers(described: dict[str, Any], owner: User) -> None:
    client = Client()
    User.objects.filter(pk=owner.pk).update(is_staff=True)  # sees the figures of the site, too
    client.force_login(owner)
    batch = Batch.objects.create(owner=owner)
    clip = factories.done_clip(owner, batch=batch)
    failed = factories.failed_clip(owner)
    ids: dict[str, Any] = {"clip_id": clip.pk, "batch_id": batch.pk}
    ids |= {"version_id": clip.model_version_id, "extension": "json"}
    ids["token"] = share_clip(clip, n_days=1).token
    both = {"before": clip.model_version_id, "after": clip.model_version_id}
    asked: dict[str, Any] = {
        "/api/v1/registry/difference/": both,
        "/api/v1/compare/": {"clip": [clip.pk, failed.pk]},
    }
    n_seen = 0
    for path, methods in described["paths"].items():
        content = methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if JSON not in content or "token_id" in path or "/reviews/" in path:
            continue
        for known in (ids, ids | {"clip_id": failed.pk}):
            response = client.get(path.format(**known), asked.get(path))
            assert response.status_code == 200, path
            compare(json.loads(response.getvalue()), content[JSON]["schema"], described, path)
            n_seen += 1
    assert n_seen >= 20


@pytest.mark.django_db
def test_it_speaks_english_whatever_the_reader_speaks(described: dict[str, Any]) -> None:
    with translation.override("de"):
        told: dict[str, Any] = yaml.safe_load(Client().get("/api/v1/schema/").content)
    assert told == described
