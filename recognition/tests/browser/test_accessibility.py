"""axe-core on every page: wide and on a phone, each in light and in dark, in both languages."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, ViewportSize, expect

from recognition.jobs.agreement import report_of
from recognition.models import (
    Agreement,
    Batch,
    Clip,
    Correction,
    ModelVersion,
    Prediction,
    ReviewCase,
    ShadowPrediction,
    Share,
    Tag,
    TrainingRun,
    User,
)
from recognition.selectors.agreement import Opinion
from recognition.services.erase import trash_clips
from recognition.services.examples import hidden_user
from recognition.tests import factories
from recognition.tests.processes import Surroundings

pytestmark = pytest.mark.django_db(transaction=True)

VENDOR = Path(__file__).parent / "vendor" / "axe-core"
AXE = VENDOR / "axe-4.10.3.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
REASON = {
    "code": "recall",
    "is_good": False,
    "details": {"emotion": "sad", "before": 0.7, "after": 0.5, "limit": 0.05},
}
CHECK = """async only => {
    const found = await axe.run({runOnly: only, resultTypes: ["violations"], preload: false});
    return found.violations.map(it => `${it.id}: ${it.nodes.map(node => node.html).join(" ; ")}`);
}"""
EVERYTHING = {"type": "tag", "values": TAGS}
COLORS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}


@dataclass(frozen=True)
class Things:
    """What the addresses of pages are made of."""

    clip: Clip
    other_clip: Clip
    waiting: Clip
    failed: Clip
    batch: Batch
    share: Share
    example: Clip
    version: ModelVersion


def plain(name: str) -> Callable[[Things], str]:
    return lambda things: reverse(name)


def of_clip(name: str) -> Callable[[Things], str]:
    return lambda things: reverse(name, args=[things.clip.pk])


def of_version(name: str) -> Callable[[Things], str]:
    return lambda things: reverse(name, args=[things.version.pk])


OPEN_NAMES = [
    *(
        "landing",
        "models",
        "account_login",
        "account_signup",
        "account_reset_password",
        "account_inactive",
    ),
    *("account_reset_password_done", "account_reset_password_from_key_done"),
    "account_email_verification_sent",
]
OPEN_PAGES: dict[str, Callable[[Things], str]] = {
    **{name: plain(name) for name in OPEN_NAMES},
    "model": lambda things: reverse("model", args=[things.version.pk]),
    "example-clip": lambda things: reverse("example-clip", args=[things.example.pk]),
    "shared": lambda things: reverse("shared", args=[things.share.token]),
    "account_confirm_email": lambda things: reverse("account_confirm_email", args=["gone"]),
    "account_reset_password_from_key": lambda things: "/accounts/password/reset/key/1-gone/",
    "404": lambda things: "/nowhere/",
}
MEMBER_NAMES = [
    *("settings", "account-delete", "dashboard", "history", "deleted", "upload"),
    *("account_email", "account_change_password", "account_logout", "account_reauthenticate"),
    *("mfa_index", "mfa_activate_totp", "usersessions_list"),
]
MEMBER_PAGES: dict[str, Callable[[Things], str]] = {
    **{name: plain(name) for name in MEMBER_NAMES},
    **{name: of_clip(name) for name in ("clip",)},
    "clip (waiting)": lambda things: reverse("clip", args=[things.waiting.pk]),
    "clip (failed)": lambda things: reverse("clip", args=[things.failed.pk]),
    "history (nothing)": lambda things: reverse("history") + "?q=nothing",
    "batch": lambda things: reverse("batch", args=[things.batch.pk]),
    "compare": lambda things: (
        f"{reverse('compare')}?clip={things.clip.pk}&clip={things.other_clip.pk}"
    ),
}
STAFF_PAGES: dict[str, Callable[[Things], str]] = {
    **{name: plain(name) for name in ("monitoring", "registry", "shadow")},
    **{name: of_version(name) for name in ("registry-version", "shadow-version")},
    "registry-difference": lambda things: (
        f"{reverse('registry-difference')}?before={things.version.pk}&after={things.version.pk}"
    ),
}
REVIEW_NAMES = ["review", "review-agreement"]
SECURED_NAMES = [
    *("mfa_index", "mfa_deactivate_totp", "mfa_view_recovery_codes"),
    *("mfa_generate_recovery_codes", "mfa_reauthenticate"),
]
# A route is no page of its own if it is a fragment, takes POST only, sends a file or data, leads
# on to another page, or belongs to a part of allauth that this site has not switched on.
NO_PAGES = {
    *("clip-status", "clip-explanation", "clip-portrait", "clip-describe", "clip-tag"),
    *("clip-untag", "clip-correct", "clip-share", "clip-withdraw", "clip-delete", "clip-retry"),
    *("clips-restore", "clip-copy", "clip-audio", "shared-audio", "example", "example-audio"),
    *("example-status", "upload-file", "batch-new", "batch-table", "batch-retry"),
    *("history-export", "selection", "dashboard-table", "account-download", "language", "theme"),
    "time-zone",
    *("tokens", "token-revoke", "health", "mfa_download_recovery_codes", "api-no-address"),
    *("api-docs", "api-redoc"),  # drawn by scripts that are not ours
    *("account_set_password", "account_confirm_login_code", "metrics", "registry-report"),
    *("review-start", "review-stop", "review-mode", "review-undo", "review-give", "review-reveal"),
}


def routes(patterns: Any) -> Iterator[str]:
    for pattern in patterns:
        if getattr(pattern, "app_name", None) == "admin":
            continue
        if hasattr(pattern, "url_patterns"):
            yield from routes(pattern.url_patterns)
        elif not hasattr(getattr(pattern.callback, "view_class", None), "scopes"):  # of the API
            yield pattern.name


def test_no_page_is_forgotten() -> None:
    pages = {
        name.split(" (")[0] for name in (*OPEN_PAGES, *MEMBER_PAGES, *STAFF_PAGES, *SECURED_NAMES)
    }
    pages |= {
        "mfa_authenticate",
        *REVIEW_NAMES,
    }  # between password and code, as a person of its own
    found = set(routes(get_resolver().url_patterns))
    assert found - pages == NO_PAGES
    assert pages - found == {"404"}


def test_its_vendored_axe_is_the_published_one() -> None:
    digest = hashlib.sha256(AXE.read_bytes()).hexdigest()
    assert digest in (VENDOR / "VERSIONS.txt").read_text()


@pytest.fixture(scope="module")
def web(surroundings: Surroundings) -> Iterator[str]:
    """Pages only: without a worker, what waits keeps waiting."""
    with surroundings.web() as (address, _):
        yield address


@pytest.fixture
def settled() -> None:
    """Nothing to wait for: no worker runs."""


@pytest.fixture
def things(owner: User) -> Things:
    clip, other = factories.done_clip(owner), factories.done_clip(owner, emotion="sad")
    Clip.objects.update(emotion="happy", confidence=0.65, is_sure=True)
    clip.tags.add(Tag.objects.create(owner=owner, name="home"))
    Correction.objects.create(clip=clip, author=owner, author_name="owner", emotion="sad")
    Clip.objects.filter(pk=clip.pk).update(corrected_emotion="sad")
    later = timezone.now() + timedelta(days=1)
    trash_clips(Clip.objects.filter(pk=factories.done_clip(owner, emotion="calm").pk))
    version = ModelVersion.objects.first()
    assert version
    return Things(
        clip=clip,
        other_clip=other,
        waiting=factories.clip(owner),
        failed=factories.failed_clip(owner),
        batch=Batch.objects.create(owner=owner),
        share=Share.objects.create(clip=clip, expires_at=later),
        example=factories.done_clip(hidden_user()),
        version=version,
    )


@pytest.fixture(params=["wide, English", "phone, German"])
def visit(request: pytest.FixtureRequest, browser: Browser, web: str) -> Iterator[Any]:
    """Opens addresses as somebody and returns what axe and the ruler find, by address."""
    context = browser.new_context(
        base_url=web,
        viewport=PHONE if "phone" in request.param else WIDE,
        color_scheme="light",
        locale="de-DE" if "German" in request.param else "en-US",
        reduced_motion="reduce",
        timezone_id="Europe/Berlin",  # which is offered on each page
    )
    context.add_init_script(path=AXE)
    page = context.new_page()

    def go(client: Client | None, addresses: list[str]) -> dict[str, list[str]]:
        context.clear_cookies()
        if client is not None:
            cookie = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": web}])
        found = {address: troubles(page, address) for address in addresses}
        return {address: these for address, these in found.items() if these}

    yield go
    context.close()


def troubles(page: Page, address: str) -> list[str]:
    response = page.goto(address)
    assert response
    assert response.status in (200, 404) or address.endswith("inactive/"), address
    assert page.url.endswith(address) or "/key/" in address, f"{address} led to {page.url}"
    found = barriers(page)
    ruler = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    too_wide: int = page.evaluate(ruler)
    return [*found, *([f"{too_wide} px too wide"] if too_wide > 0 else [])]


def barriers(page: Page) -> list[str]:
    """Everything in light; in dark only what colors can spoil, since nothing else differs."""
    found: list[str] = page.evaluate(CHECK, EVERYTHING)
    page.emulate_media(color_scheme="dark")
    in_dark: list[str] = page.evaluate(CHECK, COLORS)
    page.emulate_media(color_scheme="light")
    return [*found, *(f"in dark: {it}" for it in in_dark)]


def signed_in(name: str) -> Client:
    client = Client()
    client.post("/accounts/login/", {"login": name, "password": factories.PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": factories.PASSWORD})
    return client


def test_pages_for_visitors_have_no_barriers(visit: Any, things: Things) -> None:
    assert visit(None, [address(things) for address in OPEN_PAGES.values()]) == {}


def test_pages_for_members_have_no_barriers(visit: Any, things: Things) -> None:
    addresses = [address(things) for address in MEMBER_PAGES.values()]
    assert visit(signed_in("owner"), addresses) == {}


def test_pages_for_staff_have_no_barriers(visit: Any, things: Things, administrator: User) -> None:
    """With something in each: an alarm, a verdict, clips that a challenger heard."""
    version, now = things.version, timezone.now()
    ModelVersion.objects.filter(pk=version.pk).update(
        status="champion", alarm_code="bundle:app:corrupt", alarm_at=now
    )
    TrainingRun.objects.create(
        **{"state": "done", "trigger": "admin", "challenger": version, "announced_at": now},
        data={"verdict": {"outcome": "not-better", "reasons": [REASON]}},
        started_at=now,
        finished_at=now,
    )
    ShadowPrediction.objects.create(
        **{"clip": things.clip, "model_version": version, "posteriors": {}, "emotion": "sad"},
        confidence=0.5,
        processing_ms=12,
    )
    Prediction.objects.create(
        **{"clip": things.clip, "model_version": factories.model_version(), "emotion": "happy"},
        confidence=0.5,
        posteriors={},
        processing_ms=12,
    )
    addresses = [address(things) for address in STAFF_PAGES.values()]
    assert visit(signed_in("administrator"), addresses) == {}


def test_pages_around_the_second_factor_have_no_barriers(visit: Any, stranger: User) -> None:
    client = signed_in("stranger")
    TOTP.activate(stranger, generate_totp_secret())
    RecoveryCodes.activate(stranger)
    assert visit(client, [reverse(name) for name in SECURED_NAMES]) == {}
    assert visit(signed_in("stranger"), [reverse("mfa_authenticate")]) == {}


def test_pages_of_reviewers_have_no_barriers(visit: Any, things: Things, reviewer: User) -> None:
    """Before a clip is taken, with one on the screen, and with the model's answer beside it."""
    client, now = signed_in("reviewer"), timezone.now()
    addresses = [reverse(name) for name in REVIEW_NAMES]
    assert visit(client, addresses) == {}
    factories.consent(things.clip.owner)
    ReviewCase.objects.create(clip=things.other_clip, state="conflict")
    things.other_clip.reviews.create(
        reviewer_name="another", kind="heard", emotion="sad", was_blind=True
    )
    opinions = [Opinion("a", "reviewer", "sad"), Opinion("a", "another", "calm")]
    Agreement.objects.create(
        **{"reviews": "then", "state": "done", "data": report_of(opinions)},
        announced_at=now,
        started_at=now,
        finished_at=now,
    )
    assert visit(client, addresses) == {}
    client.post(reverse("review-start"))
    assert visit(client, addresses) == {}
    for case in ReviewCase.objects.filter(claimed_by=reviewer):
        client.post(reverse("review-reveal", args=[case.pk]), {"emotion": "sad"})
    assert visit(client, addresses) == {}


