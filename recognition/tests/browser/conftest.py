"""Headless Chromium on the real site; its absence is said loudly, and fails in CI."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from recognition.models import Clip
from recognition.tests.processes import Surroundings, wait_until

# Playwright's loop runs in this thread, and Django then takes any query for an asynchronous one.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

expect.set_options(timeout=20_000)  # machines are shared

CHROMIUM_FLAGS = [
    "--no-sandbox",  # CI runs as root
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def chromium_path() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    words = "No Chromium found: the browser tests DID NOT RUN. Install it: apt-get install chromium"
    if os.environ.get("CI") == "true":
        pytest.fail(words)
    pytest.skip(words)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


# not for the whole session: other tests need a broker that nobody listens to
@pytest.fixture(scope="module")
def site(surroundings: Surroundings) -> Iterator[str]:
    """The address of the running site: gunicorn, a recognition worker and beat."""
    with surroundings.web() as (address, _), surroundings.worker(), surroundings.beat():
        yield address


@pytest.fixture(autouse=True)
def settled(transactional_db: None) -> Iterator[None]:
    """The tables are emptied only when no worker writes to them any more."""
    yield
    unfinished = Clip.objects.filter(state__in=["queued", "running"])
    wait_until(lambda: not unfinished.exists(), 30)


@pytest.fixture
def context(browser: Browser, site: str) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=site)
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Fails a test whose page broke its own content policy or threw an error."""
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda it: troubles.append(it.text) if it.type == "error" else None)
    # The browser hands file choosers over from here on: asked for at the click, it is too late.
    page.on("filechooser", lambda chooser: None)
    yield page
    allowed = "the server responded with a status of"  # a refused upload answers 422
    assert [trouble for trouble in troubles if allowed not in trouble] == []
