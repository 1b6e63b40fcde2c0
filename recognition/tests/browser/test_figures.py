"""No page is heavy, and nothing jumps while one loads; times are for docs/screens/measure_pages."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext

from recognition.models import ModelVersion, User
from recognition.tests import recordings
from recognition.tests.browser.figures import MAX_BYTES, MAX_SHIFT, measure
from recognition.tests.heard import months_of_clips
from recognition.tests.processes import submit, wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shared_media")]


def test_pages_are_light_and_keep_still(
    browser: Browser,
    context: BrowserContext,
    site: str,
    owner: User,
    signed_in: Callable[[User], Client],
) -> None:
    speech = recordings.encode(recordings.long_speech(0.15))
    clips = [wait_for(submit(owner, speech, f"{number}.wav")) for number in range(2)]
    version = ModelVersion.objects.get(status="champion")
    months_of_clips(owner, [version], 60)
    key = signed_in(owner).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": key, "url": site}])
    state = context.storage_state()
    compared = "&".join(f"clip={clip.pk}" for clip in clips)
    paths = ["/", "/clips/new/", "/clips/", "/dashboard/?range=90", "/models/", "/settings/"]
    paths += [f"/clips/{clips[0].pk}/", f"/models/{version.pk}/", f"/compare/?{compared}"]
    figures = {path: measure(browser, f"{site}{path}", state) for path in paths}
    assert min(it.n_bytes for it in figures.values()) > 5_000, "nothing was counted"
    assert {path: it.n_bytes for path, it in figures.items() if it.n_bytes > MAX_BYTES} == {}
    assert {path: it.shift for path, it in figures.items() if it.shift > MAX_SHIFT} == {}
