"""The history as a person uses it: filter, export, choose many, delete and have back."""

import csv
import re

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, ViewportSize, expect

from recognition.benchmark import session_of
from recognition.models import Clip, User
from recognition.services.describe import add_tags
from recognition.tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

PHONE: ViewportSize = {"width": 360, "height": 740}
EMOTIONS = ["happy", "sad", "angry"]


@pytest.fixture
def ada() -> User:
    """With clips as workers would have left them."""
    user = factories.user("ada")
    for number in range(30):
        emotion = EMOTIONS[number % 3]
        name = f"take-{number:02d}_{emotion}.wav"
        clip = factories.done_clip(user, name=name, emotion=emotion, confidence=0.3 + number / 50)
        if number % 10 == 1:
            add_tags(clip, "interview, kitchen")
        if number == 28:
            Clip.objects.filter(pk=clip.pk).update(corrected_emotion="calm")
    factories.failed_clip(user, name="silence.wav")
    return user


def sign_in(page: Page, user: User, site: str) -> None:
    """By a session: typing a password is tested elsewhere."""
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": session_of(user), "url": site}])
    page.goto("/clips/")
    expect(page.get_by_role("heading", name="History")).to_be_visible()


def test_a_person_filters_bookmarks_and_exports(page: Page, site: str, ada: User) -> None:
    sign_in(page, ada, site)
    page.locator('#filter input[value="sad"]').check()
    expect(page.locator("#clips > li")).to_have_count(9)
    page.get_by_role("searchbox").press_sequentially("take-1")
    expect(page.locator("#clips > li")).to_have_count(4)
    assert re.search(r"/clips/\?(?=.*q=take-1)(?=.*emotion=sad)", page.url)
    assert "sort=" not in page.url
    bookmarked = page.url
    page.get_by_role("link", name="“take-1” remove this filter").click()
    expect(page.locator("#clips > li")).to_have_count(9)
    page.goto(bookmarked)
    expect(page.locator("#clips > li")).to_have_count(4)
    expect(page.get_by_role("searchbox")).to_have_value("take-1")
    page.locator("summary", has_text="Export").click()
    with page.expect_download() as download:
        page.locator('a[href*="export.csv"]').click()
    with download.value.path().open(newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    assert names == ["take-19_sad.wav", "take-16_sad.wav", "take-13_sad.wav", "take-10_sad.wav"]
    page.go_back()
    expect(page.locator("#clips > li")).to_have_count(9)


def test_a_person_deletes_many_and_has_them_back(page: Page, site: str, ada: User) -> None:
    sign_in(page, ada, site)
    delete = page.locator('button[value="delete"]')
    expect(delete).to_be_disabled()
    page.get_by_label("All on this page").check()
    expect(page.locator("#selection-count")).to_have_text("25 chosen")
    page.locator('#clips input[name="clip"]').first.uncheck()
    expect(page.locator("#selection-count")).to_have_text("24 chosen")
    expect(page.locator('button[value="compare"]')).to_be_disabled()
    delete.click()
    expect(page.get_by_text("24 clips were deleted.")).to_be_visible()
    assert Clip.objects.count() == 7
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("24 clips are back.")).to_be_visible()
    assert Clip.objects.count() == 31


def test_a_choice_survives_the_polling_of_unfinished_clips(
    page: Page, site: str, ada: User
) -> None:
    waiting = factories.clip(ada, name="waits.wav", state="running")
    sign_in(page, ada, site)
    expect(page.locator("#clips")).to_have_attribute("hx-trigger", "every 3s")
    page.get_by_label("silence.wav").check()
    Clip.objects.filter(pk=waiting.pk).update(
        state="failed", error_code="recognition:app:gave-up", finished_at=waiting.created_at
    )
    expect(page.locator("#clips")).not_to_have_attribute("hx-trigger", "every 3s")
    expect(page.get_by_label("silence.wav")).to_be_checked()
    expect(page.locator("#selection-count")).to_have_text("1 chosen")


def test_a_person_tags_and_compares_by_keyboard(page: Page, site: str, ada: User) -> None:
    sign_in(page, ada, site)
    for name in ("take-29_angry.wav", "take-28_sad.wav"):
        page.get_by_label(name).first.focus()
        page.keyboard.press("Space")
    page.locator("summary", has_text="Tag").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("meeting")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 clips have “meeting” now.")).to_be_visible()
    assert Clip.objects.filter(tags__name="meeting").count() == 2
    for name in ("take-29_angry.wav", "take-28_sad.wav"):
        page.get_by_label(name).first.check()
    page.locator('button[value="compare"]').focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/compare/\?clip=.+&clip="))


def test_a_wrong_filter_is_explained_at_its_field(page: Page, site: str, ada: User) -> None:
    sign_in(page, ada, site)
    page.get_by_text("More filters").click()
    page.get_by_label("Confidence from %").fill("80")
    page.get_by_label("Confidence to %").fill("20")
    page.get_by_label("Confidence to %").press("Tab")
    expect(page.get_by_text("This is less than “from”.")).to_be_visible()
    expect(page.get_by_text("This filter can’t be used")).to_be_visible()
    page.get_by_label("Confidence to %").fill("90")
    page.get_by_label("Confidence to %").press("Enter")
    expect(page.locator("#clips > li").first).to_be_visible()


def test_it_fits_a_phone(browser: Browser, site: str, ada: User) -> None:
    context = browser.new_context(base_url=site, viewport=PHONE, has_touch=True)
    page = context.new_page()
    sign_in(page, ada, site)
    page.get_by_text("More filters").click()
    page.get_by_label("Tag", exact=True).select_option("interview")
    expect(page.locator("#clips > li")).to_have_count(3)
    page.get_by_label("take-21_happy.wav").first.tap()
    expect(page.locator("#selection-count")).to_have_text("1 chosen")
    page.locator("summary", has_text="Export").click()
    expect(page.locator('button[value="xlsx"]')).to_be_enabled()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    context.close()


def test_it_works_without_javascript(browser: Browser, site: str, ada: User) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    sign_in(page, ada, site)
    page.get_by_role("searchbox").fill("silence")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#clips > li")).to_have_count(1)
    page.get_by_label("silence.wav").check()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("1 clip was deleted.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("1 clip is back.")).to_be_visible()
    page.goto("/clips/")
    page.get_by_role("link", name="Next page").click()
    expect(page.locator("#clips > li")).to_have_count(6)
    page.get_by_role("link", name="First page").click()
    expect(page.locator("#clips > li")).to_have_count(25)
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No clip was chosen.")).to_be_visible()
    context.close()
