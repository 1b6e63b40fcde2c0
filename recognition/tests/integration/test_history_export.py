"""Exports: all columns, in three formats, harmless in a spreadsheet, and only of the own clips."""

import codecs
import csv
import io
import json
import zipfile
from collections.abc import Callable
from importlib import import_module
from typing import Any
from xml.etree import ElementTree

import pytest
from django.http.response import HttpResponseBase
from django.test import Client

from mlcore.labels import EMOTIONS
from recognition.models import Clip, User
from recognition.presentation.exports import DANGEROUS, safe_cell
from recognition.services.describe import add_tags
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def content_of(response: HttpResponseBase) -> bytes:
    assert response.status_code == 200
    return response.getvalue()


def csv_rows(response: HttpResponseBase) -> list[dict[str, str]]:
    content = content_of(response)
    assert content.startswith(codecs.BOM_UTF8)
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def sheet_of(content: bytes) -> tuple[list[dict[str, str]], bytes]:
    """Its rows by column letter and its raw XML, read without the library that wrote it."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        raw = archive.read("xl/worksheets/sheet1.xml")
    rows = ElementTree.fromstring(raw).iter(f"{SPREADSHEET}row")
    return [{letters(cell): "".join(cell.itertext()) for cell in row} for row in rows], raw


def letters(cell: ElementTree.Element) -> str:
    return cell.attrib["r"].rstrip("0123456789")


@pytest.fixture
def full(owner: User) -> Clip:
    clip = factories.done_clip(owner, name="=cmd|'/c calc'!A1", emotion="happy", confidence=0.62)
    Clip.objects.filter(pk=clip.pk).update(corrected_emotion="sad", note="@first\nsecond, “line”")
    add_tags(clip, "+one, two")
    clip.refresh_from_db()
    return clip


def test_it_exports_everything_of_a_clip_as_csv(full: Clip, signed_in: SignIn) -> None:
    response = signed_in(full.owner).get("/clips/export.csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="clips-')
    [row] = csv_rows(response)
    version = full.predictions.get().model_version
    assert row["id"] == str(full.pk)
    assert row["state"] == "done"
    assert (row["emotion"], row["predicted_emotion"]) == ("sad", "happy")
    assert row["corrected_emotion"] == "sad"
    assert float(row["confidence"]) == 0.62
    assert row["is_sure"] == "True"
    posteriors = full.predictions.get().posteriors
    assert {name: float(row[f"p_{name}"]) for name in EMOTIONS} == pytest.approx(posteriors)
    assert (row["model"], row["model_sha256"]) == (version.name, version.sha256)
    assert row["tags"] == "'+one; two"
    assert row["note"] == "'@first\nsecond, “line”"
    assert row["name"] == "'=cmd|'/c calc'!A1"


def test_it_exports_what_failed_with_its_reason(owner: User, signed_in: SignIn) -> None:
    factories.failed_clip(owner)
    [row] = csv_rows(signed_in(owner).get("/clips/export.csv"))
    assert row["error_code"] == "audio:user:no-speech"
    assert "No speech was found" in row["error"]
    assert row["p_happy"] == row["model"] == row["confidence"] == ""


def test_it_exports_json_as_it_is(full: Clip, signed_in: SignIn) -> None:
    """Nobody takes JSON for a spreadsheet, so nothing is changed in it."""
    response = signed_in(full.owner).get("/clips/export.json")
    [record] = json.loads(content_of(response))
    assert record["name"] == full.name
    assert record["tags"] == ["+one", "two"]
    assert record["posteriors"] == full.predictions.get().posteriors
    assert record["confidence"] == 0.62
    assert record["is_sure"] is True
    assert record["error"] == ""


def test_it_exports_xlsx_without_a_formula(full: Clip, signed_in: SignIn) -> None:
    content = content_of(signed_in(full.owner).get("/clips/export.xlsx"))
    [head, cells], raw = sheet_of(content)
    row = {name: cells.get(letter, "") for letter, name in head.items()}
    assert row["name"] == "'=cmd|'/c calc'!A1"
    assert row["tags"] == "'+one; two"
    assert float(row["confidence"]) == 0.62
    assert float(row["p_happy"]) == pytest.approx(0.62)
    assert row["note"] == "'@first\nsecond, “line”"
    assert b"<f>" not in raw


@pytest.mark.parametrize(("extension", "empty"), [("csv", 1), ("json", 0), ("xlsx", 1)])
def test_it_exports_nothing_well_formed(
    owner: User, signed_in: SignIn, extension: str, empty: int
) -> None:
    content = content_of(signed_in(owner).get(f"/clips/export.{extension}"))
    if extension == "xlsx":
        assert len(sheet_of(content)[0]) == empty
    elif extension == "json":
        assert json.loads(content) == []
    else:
        assert len(content.decode().splitlines()) == empty


@pytest.mark.parametrize("start", DANGEROUS)
def test_it_marks_text_that_would_be_a_formula(start: str) -> None:
    assert safe_cell(f"{start}1+1") == f"'{start}1+1"


def test_it_leaves_numbers_and_harmless_text_alone() -> None:
    for value in (-1.5, 0, None, True, "a=b", "", "1-2", "'quoted"):
        assert safe_cell(value) is value


def test_it_exports_what_the_filter_matches_in_its_order(
    owner: User, stranger: User, signed_in: SignIn
) -> None:
    for user in (owner, stranger):
        factories.done_clip(user, name=f"{user} a", emotion="sad", confidence=0.5)
        factories.done_clip(user, name=f"{user} b", emotion="sad", confidence=0.9)
        factories.done_clip(user, name=f"{user} c", emotion="calm")
    rows = csv_rows(signed_in(owner).get("/clips/export.csv?emotion=sad&sort=surest"))
    assert [row["name"] for row in rows] == ["owner b", "owner a"]


def test_it_exports_more_than_a_chunk(
    owner: User, signed_in: SignIn, monkeypatch: Any, django_assert_max_num_queries: Any
) -> None:
    # by its name: the package has a function that is called like the module
    module = import_module("recognition.selectors.history")
    monkeypatch.setattr(module, "CHUNK_SIZE", 4)
    made = {factories.done_clip(owner).name for _ in range(10)}
    client = signed_in(owner)
    with django_assert_max_num_queries(6 + 3 * 3):  # of the person, then three a chunk
        rows = csv_rows(client.get("/clips/export.csv"))
    assert {row["name"] for row in rows} == made
    assert len(rows) == 10
    assert len(json.loads(content_of(client.get("/clips/export.json")))) == 10


def test_it_knows_three_formats(owner: User, signed_in: SignIn) -> None:
    client = signed_in(owner)
    assert client.get("/clips/export.pdf").status_code == 404
    assert client.post("/clips/export.csv").status_code == 405
    assert Client().get("/clips/export.csv").status_code == 302
