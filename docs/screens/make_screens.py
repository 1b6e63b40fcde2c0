"""Takes the pictures and the film beside it from the running site; README.md says how."""

import json
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import cast

import django
import playwright
from django.core.management import call_command
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = ROOT / "var" / "screens"
SAMPLE = ROOT / "docs" / "samples" / "lively.flac"
EMAIL = "demo@example.org"
LONG_CLIP = "conversation of a minute and a half.flac"
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
FILM: ViewportSize = {"width": 1024, "height": 640}
MAX_PNG_BYTES = 250_000
PATIENCE_MS = 120_000  # machines are shared
CLIP = re.compile(r"/clips/[0-9a-f-]{36}/$")
VP9 = "-an -c:v libvpx-vp9 -crf 34 -b:v 0 -r 15 -cpu-used 4 -row-mt 1"
# headless Chromium films no pointer
POINTER = """addEventListener("DOMContentLoaded", () => {
    const dot = document.createElement("div");
    Object.assign(dot.style, {
        position: "fixed", zIndex: 9999, width: "22px", height: "22px", margin: "-11px",
        borderRadius: "50%", background: "#e0533d99", border: "2px solid #fff",
        pointerEvents: "none", left: "-50px", transition: "scale .15s",
    });
    document.documentElement.append(dot);
    addEventListener("mousemove", (event) => {
        dot.style.left = `${event.clientX}px`;
        dot.style.top = `${event.clientY}px`;
    });
    addEventListener("mousedown", () => { dot.style.scale = ".6"; });
    addEventListener("mouseup", () => { dot.style.scale = "1"; });
})"""


@contextmanager
def running_site(password: str) -> Iterator[str]:
    """Its address; on the servers of sersite.embedded, with the demo user's clips recognized."""
    os.environ |= {"MEDIA_ROOT": str(WORK / "media"), "OMP_NUM_THREADS": "1"}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sersite.settings")
    django.setup()
    from recognition.models import Clip
    from recognition.tests.processes import Surroundings

    call_command("migrate", verbosity=0)
    Clip.with_deleted.filter(owner__email=EMAIL, file_name=SAMPLE.name).delete()  # of the last film
    surroundings = Surroundings(dict(os.environ), WORK)
    with surroundings.web() as (address, _), surroundings.worker():
        call_command("seed_demo", password=password, force=True, wait=900)
        yield address


def sign_in(page: Page, password: str) -> None:
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/clips/$"))


def shoot(page: Page, name: str, *, at_most: int = 4000) -> None:
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1500)  # motion comes to rest
    page.screenshot(path=WORK / f"{name}.png", full_page=True, animations="disabled")
    keep_picture(name, at_most=at_most)


def keep_picture(name: str, *, at_most: int) -> None:
    """Its upper part, and with fewer colors only where it would be large."""
    path = HERE / f"{name}.png"
    picture = Image.open(WORK / f"{name}.png").convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, at_most)))
    picture.save(path, optimize=True)
    if path.stat().st_size > MAX_PNG_BYTES:
        with_palette(picture).save(path, optimize=True)
    print(path.name, picture.size, path.stat().st_size)


def with_palette(picture: Image.Image) -> Image.Image:
    """256 colors: the most frequent as they are, so that no ground is tinted, and a choice."""
    n_pixels = picture.width * picture.height
    counts = cast(list[tuple[int, tuple[int, ...]]], picture.getcolors(n_pixels))
    frequent = [color for _, color in sorted(counts, reverse=True)[:128]]
    choice = picture.quantize(128, Image.Quantize.MAXCOVERAGE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*chain.from_iterable(frequent), *choice])
    return picture.quantize(palette=palette, dither=Image.Dither.NONE)


def open_clip(page: Page, name: str) -> None:
    page.goto("/clips/")
    page.get_by_role("searchbox").fill(name.removesuffix(".flac"))
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator("#clips > li")).to_have_count(1)
    page.locator("#clips").get_by_role("link", name=name).first.click()
    expect(page.locator("#tracks.is-drawn #wave canvas").first).to_be_attached()


