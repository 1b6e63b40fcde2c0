"""What an owner does with a clip, in a real browser: by mouse, by keyboard, without scripts."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from recognition.models import Clip, User
from recognition.services.share import share_clip
from recognition.tests import factories, recordings

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shared_media")]


@pytest.fixture
def clip(owner: User) -> Clip:
    return factories.done_clip(owner, emotion="fearful", content=recordings.wav())


@pytest.fixture
def enter(site: str, owner: User, signed_in: Callable[[User], Client]) -> Callable[..., None]:
    def sign_in(context: BrowserContext) -> None:
        session = signed_in(owner).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": site}])

    return sign_in


@pytest.fixture
def clip_page(page: Page, clip: Clip, enter: Callable[..., None]) -> Page:
    enter(page.context)
    page.goto(f"/clips/{clip.pk}/")
    return page


def test_one_click_corrects_and_another_says_the_model_was_right(
    clip_page: Page, clip: Clip
) -> None:
    part = clip_page.locator("#correct")
    sad = part.get_by_role("button", name="sad")
    sad.click()
    expect(part).to_contain_text("You hear: sad. The model heard: fearful.")
    expect(sad).to_have_attribute("aria-pressed", "true")
    expect(sad).to_be_focused()
    expect(clip_page.get_by_role("status").filter(has_text="You hear: sad")).to_have_count(1)
    part.get_by_role("button", name="fearful").click()
    expect(part).to_contain_text("You say that the model was right")
    clip.refresh_from_db()
    assert (clip.corrected_emotion, clip.corrections.count()) == ("fearful", 2)


def test_the_click_shows_at_once_and_a_failure_takes_it_back(
    context: BrowserContext, clip: Clip, enter: Callable[..., None]
) -> None:
    enter(context)
    page = context.new_page()
    page.goto(f"/clips/{clip.pk}/")
    held: list[Route] = []
    page.route("**/correct/", lambda route: held.append(route))
    part = page.locator("#correct")
    part.get_by_role("button", name="sad").click()
    expect(part.locator('[aria-pressed="true"]')).to_have_text(re.compile("sad"))
    held[0].abort()
    expect(part.get_by_text("That did not work.")).to_be_visible()
    expect(part.locator('[aria-pressed="true"]')).to_have_count(0)
    assert not clip.corrections.exists()


def test_a_name_note_and_tags_are_saved_on_the_spot(clip_page: Page, clip: Clip) -> None:
    part = clip_page.locator("#describe")
    part.get_by_label("Name").fill("Grandma calls")
    part.get_by_label("Note").fill("at noon")
    part.get_by_role("button", name="Save").click()
    expect(clip_page.get_by_role("heading", level=1)).to_have_text("Grandma calls")
    part.get_by_label("Add tags").fill("family, phone")
    part.get_by_role("button", name="Add").click()
    part.get_by_role("button", name="Remove the tag family").click()
    expect(part.locator(".tag")).to_have_count(1)
    part.get_by_label("Name").fill("\u200b")
    part.get_by_role("button", name="Save").click()
    expect(part.get_by_role("alert")).to_contain_text("A clip needs a name")
    clip.refresh_from_db()
    assert (clip.name, clip.note, clip.tags.get().name) == ("Grandma calls", "at noon", "phone")


def test_a_deleted_clip_comes_back_by_undo(clip_page: Page, clip: Clip) -> None:
    clip_page.get_by_role("button", name="Delete this clip").click()
    expect(clip_page).to_have_url(re.compile(r"/clips/$"))
    expect(clip_page.get_by_role("status").first).to_contain_text("was deleted")
    assert not Clip.objects.exists()
    clip_page.get_by_role("button", name="Undo").click()
    expect(clip_page.get_by_role("status").first).to_contain_text("1 clip is back.")
    expect(clip_page.get_by_role("link", name=clip.name)).to_be_visible()


def test_a_shared_clip_is_heard_without_an_account_until_it_is_withdrawn(
    clip_page: Page, clip: Clip, browser: Browser
) -> None:
    part = clip_page.locator("#share")
    part.get_by_label("It works for").select_option("1")
    part.get_by_role("button", name="Make a link").click()
    address = part.get_by_label("The link").input_value()
    context = browser.new_context()
    visitor = context.new_page()
    visitor.goto(address)
    expect(visitor.get_by_role("main")).to_contain_text("fearful 65 %")
    expect(visitor.get_by_role("main")).not_to_contain_text(clip.name)
    assert seek(visitor) == pytest.approx(3, abs=0.1)
    part.get_by_role("button", name="Withdraw the link").click()
    expect(part.get_by_role("button", name="Make a link")).to_be_visible()
    assert visitor.reload().status == 410  # type: ignore[union-attr]
    expect(visitor.get_by_role("heading", level=1)).to_have_text("This clip is not shared any more")
    context.close()


def seek(page: Page) -> Any:
    """The length of the recording, after asking for a part of it."""
    return page.locator("audio").evaluate(
        """async audio => {
            if (!audio.duration) await new Promise(resolve => audio.onloadedmetadata = resolve);
            audio.currentTime = 2;
            await new Promise(resolve => audio.onseeked = resolve);
            return audio.duration;
        }"""
    )


def test_everything_works_by_keyboard(clip_page: Page, clip: Clip) -> None:
    press_on(clip_page, "#choose-sad")
    expect(clip_page.locator("#correct")).to_contain_text("You hear: sad")
    tab_to(clip_page, "#id_tags")
    clip_page.keyboard.type("family")
    clip_page.keyboard.press("Enter")
    expect(clip_page.locator(".tag")).to_have_count(1)
    press_on(clip_page, ".tag button")
    expect(clip_page.locator(".tag")).to_have_count(0)
    expect(clip_page.locator(":focus")).to_have_count(1)  # the focus is not lost with the tag
    press_on(clip_page, "#share-make")
    expect(clip_page.locator("#share-withdraw")).to_be_visible()
    press_on(clip_page, "#share-withdraw")
    expect(clip_page.locator("#share-make")).to_be_visible()
    press_on(clip_page, "#delete button")
    expect(clip_page).to_have_url(re.compile(r"/clips/$"))
    press_on(clip_page, ".notice-undo button")
    expect(clip_page.get_by_role("status").first).to_contain_text("1 clip is back.")


def tab_to(page: Page, selector: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("it => document.activeElement.matches(it)", selector):
            return
    raise AssertionError(f"{selector} is not reached by Tab")


def press_on(page: Page, selector: str) -> None:
    tab_to(page, selector)
    page.keyboard.press("Enter")


def test_everything_works_without_javascript(
    browser: Browser, site: str, clip: Clip, enter: Callable[..., None]
) -> None:
    context = browser.new_context(base_url=site, java_script_enabled=False)
    enter(context)
    page = context.new_page()
    page.goto(f"/clips/{clip.pk}/")
    page.locator("#choose-sad").click()
    expect(page.locator("#correct")).to_contain_text("You hear: sad. The model heard: fearful.")
    page.locator("#id_name").fill("Grandma calls")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Grandma calls")
    page.get_by_label("Add tags").fill("family")
    page.locator("#tag-add").click()
    expect(page.locator(".tag")).to_have_count(1)
    page.locator("#share-make").click()
    expect(page.locator("#share-address")).to_have_value(re.compile(f"^{site}/s/"))
    page.get_by_role("button", name="Delete this clip").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("main")).to_contain_text("1 clip is back.")
    context.close()


def test_clips_are_compared_side_by_side_and_on_a_phone_one_below_the_other(
    page: Page, clip: Clip, owner: User, enter: Callable[..., None]
) -> None:
    enter(page.context)
    other = factories.done_clip(owner, emotion="calm", content=recordings.wav())
    page.goto(f"/compare/?clip={clip.pk}&clip={other.pk}")
    first, second = (box_of(page, i) for i in (0, 1))
    assert (second["x"] > first["x"] + 100, second["y"]) == (True, first["y"])
    page.set_viewport_size({"width": 360, "height": 740})
    first, second = (box_of(page, i) for i in (0, 1))
    assert (second["y"] > first["y"] + 100, second["x"]) == (True, first["x"])
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("width", [800, 1280, 1600])
def test_a_failed_clip_makes_no_hole_beside_it_and_nothing_leaves_its_column(
    page: Page, clip: Clip, owner: User, enter: Callable[..., None], width: int
) -> None:
    long = factories.done_clip(owner, duration_s=90.0, content=recordings.wav())
    failed = factories.failed_clip(owner, name="w" * 255)
    clips = [clip, long, failed, factories.done_clip(owner)]
    enter(page.context)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/compare/?" + "&".join(f"clip={it.pk}" for it in clips))
    verdict = page.locator(".heard-verdict").nth(1).bounding_box()
    bars = page.locator(".heard-bars").nth(1).bounding_box()
    assert verdict
    assert bars
    assert bars["y"] - (verdict["y"] + verdict["height"]) < 40
    overflowing = """its => its.filter(it => it.scrollWidth > it.clientWidth).length"""
    assert page.locator(".heard, .heard *:not(svg *)").evaluate_all(overflowing) == 0
    players = "its => Math.min(...its.map(it => it.getBoundingClientRect().width))"
    assert page.locator(".heard .player").evaluate_all(players) >= 270
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def box_of(page: Page, index: int) -> Any:
    return page.get_by_role("article").nth(index).bounding_box()


@pytest.mark.parametrize("width", [360, 1200])
def test_no_part_is_wider_than_the_screen(
    page: Page, clip: Clip, enter: Callable[..., None], width: int
) -> None:
    Clip.objects.update(name="w" * 200, note="n" * 200)
    clip.tags.create(owner=clip.owner, name="t" * 50)
    share = share_clip(clip, n_days=1)
    enter(page.context)
    page.set_viewport_size({"width": width, "height": 740})
    for address in (f"/clips/{clip.pk}/", f"/s/{share.token}/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
