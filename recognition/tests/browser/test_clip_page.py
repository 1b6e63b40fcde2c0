"""The clip's page in a real browser: what is drawn is there, aligned, and can be heard."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from recognition.models import Clip, User
from recognition.services.erase import trash_clips
from recognition.tests import recordings
from recognition.tests.browser.test_accessibility import AXE, CHECK, EVERYTHING
from recognition.tests.processes import submit, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shared_media")]

PHONE: ViewportSize = {"width": 360, "height": 740}
PLAYS_FROM = """start => {
    const player = document.getElementById("player");
    return !player.paused && player.currentTime >= start && player.currentTime < start + 3;
}"""
PAUSED_AT = """([start, end]) => {
    const player = document.getElementById("player");
    return player.paused && player.currentTime >= end - 0.01 && player.currentTime < end + 0.5;
}"""
SHIFT = """() => new Promise(resolve => new PerformanceObserver(list => resolve(
    list.getEntries().filter(it => !it.hadRecentInput).reduce((sum, it) => sum + it.value, 0)
)).observe({type: "layout-shift", buffered: true}) || setTimeout(() => resolve(0), 300))"""


@pytest.fixture
def clip(site: str, owner: User) -> Clip:
    """9 s, recognized by the site's worker: two parts."""
    clip = wait_for(submit(owner, recordings.encode(recordings.long_speech(0.15)), "long.wav"))
    assert clip.state == "done"
    return clip


@pytest.fixture
def long_clip(site: str, owner: User) -> Clip:
    """A minute and a half: parts of 5 px on a phone."""
    clip = wait_for(submit(owner, recordings.encode(recordings.long_speech(1.5)), "longer.wav"))
    assert clip.state == "done"
    return clip


@pytest.fixture
def enter(site: str, owner: User, signed_in: Callable[[User], Client]) -> Callable[..., None]:
    def sign_in(context: BrowserContext) -> None:
        session = signed_in(owner).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": site}])

    return sign_in


@pytest.fixture
def clip_page(page: Page, clip: Clip, enter: Callable[..., None]) -> Page:
    enter(page.context)
    return opened(page, clip)


def opened(page: Page, clip: Clip) -> Page:
    page.goto(f"/clips/{clip.pk}/")
    expect(page.locator("#tracks.is-drawn #wave canvas").first).to_be_attached()
    return page


def parts(page: Page) -> Locator:
    return page.get_by_role("group", name="What the model hears").get_by_role("button")


def box_of(locator: Locator) -> Any:
    box = locator.bounding_box()
    assert box
    return box


def test_a_part_of_the_timeline_plays_that_part_and_ends_there(clip_page: Page, clip: Clip) -> None:
    segment = list(clip.predictions.get().segments.all())[1]
    part = parts(clip_page).nth(1)
    assert part.evaluate("it => it.dataset.start") == str(segment.start_s)
    part.locator(".slot").click()
    clip_page.wait_for_function(PLAYS_FROM, arg=segment.start_s)
    words = f"Playing {segment.start_s:.1f} to {segment.end_s:.1f} s: {segment.emotion}, "
    expect(clip_page.locator("#along-status")).to_contain_text(words)
    player = clip_page.locator("#player")
    player.evaluate("(it, end) => { it.currentTime = end - 0.3; }", segment.end_s)
    clip_page.wait_for_function(PAUSED_AT, arg=[segment.start_s, segment.end_s])


def test_everything_stands_on_one_time_axis(clip_page: Page) -> None:
    player, head = clip_page.locator("#player"), clip_page.locator("#playhead")
    names = ("wave", "spectrogram", "pitch", "timeline")
    boxes = [box_of(clip_page.locator(f"#{name}")) for name in names]
    assert len({(round(box["x"]), round(box["width"])) for box in boxes}) == 1
    x, width = boxes[0]["x"], boxes[0]["width"]
    clip_page.locator("#spectrogram").click(position={"x": width / 2, "y": 20})
    expect(head).to_be_visible()
    assert player.evaluate("it => it.currentTime") == pytest.approx(4.5, abs=0.1)
    middle = box_of(head)["x"] + box_of(head)["width"] / 2
    assert middle == pytest.approx(x + width / 2, abs=8)


