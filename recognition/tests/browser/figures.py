"""What a page costs the person who opens it for the first time, as Chromium itself counts it."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, StorageState

MAX_BYTES = 250_000  # of scripts and styles, compressed as they are sent
MAX_SHIFT = 0.1
REST_MS = 800  # what is drawn late must not move anything either
COUNTED = """() => new Promise(resolve => {
    let shift = 0;
    new PerformanceObserver(list => list.getEntries().forEach(it => {
        if (!it.hadRecentInput) shift += it.value;
    })).observe({type: "layout-shift", buffered: true});
    const answer = performance.getEntriesByType("navigation")[0];
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    const sent = performance.getEntriesByType("resource")
        .filter(it => /\\.(js|css)$/.test(new URL(it.name).pathname));
    setTimeout(() => resolve({
        answer_ms: answer.responseStart,
        paint_ms: paint.startTime,
        n_bytes: sent.reduce((sum, it) => sum + it.encodedBodySize, 0),
        n_files: sent.length,
        shift,
    }), 100);
})"""


@dataclass(frozen=True)
class Figures:
    answer_ms: float  # until the server's first byte
    paint_ms: float  # until something is seen: first contentful paint
    n_bytes: int  # of scripts and styles
    n_files: int
    shift: float


def measure(browser: Browser, address: str, state: StorageState | None = None) -> Figures:
    """With an empty cache, signed in as the state says; motion is not reduced, it is to be seen."""
    options: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "storage_state": state}
    context = browser.new_context(**options)
    try:
        page = context.new_page()
        response = page.goto(address)
        assert response
        assert response.status == 200, address
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(REST_MS)
        return Figures(**page.evaluate(COUNTED))
    finally:
        context.close()
