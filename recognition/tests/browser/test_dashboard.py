"""Charts as a person meets them: light, dark, on a phone, by keyboard, without a script."""

import gzip
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from mlcore.labels import EMOTIONS
from recognition import champion
from recognition.models import Clip, User
from recognition.tests import factories
from recognition.tests.heard import months_of_clips
from recognition.tests.processes import Surroundings

pytestmark = pytest.mark.django_db(transaction=True)

PHONE: ViewportSize = {"width": 360, "height": 740}
MAX_BYTES = 250_000
N_CANVASES = 13  # one a chart, of the trend one an emotion
IS_DRAWN = """canvas => canvas.getContext('2d')
    .getImageData(0, 0, canvas.width, canvas.height).data.some(value => value > 0)"""
COLORS = """canvas => {
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    const counts = {};
    for (let i = 0; i < data.length; i += 4) {
        if (data[i + 3] < 255) continue;
        const color = '#' + [...data.slice(i, i + 3)]
            .map(value => value.toString(16).padStart(2, '0')).join('');
        counts[color] = (counts[color] || 0) + 1;
    }
    return Object.entries(counts).filter(([, n]) => n > 200).map(([color]) => color);
}"""
LINES = """() => [...document.querySelectorAll('canvas')].flatMap(canvas => {
    const chart = Chart.getChart(canvas);
    return chart.getSortedVisibleDatasetMetas().filter(it => it.type === 'line')
        .map(it => [it.dataset.options.tension, it.dataset.options.cubicInterpolationMode]);
})"""
TOKEN = "name => getComputedStyle(document.documentElement).getPropertyValue(name).trim()"
Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def site(surroundings: Surroundings) -> Iterator[str]:
    """Nothing has to be recognized here."""
    with surroundings.web() as (address, _):
        yield address


@pytest.fixture
def member() -> User:
    user = factories.user("ada")
    months_of_clips(user, [champion.register_shipped()], 120)
    return user


