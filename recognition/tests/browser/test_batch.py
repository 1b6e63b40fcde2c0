"""Many files and ZIPs in a real browser: progress, results, cancel, retry, copies, no script."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from recognition.models import Batch, Clip
from recognition.tests import recordings
from recognition.tests.browser.test_whole_way import PHONE, sign_up
from recognition.tests.integration.test_archives import zipped

pytestmark = pytest.mark.django_db(transaction=True)

BATCH = re.compile(r"/batches/[0-9a-f-]{36}/$")


def choose(page: Page, *files: tuple[str, bytes]) -> None:
    page.goto("/clips/new/")
    kinds: Any = [
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
        for name, content in files
    ]
    page.locator('input[type="file"]').set_input_files(kinds)
    page.get_by_label("My own voice").check()


def send(page: Page, *files: tuple[str, bytes]) -> None:
    choose(page, *files)
    page.locator("#upload-form button[type=submit]").click()


def row(page: Page, name: str) -> Any:
    return page.locator(".queue-row").filter(has_text=name)


def test_several_files_and_a_zip_are_judged_while_one_looks_on(page: Page) -> None:
    sign_up(page)
    content = zipped(("a/three.wav", recordings.wav(2.5)), ("four.wav", recordings.wav(3)))
    files = ("one.wav", recordings.wav(1.5)), ("two.wav", recordings.wav(2)), ("more.zip", content)
    choose(page, *files)
    expect(page.get_by_role("button", name="Upload 3 files")).to_be_visible()
    page.get_by_role("button", name="Upload 3 files").click()
    expect(page).to_have_url(BATCH)
    # without a reload: the page polls itself until all are judged
    expect(page.get_by_role("heading", name="All 4 clips are judged")).to_be_visible()
    for name in ("one.wav", "two.wav", "three.wav", "four.wav"):
        clip = Clip.objects.get(name=name)
        assert clip.speaker_consent == "own-voice"
        expect(page.locator(".clip-row").filter(has_text=name)).to_contain_text(clip.emotion)
    assert page.locator("#batch").get_attribute("hx-get") is None
    with page.expect_download() as download:
        page.get_by_role("link", name="Table (CSV)").click()
    assert download.value.path().read_text("utf-8-sig").count("\n") == 5


def test_it_says_what_was_refused_and_leads_to_the_rest(page: Page) -> None:
    sign_up(page)
    send(page, ("good.wav", recordings.wav(1)), ("bad.wav", recordings.TEXT))
    expect(row(page, "good.wav")).to_contain_text("accepted")
    expect(row(page, "bad.wav")).to_contain_text("This is not an audio file we know")
    expect(page.locator("#queue-total")).to_have_text("All files are sent: 1 accepted, 1 not.")
    page.get_by_role("link", name="See the results").click()
    expect(page).to_have_url(BATCH)
    expect(page.get_by_role("main")).to_contain_text("bad.wav: This is not an audio file we know")


def test_results_come_while_the_rest_is_sent(page: Page) -> None:
    sign_up(page)
    held: list[Route] = []

    def hold_the_last(route: Route) -> None:
        is_last = b"last.wav" in (route.request.post_data_buffer or b"")
        held.append(route) if is_last else route.continue_()

    page.route("**/clips/new/file/", hold_the_last)
    content = zipped(("three.wav", recordings.wav(2.5)), ("four.wav", recordings.wav(3)))
    files = ("one.wav", recordings.wav(1.5)), ("more.zip", content), ("last.wav", recordings.wav(1))
    send(page, *files)
    expect(row(page, "last.wav")).to_have_attribute("data-status", "sending")
    expect(row(page, "more.zip")).to_contain_text("2 of 2 judged")
    clip = Clip.objects.get(name="one.wav")
    link = row(page, "one.wav").get_by_role("link", name=clip.emotion)
    expect(link).to_contain_text("%")
    assert link.get_attribute("href") == f"/clips/{clip.pk}/"
    held[0].continue_()
    expect(page).to_have_url(BATCH)


def test_a_file_that_is_there_already_can_be_kept_nevertheless(page: Page) -> None:
    sign_up(page)
    send(page, ("first.wav", recordings.wav(1)))
    expect(page).to_have_url(re.compile(r"/clips/[0-9a-f-]{36}/$"))
    address = page.url
    send(page, ("again.wav", recordings.wav(1)))
    expect(row(page, "again.wav")).to_contain_text("You have this recording already")
    link = row(page, "again.wav").get_by_role("link", name="Show the clip")
    assert address.endswith(str(link.get_attribute("href")))
    row(page, "again.wav").get_by_role("button", name="Keep it nevertheless").click()
    expect(page).to_have_url(re.compile(r"/clips/[0-9a-f-]{36}/$"))
    assert page.url != address
    assert Clip.objects.count() == 2


def test_one_file_can_be_canceled_and_sent_again(page: Page) -> None:
    sign_up(page)
    held: list[Route] = []
    page.route("**/clips/new/file/", lambda route: held.append(route))  # the network hangs
    send(page, ("one.wav", recordings.wav(1)), ("two.wav", recordings.wav(2)))
    expect(row(page, "two.wav")).to_contain_text("waiting")
    page.get_by_role("button", name="Cancel two.wav").click()
    expect(row(page, "two.wav")).to_contain_text("canceled")
    page.get_by_role("button", name="Cancel one.wav").click()
    expect(row(page, "one.wav")).to_contain_text("canceled")
    assert not Clip.objects.exists()
    page.unroute("**/clips/new/file/")
    page.get_by_role("button", name="Try one.wav again").click()
    expect(row(page, "one.wav")).to_contain_text("accepted")
    page.get_by_role("button", name="Try two.wav again").click()
    expect(page).to_have_url(BATCH)
    assert Batch.objects.get().clips.count() == 2


def test_a_broken_connection_is_said_and_can_be_retried(page: Page) -> None:
    sign_up(page)
    page.route("**/clips/new/file/", lambda route: route.fulfill(status=502, body="bad gateway"))
    send(page, ("one.wav", recordings.wav(1)))
    expect(row(page, "one.wav")).to_contain_text("The server could not take it (502)")
    page.unroute("**/clips/new/file/")
    page.get_by_role("button", name="Try one.wav again").click()
    expect(page).to_have_url(re.compile(r"/clips/[0-9a-f-]{36}/$"))


def test_it_says_when_one_is_signed_out_meanwhile(page: Page, context: BrowserContext) -> None:
    sign_up(page)
    choose(page, ("one.wav", recordings.wav(1)))
    token = [cookie for cookie in context.cookies() if cookie["name"] == "csrftoken"]
    context.clear_cookies(name="sessionid")
    assert token
    page.locator("#upload-form button[type=submit]").click()
    expect(row(page, "one.wav")).to_contain_text("You are signed out")


def test_it_asks_whose_voice_it_is_before_anything_is_sent(page: Page) -> None:
    sign_up(page)
    choose(page, ("one.wav", recordings.wav(1)))
    page.goto("/clips/new/")
    page.locator('input[type="file"]').set_input_files(recordings.SAMPLE)
    page.get_by_role("button", name="Upload").click()
    assert page.locator('[name="speaker_consent"]:invalid').count() == 2
    expect(page.locator("#queue")).to_be_hidden()


@pytest.fixture
def scriptless(browser: Browser, site: str) -> Iterator[Page]:
    context = browser.new_context(base_url=site, java_script_enabled=False, viewport=PHONE)
    yield context.new_page()
    context.close()


def test_a_zip_and_files_can_be_sent_without_javascript(scriptless: Page) -> None:
    page = scriptless
    sign_up(page)
    send(page, ("one.wav", recordings.wav(1)), ("a.zip", zipped(("two.wav", recordings.wav(2)))))
    expect(page).to_have_url(BATCH)
    for _ in range(100):
        if page.get_by_text("All 2 clips are judged").count():
            break
        page.wait_for_timeout(200)
        page.reload()
    expect(page.get_by_text("All 2 clips are judged")).to_be_visible()
    send(page, ("again.wav", recordings.wav(1)))
    page.get_by_role("button", name="Keep it nevertheless").click()
    expect(page).to_have_url(re.compile(r"/clips/[0-9a-f-]{36}/$"))
    assert Clip.objects.filter(name="again.wav").exists()
    page.goto("/clips/new/")
    expect(page.get_by_role("button", name="Start recording")).to_be_hidden()


def test_no_page_of_a_batch_is_wider_than_a_phone(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, viewport=PHONE)
    page = context.new_page()
    sign_up(page)
    long_name = "a_very_long_name_without_a_place_to_break_it_" * 3
    send(page, (f"{long_name}.wav", recordings.wav(1)), (f"{long_name}.txt", b"x"))
    expect(page.locator("#queue-results")).to_be_visible()
    widths = [page.evaluate("document.documentElement.scrollWidth")]
    page.locator("#queue-results").click()
    expect(page).to_have_url(BATCH)
    widths.append(page.evaluate("document.documentElement.scrollWidth"))
    page.goto("/clips/new/#record")
    widths.append(page.evaluate("document.documentElement.scrollWidth"))
    assert max(widths) <= PHONE["width"]
    context.close()


def test_a_visitor_tries_an_example(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="What does the model hear? (Lively)").click()
    expect(page.locator("#example-result")).to_contain_text("Lively")
    expect(page.locator("#example-result")).to_contain_text("%")
    prediction = Clip.objects.get().predictions.get()
    expect(page.locator("#example-result")).to_contain_text(prediction.emotion)
    expect(page.locator("#example-announcement")).to_contain_text(prediction.emotion)
    assert page.url.endswith("/")


def test_a_visitor_tries_an_example_without_javascript(scriptless: Page) -> None:
    page = scriptless
    page.goto("/")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="What does the model hear? (Lively)").click()
    for _ in range(100):
        if page.get_by_text("All eight emotions").count():
            break
        page.wait_for_timeout(200)
        page.reload()
    expect(page.locator("#example-result")).to_contain_text("%")