def test_empty_pages_have_no_barriers(visit: Any, stranger: User) -> None:
    names = ("history", "deleted", "dashboard", "models")
    assert visit(signed_in("stranger"), [reverse(name) for name in names]) == {}


@pytest.fixture
def phone(browser: Browser, web: str, owner: User) -> Iterator[Page]:
    """Without a script, for the menu needs none."""
    context = browser.new_context(base_url=web, viewport=PHONE, java_script_enabled=False)
    cookie = signed_in("owner").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": web}])
    yield context.new_page()
    context.close()


def test_the_menu_takes_one_row_of_a_phone_and_opens_by_keyboard(phone: Page) -> None:
    phone.goto("/clips/")
    header = phone.locator(".site-header").bounding_box()
    assert header
    assert header["height"] < 70
    button, link = phone.locator(".nav-button"), phone.get_by_role("link", name="Dashboard")
    expect(link).to_be_hidden()
    for _ in range(3):  # past the skip link and the brand
        phone.keyboard.press("Tab")
    expect(button).to_be_focused()
    phone.keyboard.press("Enter")
    expect(link).to_be_visible()
    phone.keyboard.press("Escape")
    expect(link).to_be_hidden()
    expect(button).to_be_focused()
    phone.keyboard.press("Enter")
    for _ in range(3):  # the first two are history and upload
        phone.keyboard.press("Tab")
    expect(link).to_be_focused()
    phone.keyboard.press("Enter")
    expect(phone).to_have_url(re.compile(r"/dashboard/$"))


def test_the_open_menu_has_no_barriers(browser: Browser, web: str) -> None:
    context = browser.new_context(base_url=web, viewport=PHONE, reduced_motion="reduce")
    context.add_init_script(path=AXE)
    page = context.new_page()
    page.goto("/models/")
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert barriers(page) == []
    context.close()
