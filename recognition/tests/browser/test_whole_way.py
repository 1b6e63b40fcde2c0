"""The true whole way: browser, gunicorn, Redis, a worker process, the trained model, PostgreSQL."""

import re

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from recognition.models import Clip
from recognition.tests import recordings
from recognition.tests.recordings import SAMPLE

pytestmark = pytest.mark.django_db(transaction=True)

PHONE: ViewportSize = {"width": 360, "height": 740}


def sign_up(page: Page, email: str = "ada@example.org") -> None:
    page.goto("/")
    page.get_by_role("link", name="Sign up").first.click()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    page.get_by_label("Password (again)").fill("correct horse battery")
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page).to_have_url(re.compile(r"/clips/$"))


def test_a_person_signs_up_uploads_a_clip_and_sees_its_emotion(page: Page) -> None:
    sign_up(page)
    page.get_by_role("link", name="Upload").first.click()
    page.locator('input[type="file"]').set_input_files(SAMPLE)
    page.get_by_label("My own voice").check()
    page.get_by_role("button", name="Upload").click()
    expect(page).to_have_url(re.compile(r"/clips/[0-9a-f-]{36}/$"))
    # without a reload: the fragment polls itself until the result is there
    expect(page.locator("#result")).to_contain_text("The model hears")
    expect(page.locator("#result")).to_contain_text("%")
    assert page.locator("#result").get_attribute("hx-get") is None
    assert page.locator("#result [class*='emotion-']").count() >= 8
    prediction = Clip.objects.get().predictions.get()
    expect(page.locator("#result")).to_contain_text(prediction.emotion)
    page.get_by_role("link", name="History").first.click()
    expect(page.get_by_role("main")).to_contain_text("train.flac")
    expect(page.get_by_role("main")).to_contain_text(prediction.emotion)
    page.get_by_role("button", name="Sign out").click()
    page.goto("/clips/")
    expect(page).to_have_url(re.compile(r"/accounts/login/"))


def test_the_player_plays_the_clip(page: Page) -> None:
    sign_up(page)
    upload(page)
    duration = page.locator("audio").evaluate(
        """async audio => {
            if (!audio.duration) await new Promise(resolve => audio.onloadedmetadata = resolve);
            audio.currentTime = 2;  // asks for a range
            await new Promise(resolve => audio.onseeked = resolve);
            return audio.duration;
        }"""
    )
    assert duration == pytest.approx(3.35, abs=0.1)


def upload(page: Page) -> None:
    page.goto("/clips/new/")
    page.locator('input[type="file"]').set_input_files(SAMPLE)
    page.get_by_label("My own voice").check()
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("#result")).to_contain_text("The model hears")


def test_silence_ends_with_its_reason_and_a_retry_button(page: Page) -> None:
    sign_up(page)
    page.goto("/clips/new/")
    silence = {"name": "silence.wav", "mimeType": "audio/wav", "buffer": recordings.silence()}
    page.locator('input[type="file"]').set_input_files(silence)  # type: ignore[arg-type]
    page.get_by_label("My own voice").check()
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("#result")).to_contain_text("No speech was found")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#result")).to_contain_text("No speech was found")
    assert Clip.objects.get().state == "failed"


def test_files_can_be_dropped(page: Page) -> None:
    sign_up(page)
    page.goto("/clips/new/")
    transfer = page.evaluate_handle(
        """files => {
            const transfer = new DataTransfer();
            for (const [name, content] of Object.entries(files))
                transfer.items.add(new File([new Uint8Array(content)], name));
            return transfer;
        }""",
        {"one.wav": list(recordings.wav(1)), "two.wav": list(recordings.wav(2))},
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": transfer})
    expect(page.locator("#chosen")).to_contain_text("one.wav")
    page.get_by_label("My own voice").check()
    page.get_by_role("button", name="Upload").click()
    expect(page).to_have_url(re.compile(r"/batches/[0-9a-f-]{36}/$"))
    assert sorted(Clip.objects.values_list("name", flat=True)) == ["one.wav", "two.wav"]


def test_a_click_anywhere_in_the_area_opens_the_chooser(page: Page) -> None:
    sign_up(page)
    page.goto("/clips/new/")
    area = page.locator("#drop").bounding_box()
    assert area
    for x, y in ((10, 10), (area["width"] - 10, area["height"] - 10)):
        with page.expect_file_chooser() as chooser:
            page.mouse.click(area["x"] + x, area["y"] + y)
        assert chooser.value.is_multiple()


def test_a_refused_file_is_explained_beside_the_form(page: Page) -> None:
    sign_up(page)
    page.goto("/clips/new/")
    text = {"name": "text.wav", "mimeType": "audio/wav", "buffer": recordings.TEXT}
    page.locator('input[type="file"]').set_input_files(text)  # type: ignore[arg-type]
    page.get_by_label("My own voice").check()
    page.get_by_role("button", name="Upload").click()
    row = page.locator(".queue-row")
    expect(row).to_contain_text("text.wav")
    expect(row).to_contain_text("This is not an audio file we know")


def test_it_works_without_javascript(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    sign_up(page)
    page.goto("/clips/new/")
    page.locator('input[type="file"]').set_input_files(SAMPLE)
    page.get_by_label("My own voice").check()
    page.get_by_role("button", name="Upload").click()
    for _ in range(100):
        if page.get_by_text("The model hears").count():
            break
        page.wait_for_timeout(200)
        page.reload()
    expect(page.locator("#result")).to_contain_text("The model hears")
    page.goto("/clips/")
    expect(page.get_by_role("main")).to_contain_text("train.flac")
    context.close()


def test_no_page_is_wider_than_a_phone(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, viewport=PHONE)
    page = context.new_page()
    sign_up(page)
    upload(page)
    for address in (page.url, "/clips/", "/clips/new/", "/settings/", "/accounts/password/change/"):
        page.goto(address)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], address
    context.close()


def test_the_upload_works_by_keyboard(page: Page) -> None:
    sign_up(page)
    page.goto("/clips/new/")
    with page.expect_file_chooser() as chooser:
        page.locator('input[type="file"]').focus()
        page.keyboard.press("Enter")
    chooser.value.set_files(SAMPLE)
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "radio":
            page.keyboard.press("Space")
        if page.evaluate("document.activeElement.textContent.trim()") == "Upload":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#result")).to_contain_text("The model hears")


def test_a_user_never_reaches_the_clip_of_another(page: Page, browser: Browser, site: str) -> None:
    sign_up(page)
    upload(page)
    other = browser.new_context(base_url=site).new_page()
    sign_up(other, "grace@example.org")
    for address in (page.url, f"{page.url}status/", f"{page.url}audio/"):
        response = other.request.get(address)
        assert response.status == 404
    other.context.close()