def take_pictures(browser: Browser, address: str, password: str) -> None:
    context = browser.new_context(base_url=address, viewport=DESK, color_scheme="light")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto("/")
    shoot(page, "landing")
    page.goto("/accounts/login/")
    sign_in(page, password)
    for name, path in (("history", "clips"), ("upload", "clips/new"), ("dashboard", "dashboard")):
        page.goto(f"/{path}/")
        shoot(page, name, at_most=1300 if name == "history" else 4000)
    page.goto("/models/")
    shoot(page, "models")
    page.locator('main a[href^="/models/"]').first.click()
    shoot(page, "model", at_most=2500)
    open_clip(page, LONG_CLIP)
    shoot(page, "clip", at_most=1590)
    page.emulate_media(color_scheme="dark")
    page.reload()
    expect(page.locator("#tracks.is-drawn #wave canvas").first).to_be_attached()
    shoot(page, "clip-dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)
    page.goto("/clips/")
    shoot(page, "history-phone", at_most=PHONE["height"])
    context.close()


def look(page: Page, seconds: float) -> None:
    page.wait_for_timeout(seconds * 1000)


def scroll(page: Page, locator: Locator) -> None:
    locator.evaluate("it => it.scrollIntoView({behavior: 'smooth', block: 'center'})")
    look(page, 0.9)


def click(page: Page, locator: Locator) -> None:
    """As a hand does it, so that one can follow."""
    scroll(page, locator)
    box = locator.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=15)
    look(page, 0.3)
    locator.click()


def film_a_visitor(page: Page, password: str) -> None:
    page.goto("/")
    look(page, 3.5)
    click(page, page.locator(".example button").nth(1))
    expect(page.locator("#example-result .bars")).to_be_visible()
    look(page, 3)
    page.get_by_role("link", name="Sign in").first.scroll_into_view_if_needed()
    click(page, page.get_by_role("link", name="Sign in").first)
    look(page, 1)
    sign_in(page, password)
    look(page, 1)


def film_a_clip(page: Page) -> None:
    click(page, page.get_by_role("link", name="Upload", exact=True).first)
    look(page, 1)
    page.locator('input[type="file"]').set_input_files(SAMPLE)
    look(page, 1)
    click(page, page.get_by_label("My own voice"))
    click(page, page.get_by_role("main").get_by_role("button", name="Upload"))
    expect(page).to_have_url(CLIP)
    expect(page.locator("#result")).to_contain_text("The model")
    expect(page.locator("#tracks.is-drawn #wave canvas").first).to_be_attached()
    look(page, 3)
    scroll(page, page.locator("#timeline"))
    click(page, page.locator("#timeline .part").first)
    look(page, 3.5)
    click(page, page.locator("#correct").get_by_role("button", name="surprised"))
    expect(page.locator("#correct")).to_contain_text("You hear")
    look(page, 2)


def scroll_down(page: Page) -> None:
    look(page, 1.5)
    for _ in range(14):
        page.mouse.wheel(0, 110)
        look(page, 0.15)
    look(page, 1)


def film_the_rest(page: Page) -> None:
    click(page, page.get_by_role("link", name="History").first)
    look(page, 1.5)
    click(page, page.locator("#filter .toggle.emotion-surprised"))
    expect(page.locator("#clips > li")).to_have_count(1)
    look(page, 1.5)
    open_clip(page, LONG_CLIP)
    look(page, 1)
    click(page, page.locator("#timeline .part").nth(20))
    look(page, 2)
    click(page, page.get_by_role("link", name="Dashboard").first)
    scroll_down(page)
    click(page, page.get_by_role("link", name="Models").first)
    look(page, 1)
    click(page, page.locator('main a[href^="/models/"]').first)
    scroll_down(page)


def film(browser: Browser, address: str, password: str) -> None:
    raw = WORK / "film"
    context = browser.new_context(
        base_url=address, viewport=FILM, record_video_dir=raw, record_video_size=FILM
    )
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(POINTER)
    page = context.new_page()
    film_a_visitor(page, password)
    film_a_clip(page)
    film_the_rest(page)
    context.close()
    assert page.video
    target = HERE / "whole-way.webm"
    ffmpeg = ["ffmpeg", "-v", "error", "-y", "-ss", "0.5", "-i", str(page.video.path())]
    subprocess.run([*ffmpeg, *VP9.split(), str(target)], check=True)
    print(target.name, target.stat().st_size)


def lend_ffmpeg() -> None:
    """Playwright films only with an ffmpeg where it would have put its own."""
    package = Path(playwright.__file__).parent / "driver" / "package"
    browsers = json.loads((package / "browsers.json").read_text())["browsers"]
    revision = next(it["revision"] for it in browsers if it["name"] == "ffmpeg")
    found = shutil.which("ffmpeg")
    assert found, "No ffmpeg found. Install it: apt-get install ffmpeg"
    link = WORK / "playwright" / f"ffmpeg-{revision}" / "ffmpeg-linux"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(found)
    os.environ["PLAYWRIGHT_BROWSERS_PATH"] = str(WORK / "playwright")


def main() -> None:
    password = secrets.token_urlsafe()
    lend_ffmpeg()
    with running_site(password) as address, sync_playwright() as chromium:
        from recognition.tests.browser.conftest import CHROMIUM_FLAGS, chromium_path

        expect.set_options(timeout=PATIENCE_MS)
        path = chromium_path()
        browser = chromium.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        take_pictures(browser, address, password)
        film(browser, address, password)
        browser.close()


if __name__ == "__main__":
    main()
