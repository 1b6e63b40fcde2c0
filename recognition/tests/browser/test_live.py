"""Pages that wait: told by the stream, or by polling where there is none."""

from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, Request, Route, expect

from recognition.models import Batch, Clip, Prediction, User
from recognition.tests import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shared_media")]


@pytest.fixture
def waiting_page(page: Page, site: str, owner: User, signed_in: Callable[[User], Client]) -> Page:
    session = signed_in(owner).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
    return page


@transaction.atomic
def finish(clip: Clip) -> None:
    """As the worker would; nobody has told the worker of this one."""
    result = {"emotion": "sad", "confidence": 0.75, "model_version": factories.model_version()}
    Clip.objects.filter(pk=clip.pk).update(
        state="done", finished_at=timezone.now(), is_sure=True, **result
    )
    posteriors = factories.posteriors("sad", 0.75)
    Prediction.objects.create(clip=clip, posteriors=posteriors, processing_ms=1.0, **result)


def stop_polling(page: Page) -> None:
    """Of the page and of each part that comes in its place."""

    def answer(route: Route) -> None:
        response = route.fetch()
        text = response.text()
        for often in ("every 1s", "every 2s", "every 5s"):
            text = text.replace(often, "every 900s")
        route.fulfill(response=response, body=text)

    page.route("**/clips/*/", answer)
    page.route("**/clips/*/status/", answer)
    page.route("**/batches/*/", answer)


def asked_for(page: Page, ending: str) -> list[Request]:
    found: list[Request] = []
    page.on("request", lambda it: found.append(it) if it.url.endswith(ending) else None)
    return found


def test_a_result_appears_without_polling(waiting_page: Page, clip: Clip) -> None:
    page = waiting_page
    stop_polling(page)
    streams = asked_for(page, "/live/")
    page.goto(f"/clips/{clip.pk}/")
    expect(page.locator("#result")).to_have_attribute("hx-trigger", "every 900s, news")
    Clip.objects.filter(pk=clip.pk).update(state="running", started_at=timezone.now(), attempts=1)
    expect(page.get_by_role("heading", name="The model is listening")).to_be_visible()
    finish(clip)
    expect(page.locator("#result")).to_contain_text("The model hears")
    expect(page.locator("#announcement")).to_contain_text("sad")
    expect(page.locator("#correct")).to_be_visible()
    page.wait_for_timeout(1500)  # longer than a browser waits until it comes back
    assert len(streams) == 1


@pytest.mark.parametrize("fate", ["refused", "held back"])
def test_a_result_appears_without_a_stream(waiting_page: Page, clip: Clip, fate: str) -> None:
    page = waiting_page
    held: list[Route] = []

    def refuse(route: Route) -> None:
        held.append(route)
        if fate == "refused":
            route.fulfill(status=503, headers={"Retry-After": "5"}, json={})

    page.route("**/live/", refuse)
    page.goto(f"/clips/{clip.pk}/")
    expect(page.get_by_role("heading", name="Waiting for its turn")).to_be_visible()
    finish(clip)
    expect(page.locator("#result")).to_contain_text("The model hears")
    assert len(held) == 1


def test_it_polls_rarely_while_the_stream_is_open(waiting_page: Page, clip: Clip) -> None:
    page = waiting_page
    asked = asked_for(page, "/status/")
    with page.expect_response("**/live/"):
        page.goto(f"/clips/{clip.pk}/")
    asked.clear()
    page.wait_for_timeout(3500)
    assert len(asked) <= 1  # the first news; polls would be three
    with page.expect_request("**/status/"):  # but it goes on
        pass
    finish(clip)


def test_a_batch_shows_each_result_without_polling(waiting_page: Page, owner: User) -> None:
    page = waiting_page
    stop_polling(page)
    streams = asked_for(page, "/live/")
    batch = Batch.objects.create(owner=owner)
    clips = [factories.clip(owner, batch=batch) for _ in range(3)]
    page.goto(f"/batches/{batch.pk}/")
    for n_judged, clip in enumerate(clips[:2], start=1):
        finish(clip)
        expect(
            page.get_by_role("heading", name=f"{n_judged} of 3 clips are judged")
        ).to_be_visible()
    finish(clips[2])
    expect(page.get_by_role("heading", name="All 3 clips are judged")).to_be_visible()
    expect(page.locator("#batch-announcement")).to_have_text("All 3 clips are judged.")
    assert page.locator("#batch").get_attribute("hx-get") is None
    page.wait_for_timeout(1500)
    assert len(streams) == 1


def test_a_clip_that_was_deleted_elsewhere_is_said_to_be_gone(
    waiting_page: Page, clip: Clip
) -> None:
    page = waiting_page
    stop_polling(page)
    with page.expect_response("**/status/"):  # the stream is open, and has told of now
        page.goto(f"/clips/{clip.pk}/")
    Clip.objects.filter(pk=clip.pk).update(deleted_at=timezone.now())
    expect(page.get_by_role("alert")).to_contain_text("This is gone")