def test_the_waveform_seeks(clip_page: Page) -> None:
    wave = clip_page.locator("#wave")
    wave.click(position={"x": box_of(wave)["width"] * 0.75, "y": 40})
    clip_page.wait_for_function(
        "Math.abs(document.getElementById('player').currentTime - 6.75) < .2"
    )


def test_pitch_energy_and_speech_are_told_in_words_and_tables(clip_page: Page) -> None:
    expect(clip_page.locator("#pitch-words")).to_contain_text("Hz")
    expect(clip_page.locator("#energy-words")).to_contain_text("dB")
    expect(clip_page.locator("#speech-fact")).to_contain_text("found,")
    clip_page.get_by_text("Pitch and energy as a table").click()
    assert clip_page.locator("#moments tbody tr").count() == 24


def test_the_explanation_is_laid_over_the_spectrogram_and_taken_off(clip_page: Page) -> None:
    button = clip_page.locator("#explain")
    expect(button).to_have_text("Show what carried the result")
    explain(clip_page)
    expect(button).to_have_text("Hide what carried the result")
    expect(clip_page.locator("#along-status")).to_contain_text("most lies at")
    assert clip_page.locator("#carried tbody tr").count() == 10
    button.click()
    expect(clip_page.locator("#marks")).to_be_hidden()
    expect(button).to_have_text("Show what carried the result")


