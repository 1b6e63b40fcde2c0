"""The reviewer's screen in a real browser: fast by keyboard, and whole without scripts."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from recognition.models import Clip, ClipAccess, Review, User
from recognition.tests import factories, recordings
from recognition.tests.processes import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shared_media")]

Enter = Callable[..., None]
CLIPS_A_MINUTE = 20


@pytest.fixture
def make_clips(owner: User) -> Callable[[int], list[Clip]]:
    """The first is the least sure, so that their order is known."""
    factories.consent(owner)

    def make(n_clips: int) -> list[Clip]:
        return [
            factories.done_clip(
                owner,
                emotion="fearful",
                confidence=0.2 + 0.01 * i,
                content=recordings.wav(),
                name=f"secret {i}",
            )
            for i in range(n_clips)
        ]

    return make


@pytest.fixture
def enter(site: str, reviewer: User, signed_in: Callable[[User], Client]) -> Enter:
    def sign_in(context: BrowserContext, user: User = reviewer) -> None:
        session = signed_in(user).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": site}])

    return sign_in


@pytest.fixture
def begin(page: Page, enter: Enter) -> Callable[[], Page]:
    def start() -> Page:
        enter(page.context)
        page.goto("/review/")
        page.keyboard.press("Enter")
        expect(page.locator("#review-form")).to_be_visible()
        return page

    return start


def shown(page: Page) -> str:
    return page.locator("#review").get_attribute("data-clip") or ""


def await_clip(page: Page, clip: Clip) -> None:
    expect(page.locator(f'#review[data-clip="{clip.pk}"]')).to_be_visible()


def is_playing(page: Page) -> bool:
    return bool(page.locator("#player").evaluate("it => !it.paused"))


def test_twenty_clips_a_minute_are_reviewed_by_keyboard(
    make_clips: Callable[[int], list[Clip]], begin: Callable[[], Page]
) -> None:
    """Each is heard from its beginning, chosen, compared with the model and accepted."""
    clips = make_clips(CLIPS_A_MINUTE + 1)
    page = begin()
    began = time.monotonic()
    for i, clip in enumerate(clips[:CLIPS_A_MINUTE]):
        await_clip(page, clip)
        page.wait_for_function("() => document.querySelector('#player').currentTime > 0")
        page.keyboard.press(str(1 + i % 8))
        expect(page.locator("[data-said-answer]")).to_contain_text("fearful")
        page.keyboard.press("Enter")
    await_clip(page, clips[CLIPS_A_MINUTE])
    minutes = (time.monotonic() - began) / 60
    n_reviews = Review.objects.filter(kind="heard", was_blind=True).count()
    print(f"{n_reviews} clips in {60 * minutes:.1f} s: {n_reviews / minutes:.0f} a minute")
    assert n_reviews == CLIPS_A_MINUTE
    assert n_reviews / minutes >= CLIPS_A_MINUTE
    expect(page.locator(".review-count")).to_have_text(f"{CLIPS_A_MINUTE} clips today")


def test_the_model_is_hidden_until_something_is_chosen(
    make_clips: Callable[[int], list[Clip]], begin: Callable[[], Page]
) -> None:
    make_clips(1)
    page = begin()
    assert "secret" not in page.content()
    expect(page.locator("#review-answer")).to_contain_text("Hidden until you have chosen.")
    page.keyboard.press("4")
    expect(page.get_by_role("radio", name="sad")).to_be_checked()
    expect(page.locator("#review-answer")).to_contain_text("fearful 20 %")
    status = page.locator("#review-status")
    expect(status).to_have_text("The model hears: fearful 20 %")
    page.reload()
    expect(page.get_by_role("radio", name="sad")).to_be_checked()
    expect(page.locator("#review-answer")).to_contain_text("fearful 20 %")


def test_every_key_does_what_its_hint_says(
    make_clips: Callable[[int], list[Clip]], begin: Callable[[], Page]
) -> None:
    first, second, third = make_clips(3)
    page = begin()
    wait_until(lambda: is_playing(page), 10)  # at once
    page.keyboard.press("Space")
    assert not is_playing(page)
    page.keyboard.press("Space")
    assert is_playing(page)
    page.keyboard.press("Enter")  # nothing is chosen
    await_clip(page, first)
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    await_clip(page, second)
    page.keyboard.press("u")
    await_clip(page, first)
    expect(page.locator("[data-said]")).to_have_text("Taken back. Say it again.")
    page.keyboard.press("b")
    await_clip(page, second)
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="several voices")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="several voices")).to_be_hidden()
    page.keyboard.press("s")
    page.keyboard.press("2")
    await_clip(page, third)
    page.keyboard.press("s")
    page.get_by_label("Another reason").fill("1 dog barks, 2 people shout")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing waits for you")).to_be_visible()
    found = Review.objects.order_by("pk").values_list("kind", "emotion", "reason")
    assert list(found) == [
        ("heard", "happy", ""),
        ("bad-audio", "", ""),
        ("skipped", "", "several-voices"),
        ("skipped", "", "1 dog barks, 2 people shout"),
    ]
    assert Review.objects.get(kind="heard").undone_at is not None


def test_keys_typed_before_the_next_clip_is_there_do_nothing(
    make_clips: Callable[[int], list[Clip]], begin: Callable[[], Page]
) -> None:
    first, second = make_clips(2)
    page = begin()
    page.keyboard.press("3")
    expect(page.locator("[data-said-answer]")).to_be_visible()
    page.evaluate("window.isSamePage = true")
    asked: list[str] = []
    page.on("request", lambda it: note(it, asked))
    held: list[Route] = []
    page.route(re.compile(f"/review/{first.pk}/$"), lambda route: held.append(route))
    page.keyboard.press("Enter")
    wait_until(lambda: pump(page) and bool(held), 10)
    for key in ("4", "Enter", "b"):
        page.keyboard.press(key)
    pump(page, 200)
    held[0].continue_()
    await_clip(page, second)
    assert f"/review/{first.pk}/answer/" not in asked
    assert len(held) == 1
    page.keyboard.press("4")
    expect(page.get_by_role("radio", name="sad")).to_be_checked()
    expect(page.locator("[data-said-answer]")).to_be_visible()
    assert page.evaluate("window.isSamePage")
    assert Review.objects.get().emotion == "happy"


def test_a_late_answer_lets_no_key_through_either(
    make_clips: Callable[[int], list[Clip]], begin: Callable[[], Page]
) -> None:
    first, second = make_clips(2)
    page = begin()
    late: list[Route] = []
    held: list[Route] = []
    page.route(re.compile(f"/review/{first.pk}/answer/$"), lambda route: late.append(route))
    page.route(re.compile(f"/review/{first.pk}/$"), lambda route: held.append(route))
    page.keyboard.press("3")
    wait_until(lambda: pump(page) and bool(late), 10)
    page.keyboard.press("Enter")
    wait_until(lambda: pump(page) and bool(held), 10)
    late[0].continue_()
    pump(page, 500)
    page.keyboard.press("b")
    pump(page, 300)
    assert len(held) == 1
    held[0].continue_()
    await_clip(page, second)
    assert Review.objects.get().emotion == "happy"


def test_keys_can_be_switched_off_and_buttons_keep_theirs(
    make_clips: Callable[[int], list[Clip]], begin: Callable[[], Page]
) -> None:
    first, second = make_clips(2)
    page = begin()
    page.get_by_label("Single keys as shortcuts").uncheck()
    page.keyboard.press("b")
    page.reload()
    page.keyboard.press("b")
    await_clip(page, first)
    expect(page.locator("#review kbd").first).to_be_hidden()
    page.get_by_role("button", name="Bad audio").focus()
    page.keyboard.press("Space")
    await_clip(page, second)


def test_the_next_clip_is_loaded_while_one_is_heard(
    make_clips: Callable[[int], list[Clip]], page: Page, enter: Enter
) -> None:
    first, second = make_clips(2)
    asked: list[str] = []
    page.on("request", lambda it: note(it, asked))
    enter(page.context)
    page.goto("/review/")
    page.keyboard.press("Enter")
    await_clip(page, first)
    wait_until(lambda: pump(page) and f"/clips/{second.pk}/audio/" in asked, 20)
    wait_until(lambda: pump(page) and f"/clips/{second.pk}/portrait/" in asked, 20)
    assert not ClipAccess.objects.filter(clip_id=second.pk).exists()  # nobody saw it yet
    expect(page.locator("#tracks.is-drawn")).to_be_visible()
    pump(page, 1500)
    asked.clear()
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    await_clip(page, second)
    page.wait_for_function("() => document.querySelector('#player').currentTime > 0")
    expect(page.locator("#tracks.is-drawn")).to_be_visible()
    assert f"/clips/{second.pk}/audio/" not in asked
    assert f"/clips/{second.pk}/portrait/" not in asked
    assert ClipAccess.objects.filter(clip_id=second.pk, what="review").exists()


def note(request: Request, asked: list[str]) -> None:
    asked.append(re.sub(r"^https?://[^/]+", "", request.url))


def pump(page: Page, milliseconds: int = 50) -> bool:
    """Events reach this thread only while it waits in the browser."""
    page.wait_for_timeout(milliseconds)
    return True


def test_two_reviewers_work_beside_each_other(
    make_clips: Callable[[int], list[Clip]],
    begin: Callable[[], Page],
    browser: Browser,
    site: str,
    enter: Enter,
) -> None:
    make_clips(5)
    page = begin()
    context = browser.new_context(base_url=site)
    enter(context, factories.user("second", is_reviewer=True))
    other = context.new_page()
    other.goto("/review/")
    other.locator("#review-begin").click()
    expect(other.locator("#review-form")).to_be_visible()
    seen = {shown(page), shown(other)}
    for one in (page, other):
        before = shown(one)
        one.keyboard.press("2")
        one.keyboard.press("Enter")
        expect(one.locator(f'#review:not([data-clip="{before}"]) #review-form')).to_be_visible()
        seen.add(shown(one))
    context.close()
    assert len(seen) == 4


def test_consent_withdrawn_meanwhile_is_said_on_the_spot(
    make_clips: Callable[[int], list[Clip]], begin: Callable[[], Page], owner: User
) -> None:
    make_clips(1)
    page = begin()
    User.objects.filter(pk=owner.pk).update(review_consent_at=None)
    page.keyboard.press("b")
    expect(page.locator("#review .notice-error")).to_contain_text("withdrawn the consent")
    expect(page.locator("#review-status")).to_contain_text("withdrawn the consent")
    assert not Review.objects.exists()


def test_a_connection_that_breaks_off_loses_nothing(
    make_clips: Callable[[int], list[Clip]], context: BrowserContext, enter: Enter
) -> None:
    first, second = make_clips(2)
    enter(context)
    page = context.new_page()
    page.goto("/review/")
    page.keyboard.press("Enter")
    await_clip(page, first)
    page.keyboard.press("3")
    expect(page.locator("[data-said-answer]")).to_be_visible()
    address = re.compile(f"/review/{first.pk}/$")
    page.route(address, lambda route: break_off(route))
    page.keyboard.press("Enter")
    expect(page.locator(".review-trouble")).to_contain_text("That did not work.")
    expect(page.get_by_role("radio", name="happy")).to_be_checked()
    page.unroute(address)
    page.keyboard.press("Enter")
    await_clip(page, second)
    assert Review.objects.count() == 1


def break_off(route: Route) -> None:
    route.abort()


def test_who_is_signed_out_meanwhile_is_led_to_sign_in(
    make_clips: Callable[[int], list[Clip]], begin: Callable[[], Page]
) -> None:
    make_clips(1)
    page = begin()
    page.context.clear_cookies(name="sessionid")
    page.keyboard.press("b")
    expect(page).to_have_url(re.compile(r"/accounts/login/"))


def test_everything_works_without_javascript(
    make_clips: Callable[[int], list[Clip]], browser: Browser, site: str, enter: Enter
) -> None:
    first, second = make_clips(2)
    context = browser.new_context(base_url=site, java_script_enabled=False)
    enter(context)
    page = context.new_page()
    page.goto("/review/")
    page.get_by_role("button", name="Start").click()
    await_clip(page, first)
    page.get_by_role("radio", name="sad").check(force=True)
    page.get_by_role("button", name="Show what the model hears").click()
    expect(page.locator("#review-answer")).to_contain_text("fearful 20 %")
    page.get_by_role("button", name="Accept").click()
    await_clip(page, second)
    expect(page.get_by_text("Noted: sad.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    await_clip(page, first)
    page.locator("#review-skip summary").click()
    page.get_by_role("button", name="several voices").click()
    await_clip(page, second)
    page.get_by_role("button", name="Bad audio").click()
    expect(page.get_by_role("heading", name="Nothing waits for you")).to_be_visible()
    context.close()


def test_agreement_is_measured_and_shown(
    make_clips: Callable[[int], list[Clip]], page: Page, enter: Enter
) -> None:
    enter(page.context)
    page.goto("/review/agreement/")
    page.get_by_role("button", name="Measure now").click()
    expect(page.get_by_role("heading", name="By emotion")).to_be_visible()


@pytest.mark.parametrize("width", [360, 1200])
def test_no_part_is_wider_than_the_screen(
    make_clips: Callable[[int], list[Clip]], begin: Callable[[], Page], width: int
) -> None:
    make_clips(1)
    page = begin()
    page.set_viewport_size({"width": width, "height": 740})
    page.keyboard.press("1")
    expect(page.locator("[data-said-answer]")).to_be_visible()
    page.keyboard.press("s")
    ruler: Any = "document.documentElement.scrollWidth"
    assert page.evaluate(ruler) <= width