@pytest.fixture
def visit(
    browser: Browser, site: str, member: User, signed_in: Callable[[User], Client]
) -> Iterator[Visit]:
    """A page of somebody signed in, in a browser with the options given; it may not complain."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def open_page(path: str, **options: Any) -> Page:
        context = browser.new_context(base_url=site, reduced_motion="reduce", **options)
        contexts.append(context)
        key = signed_in(member).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": key, "url": site}])
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda it: troubles.append(it.text) if it.type == "error" else None)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


def test_clips_without_a_result_have_a_dashboard(visit: Visit, member: User) -> None:
    Clip.objects.all().delete()
    factories.failed_clip(member)
    page = visit("/dashboard/?range=30")
    assert page.locator("canvas[data-chart=activity]").evaluate(IS_DRAWN)
    expect(page.locator(".tiles")).to_contain_text("1 without a result")


def test_the_charts_are_drawn_in_the_colors_of_light_and_dark(visit: Visit) -> None:
    seen = {}
    for scheme in ("light", "dark"):
        page = visit("/dashboard/?range=90", color_scheme=scheme)
        canvases = page.locator("canvas[data-chart]")
        expect(canvases).to_have_count(N_CANVASES)
        page.wait_for_function("() => Chart.getChart(document.querySelector('canvas'))")
        assert all(canvas.evaluate(IS_DRAWN) for canvas in canvases.all())
        seen[scheme] = page.evaluate(TOKEN, "--happy")
        colors = page.locator("canvas[data-chart=emotions]").evaluate(COLORS)
        assert seen[scheme] in colors
    assert seen["light"] != seen["dark"]


def test_lines_go_straight_from_figure_to_figure(visit: Visit) -> None:
    """A curve would show minutes, and shares, that nobody recorded."""
    page = visit("/dashboard/?range=90")
    page.wait_for_function("() => Chart.getChart(document.querySelector('canvas'))")
    lines = page.evaluate(LINES)
    assert len(lines) == 1 + len(EMOTIONS)
    assert set(map(tuple, lines)) == {(0, "default")}


def test_the_charts_follow_when_the_colors_change(visit: Visit) -> None:
    page = visit("/dashboard/?range=90", color_scheme="light")
    canvas = page.locator("canvas[data-chart=emotions]")
    light = page.evaluate(TOKEN, "--happy")
    assert light in canvas.evaluate(COLORS)
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(TOKEN, "--happy")
    assert dark != light
    assert dark in canvas.evaluate(COLORS)


def test_every_chart_opens_its_table_by_keyboard(visit: Visit) -> None:
    page = visit("/dashboard/?range=90")
    for slug in ("activity", "emotions", "trend", "confidence", "affect", "corrections", "models"):
        table = page.locator(f"#table-{slug}")
        expect(table).to_be_hidden()
        button = page.locator(f"button[aria-controls=table-{slug}]")
        button.focus()
        page.keyboard.press("Enter")
        expect(table).to_be_visible()
        expect(button).to_have_attribute("aria-expanded", "true")
        assert table.locator("tbody tr").count() > 0
        page.keyboard.press("Enter")
        expect(table).to_be_hidden()


def test_a_time_is_chosen_by_keyboard_and_kept_in_the_address(visit: Visit) -> None:
    page = visit("/dashboard/")
    page.get_by_role("link", name="1 year").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"\?range=365$"))
    expect(page.get_by_role("link", name="1 year")).to_have_attribute("aria-current", "true")
    page.get_by_label("From day").fill("2026-01-01")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile(r"\?since=2026-01-01&until=$"))
    expect(page.get_by_label("From day")).to_have_value("2026-01-01")


def test_a_number_of_the_matrix_leads_to_its_clips(visit: Visit) -> None:
    page = visit("/dashboard/?range=all")
    link = page.locator(".figure-corrections .matrix td a").first
    n_clips = int(link.inner_text())
    link.click()
    expect(page).to_have_url(re.compile(r"/clips/\?heard=\w+&emotion=\w+&corrected=yes"))
    assert n_clips > 0
    expect(page.get_by_role("heading", name="History")).to_be_visible()


def test_without_a_script_there_are_the_tables(visit: Visit) -> None:
    page = visit("/dashboard/?range=90", java_script_enabled=False)
    for slug in ("activity", "trend", "affect", "models"):
        expect(page.locator(f"#table-{slug}")).to_be_visible()
    assert page.locator("canvas").first.is_hidden()
    assert page.locator(".table-toggle").first.is_hidden()


@pytest.mark.parametrize("path", ["/dashboard/?range=90", "/models/", "model"])
def test_a_phone_shows_one_column(visit: Visit, path: str) -> None:
    address = f"/models/{champion.register_shipped().pk}/" if path == "model" else path
    page = visit(address, viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    lefts = page.locator(".figure, .cards > .card, .version").evaluate_all(
        "them => them.map(it => it.getBoundingClientRect().left)"
    )
    assert len(lefts) > 0
    assert len(set(lefts)) == 1


def test_nothing_moves_while_charts_are_drawn(visit: Visit) -> None:
    page = visit("/dashboard/?range=90")
    shift = page.evaluate(
        """() => new Promise(resolve => {
            let sum = 0;
            new PerformanceObserver(list => list.getEntries().forEach(it => sum += it.value))
                .observe({type: 'layout-shift', buffered: true});
            setTimeout(() => resolve(sum), 500);
        })"""
    )
    assert shift < 0.1


def test_scripts_and_styles_are_small(visit: Visit) -> None:
    page = visit("/dashboard/?range=90")
    sources = page.locator("script[src], link[rel=stylesheet]").evaluate_all(
        "them => them.map(it => new URL(it.src || it.href).pathname)"
    )
    names = {re.sub(r"\.[0-9a-f]{12}(\.\w+)$", r"\1", source) for source in sources}
    files = [Path(settings.BASE_DIR) / name.lstrip("/") for name in names]
    assert any("chart" in file.name and file.suffix == ".js" for file in files)
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) < MAX_BYTES