def explain(page: Page) -> None:
    page.locator("#explain").click()
    # hundreds of passes through the network
    expect(page.locator("#marks rect.mark").first).to_be_visible(timeout=90_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_drawn_page(
    browser: Browser, site: str, clip: Clip, enter: Callable[..., None], scheme: Any
) -> None:
    context = browser.new_context(base_url=site, viewport=PHONE, color_scheme=scheme)
    context.add_init_script(path=AXE)
    enter(context)
    page = opened(context.new_page(), clip)
    explain(page)
    parts(page).first.locator(".slot").click()
    page.locator("#player").evaluate("it => it.pause()")
    for summary in page.locator(".along summary").all():
        summary.click()
    assert page.evaluate(CHECK, EVERYTHING) == []
    context.close()


def test_no_mark_is_thinner_than_an_eye_can_see(
    page: Page, long_clip: Clip, enter: Callable[..., None]
) -> None:
    page.set_viewport_size(PHONE)
    enter(page.context)
    explain(opened(page, long_clip))
    widths = "its => Math.min(...its.map(it => it.getBoundingClientRect().width))"
    assert page.locator("#marks rect.mark").evaluate_all(widths) >= 6


def test_a_tap_means_the_part_that_is_nearest(
    page: Page, long_clip: Clip, enter: Callable[..., None]
) -> None:
    page.set_viewport_size(PHONE)
    enter(page.context)
    timeline = opened(page, long_clip).locator("#timeline")
    segments = list(long_clip.predictions.get().segments.all())
    wanted = segments[len(segments) // 2]
    width, n_pixels = box_of(timeline)["width"], 2
    x = width * wanted.start_s / (long_clip.duration_s or 1) + n_pixels
    timeline.click(position={"x": x, "y": 5}, force=True)
    words = f"{wanted.start_s:.1f} to {wanted.end_s:.1f} s: {wanted.emotion}, "
    expect(page.locator("#along-status")).to_contain_text(words)
    chosen = page.locator("#timeline .part.is-chosen .slot")
    mark = box_of(page.locator("#timeline .chosen-mark rect").first)
    assert mark["x"] == pytest.approx(box_of(chosen)["x"], abs=4)


def test_numbers_are_written_as_the_language_of_the_page_writes_them(
    page: Page, clip: Clip, site: str, enter: Callable[..., None]
) -> None:
    enter(page.context)
    page.context.add_cookies([{"name": "django_language", "value": "de", "url": site}])
    opened(page, clip)
    expect(page.locator("#speech-fact")).to_contain_text(re.compile(r"\d,\d s davon: \d,\d"))
    expect(page.locator("#energy-words")).to_contain_text(re.compile(r"−\d+ bis −\d+ dB"))
    assert not re.search(r"\d\.\d", page.locator("main").inner_text())


def test_what_was_typed_stays_when_one_is_signed_out_meanwhile(
    clip_page: Page, site: str, enter: Callable[..., None]
) -> None:
    note = clip_page.get_by_role("textbox", name="Note")
    note.fill("thoughts of half an hour")
    Session.objects.all().delete()
    clip_page.locator("#describe-save").click()
    part = clip_page.locator("#describe")
    expect(part.get_by_role("alert")).to_contain_text("You are signed out.")
    expect(part.get_by_role("link", name="Sign in")).to_have_attribute("target", "_blank")
    expect(note).to_have_value("thoughts of half an hour")
    enter(clip_page.context)  # as in another tab, and with a new token against forgery, too
    clip_page.context.add_cookies([{"name": "csrftoken", "value": "n" * 32, "url": site}])
    clip_page.locator("#describe-save").click()
    expect(part).to_contain_text("Name and note are saved.")
    expect(part.get_by_role("alert")).to_have_count(0)
    assert Clip.objects.get().note == "thoughts of half an hour"


def test_a_click_on_a_clip_that_was_deleted_in_another_tab_keeps_the_page(
    clip_page: Page, clip: Clip
) -> None:
    clip_page.get_by_role("textbox", name="Note").fill("not lost")
    trash_clips(Clip.objects.filter(pk=clip.pk))
    clip_page.locator("#choose-sad").click()
    part = clip_page.locator("#correct")
    expect(part.get_by_role("alert")).to_contain_text("This is gone: it was deleted meanwhile")
    expect(clip_page.locator("#choose-sad")).to_have_attribute("aria-pressed", "false")
    expect(clip_page.get_by_role("textbox", name="Note")).to_have_value("not lost")


def test_it_is_all_reached_by_keyboard(clip_page: Page, clip: Clip) -> None:
    def press_until(wanted: Locator) -> None:
        for _ in range(60):
            clip_page.keyboard.press("Tab")
            if wanted.evaluate("it => it === document.activeElement"):
                return
        raise AssertionError("the tab key never got there")

    press_until(clip_page.locator("#explain"))
    clip_page.keyboard.press("Enter")
    expect(clip_page.locator("#along-status")).to_contain_text("Finding out")
    press_until(parts(clip_page).first)
    clip_page.keyboard.press("ArrowRight")
    expect(parts(clip_page).nth(1)).to_be_focused()
    clip_page.keyboard.press("Enter")
    start_s = list(clip.predictions.get().segments.all())[1].start_s
    clip_page.wait_for_function(PLAYS_FROM, arg=start_s)
    clip_page.keyboard.press("Tab")  # one stop for all parts
    assert clip_page.evaluate("document.activeElement.closest('#timeline')") is None


def test_it_tells_all_without_javascript(
    browser: Browser, site: str, clip: Clip, enter: Callable[..., None]
) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    enter(context)
    page = context.new_page()
    page.goto(f"/clips/{clip.pk}/")
    expect(page.locator("#player")).to_be_visible()
    expect(page.locator("#timeline")).to_be_visible()
    expect(page.locator("#wave")).to_be_hidden()
    expect(page.locator("#explain")).to_be_hidden()
    expect(page.get_by_text("In 100 clips like this one it is right about")).to_be_visible()
    expect(page.get_by_text("Second guess:")).to_be_visible()
    page.get_by_text("As a table (").click()
    expect(page.get_by_role("region", name="Parts of the clip")).to_contain_text("3.0")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_follows_the_color_scheme(
    browser: Browser, site: str, clip: Clip, enter: Callable[..., None], scheme: Any
) -> None:
    context = browser.new_context(base_url=site, viewport=PHONE, color_scheme=scheme)
    enter(context)
    page = opened(context.new_page(), clip)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    corner = """() => { const canvas = document.getElementById("spectrogram");
        return canvas.getContext("2d").getImageData(canvas.width * 3.2 / 9, 0, 1, 1).data[0]; }"""
    assert (page.evaluate(corner) > 128) == (scheme == "light")  # a pause has the ground's color
    context.close()


def test_nothing_jumps_when_it_is_drawn(clip_page: Page) -> None:
    assert clip_page.evaluate(SHIFT) < 0.1


def test_a_recording_that_is_gone_leaves_the_result_and_says_why(
    page: Page, clip: Clip, enter: Callable[..., None]
) -> None:
    clip.file.storage.delete(str(clip.file.name))
    enter(page.context)
    page.goto(f"/clips/{clip.pk}/")
    expect(page.locator("#along-status")).to_contain_text("The drawing could not be made.")
    expect(page.locator("#timeline")).to_be_visible()
    expect(page.locator("#wave")).to_be_hidden()
