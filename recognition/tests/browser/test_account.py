"""The account in a real browser: sign up, colors, language, keyboard, take the data and leave."""

import json
import re
from collections.abc import Iterator
from zipfile import ZipFile

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect

from recognition.models import User
from recognition.tests import factories
from recognition.tests.processes import Surroundings

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def site(surroundings: Surroundings) -> Iterator[str]:
    """Pages only: nothing here needs a worker."""
    with surroundings.web() as (address, _):
        yield address


def sign_up(page: Page) -> None:
    page.goto("/accounts/signup/")
    expect(page.get_by_role("main")).to_contain_text("Ruled out:")
    page.get_by_label("Email").fill("ada@example.org")
    page.get_by_label("Password", exact=True).fill(factories.PASSWORD)
    page.get_by_label("Password (again)").fill(factories.PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page).to_have_url(re.compile(r"/clips/$"))


def background(page: Page) -> str:
    color: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return color


def test_the_time_zone_of_the_device_is_offered_once(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, timezone_id="America/New_York")
    page = context.new_page()
    sign_up(page)
    expect(page.locator("#zone-offer")).to_contain_text("Your device says: America/New York")
    page.goto("/settings/")
    expect(page.locator("#zone-offer")).to_have_count(0)  # there it can be chosen anyway
    page.goto("/dashboard/")
    page.get_by_role("button", name="Use this time zone").click()
    expect(page).to_have_url(re.compile("/dashboard/$"))
    expect(page.get_by_role("main")).to_contain_text("Times are shown in America/New York now")
    assert User.objects.get().time_zone == "America/New_York"
    page.goto("/clips/")
    expect(page.locator("#zone-offer")).to_have_count(0)
    context.close()


def test_a_device_in_utc_is_offered_nothing(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, timezone_id="UTC")
    page = context.new_page()
    sign_up(page)
    expect(page.locator("#zone-offer")).to_be_hidden()
    context.close()


DARK, LIGHT = "rgb(19, 21, 27)", "rgb(246, 245, 241)"


def test_a_person_takes_all_data_along_and_leaves(page: Page) -> None:
    sign_up(page)
    factories.clip(User.objects.get(), name="mine.wav")
    page.get_by_role("link", name="Account").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all my data").click()
    with ZipFile(download.value.path()) as archive:
        clips = json.loads(archive.read("clips.json"))
    assert [clip["name"] for clip in clips] == ["mine.wav"]

    page.get_by_role("link", name="Delete account").click()
    page.get_by_label("Your password").fill("not this one")
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_role("main")).to_contain_text("This is not your password.")
    page.get_by_label("Your password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Delete my account").click()
    expect(page.get_by_role("main")).to_contain_text("were deleted")
    assert not User.objects.filter(email="ada@example.org").exists()
    page.goto("/clips/")
    expect(page).to_have_url(re.compile(r"/accounts/login/"))


def test_its_colors_follow_the_system_until_a_person_chooses(page: Page) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto("/")
    assert background(page) == DARK
    page.get_by_role("button", name="Light").click()
    expect(page.get_by_role("button", name="Light")).to_have_attribute("aria-pressed", "true")
    assert background(page) == LIGHT
    page.get_by_role("button", name="Dark").click()
    page.emulate_media(color_scheme="light")
    page.reload()
    assert background(page) == DARK
    page.get_by_role("button", name="Automatic").click()
    expect(page.get_by_role("button", name="Automatic")).to_have_attribute("aria-pressed", "true")
    assert background(page) == LIGHT


def test_its_choices_work_by_keyboard_alone(page: Page) -> None:
    sign_up(page)
    page.goto("/settings/")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    press_until(page, "Name")
    page.keyboard.type("Ada")
    press_until(page, "Time zone")
    page.keyboard.type("Europe/Vienna")
    press_until(page, "My clips and what I corrected may teach new models")
    page.keyboard.press("Space")
    press_until(page, "Keep my clips")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Your choices were saved.")
    user = User.objects.get()
    assert (user.name, user.time_zone, user.retention_days) == ("Ada", "Europe/Vienna", 7)
    assert user.training_consent_at
    assert user.review_consent_at is None


def press_until(page: Page, label: str) -> None:
    for _ in range(15):
        page.keyboard.press("Tab")
        if page.get_by_label(label, exact=True).evaluate("it => it === document.activeElement"):
            return
    raise AssertionError(f"{label} can’t be reached with the Tab key")


def test_it_switches_the_language_without_javascript(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False, locale="en-US")
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Deutsch").click()
    expect(page).to_have_url(re.compile(r"/accounts/login/$"))
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    context.close()


def test_a_token_is_made_copied_and_revoked(context: BrowserContext, page: Page) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_up(page)
    page.goto("/settings/")
    expect(page.locator("#api-tokens")).to_contain_text("You have no tokens yet.")
    page.get_by_label("What it is for").fill("notebook")
    page.get_by_role("button", name="Make the token").click()
    field = page.get_by_role("textbox", name="The token")
    expect(field).to_be_focused()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status").filter(has_text="The token is copied.")).to_have_count(1)
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == field.input_value()
    expect(page.locator(".token-example")).to_contain_text(f"Bearer {copied}")

    header = {"Authorization": f"Bearer {copied}"}
    address = f"{page.url.split('/settings')[0]}/api/v1/account/"
    assert requests.get(address, headers=header, timeout=10).json()["email"] == "ada@example.org"
    page.goto("/settings/")
    expect(page.locator(".token-row")).to_contain_text("last used now")
    assert copied not in page.content()
    page.get_by_role("button", name="Revoke the token “notebook”").click()
    expect(page.get_by_role("main")).to_contain_text("was revoked")
    assert requests.get(address, headers=header, timeout=10).status_code == 401
