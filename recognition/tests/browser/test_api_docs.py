"""The pages that show the API: everything on them comes from here."""

import re
from collections.abc import Callable
from typing import Literal
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Page, ViewportSize, expect

from recognition.models import User

PHONE: ViewportSize = {"width": 360, "height": 740}


def n_operations() -> int:
    headers = {"Accept": "application/json"}
    paths = Client().get("/api/v1/schema/", headers=headers).json()["paths"]
    return sum(len(methods) for methods in paths.values())


@pytest.fixture
def asked_for(page: Page) -> set[str]:
    """The hosts that anything was fetched from."""
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    return hosts


@pytest.fixture
def own_host(site: str) -> set[str]:
    return {urlsplit(site).netloc}


def test_swagger_shows_all_operations_from_our_own_files(
    page: Page, asked_for: set[str], own_host: set[str]
) -> None:
    page.goto("/api/v1/docs/")
    expect(page.locator(".opblock")).to_have_count(n_operations())
    page.locator("#operations-clips-upload_clip .opblock-summary-control").click()
    expect(page.get_by_text("Idempotency-Key").first).to_be_visible()
    assert asked_for - {""} == own_host  # what stands in the sheets themselves has no host


def test_swagger_asks_as_whoever_is_signed_in(
    page: Page, site: str, owner: User, signed_in: Callable[[User], Client]
) -> None:
    """Also what changes something, which takes the CSRF token."""
    session = signed_in(owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
    page.goto("/api/v1/docs/")
    operation = page.locator("#operations-account-change_account")
    operation.locator(".opblock-summary-control").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.locator("textarea").fill('{"name": "Ada"}')
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table tbody .response-col_status")).to_contain_text(
        "200"
    )
    owner.refresh_from_db()
    assert owner.name == "Ada"


def test_redoc_shows_all_operations_from_our_own_files(
    page: Page, asked_for: set[str], own_host: set[str]
) -> None:
    page.goto("/api/v1/redoc/")
    expect(page.get_by_role("heading", name="Hand in a recording")).to_be_attached()
    expect(page.get_by_role("heading", name="Follow a batch")).to_be_attached()
    assert asked_for - {""} == own_host


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["docs", "redoc"])
def test_it_is_dark_where_the_site_is_and_complains_of_nothing(
    page: Page, name: str, scheme: Literal["light", "dark"]
) -> None:
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.emulate_media(color_scheme=scheme)
    page.goto(f"/api/v1/{name}/")
    words = page.get_by_text("recordings in, what a network hears in them out").first
    expect(words).to_be_visible()
    red = words.evaluate("it => +getComputedStyle(it).color.match(/\\d+/)[0]")
    assert (red > 128) == (scheme == "dark")
    assert wrong == []


def test_an_open_operation_fits_a_phone(page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.goto("/api/v1/docs/")
    page.locator("#operations-clips-upload_clip .opblock-summary-control").click()
    expect(page.get_by_text("Idempotency-Key").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("name", ["docs", "redoc"])
def test_it_leads_back_and_fits_a_phone(page: Page, name: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"/api/v1/{name}/")
    expect(page.get_by_text("Hand in a recording").first).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("link", name="sersite").click()
    expect(page).to_have_url(re.compile("^[^/]+//[^/]+/$"))
