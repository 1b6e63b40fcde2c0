"""What the main pages cost in a real Chromium: README.md says how."""

import secrets
import sys
from statistics import median

from playwright.sync_api import Browser, StorageState, sync_playwright

from docs.screens.make_screens import EMAIL, LONG_CLIP, running_site, sign_in

N_ROUNDS = 7
MAX_PAINT_MS = 1000


def addresses() -> dict[str, str]:
    """Of each page its name and path, with the longest clip there is."""
    from recognition.models import Clip, ModelVersion

    own = Clip.objects.filter(owner__email=EMAIL, state="done")
    longest, version = own.get(name=LONG_CLIP), ModelVersion.objects.get(status="champion")
    others = own.exclude(pk=longest.pk)[:3]
    compared = "&".join(f"clip={clip.pk}" for clip in (longest, *others))
    return {
        "landing": "/",
        "upload": "/clips/new/",
        "clip": f"/clips/{longest.pk}/",
        "history": "/clips/",
        "dashboard": "/dashboard/",
        "models": "/models/",
        "model": f"/models/{version.pk}/",
        "compare": f"/compare/?{compared}",
        "account": "/settings/",
    }


def signed_in(browser: Browser, address: str, password: str) -> StorageState:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/accounts/login/")
    sign_in(page, password)
    state = context.storage_state()
    context.close()
    return state


def measure_all(browser: Browser, address: str, paths: dict[str, str], state: StorageState) -> bool:
    """Prints a line a page; whether all are within their limits."""
    from recognition.tests.browser.figures import MAX_BYTES, MAX_SHIFT, measure

    print("page       answer ms   paint ms (worst)   scripts and styles   layout shift")
    is_good = True
    for name, path in paths.items():
        found = [measure(browser, f"{address}{path}", state) for _ in range(N_ROUNDS)]
        paint, n_bytes = median(it.paint_ms for it in found), max(it.n_bytes for it in found)
        shift = max(it.shift for it in found)
        print(
            f"{name:<10}{median(it.answer_ms for it in found):10.0f}{paint:11.0f}"
            f"{max(it.paint_ms for it in found):10.0f}{n_bytes / 1000:12.1f} kB in "
            f"{found[0].n_files:2d} files{shift:12.4f}",
            flush=True,
        )
        is_good &= paint <= MAX_PAINT_MS and n_bytes <= MAX_BYTES and shift <= MAX_SHIFT
    return is_good


def main() -> None:
    password = secrets.token_urlsafe()
    with running_site(password) as address:
        from recognition.tests.browser.conftest import CHROMIUM_FLAGS, chromium_path

        paths = addresses()
        with sync_playwright() as chromium:
            path = chromium_path()
            browser = chromium.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
            state = signed_in(browser, address, password)
            is_good = measure_all(browser, address, paths, state)
            browser.close()
    sys.exit(0 if is_good else "A page is over its limits: paint 1.0 s, 250 kB, shift 0.1.")


if __name__ == "__main__":
    main()
