"""A clip by its link, for programs without an account: what the link's page shows, no more."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from recognition.models import Clip, Share, User
from recognition.services.erase import trash_clips
from recognition.services.share import share_clip, withdraw_shares
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SECRET = "only-its-owner-knows-this"


@pytest.fixture
def shared(owner: User) -> Clip:
    return factories.done_clip(
        owner, emotion="sad", confidence=0.72, name=SECRET, note=SECRET, content=b"abc"
    )


def opened(share: Share) -> Any:
    return Client().get(f"/api/v1/shared/{share.token}/")


def test_whoever_has_the_link_sees_the_result(shared: Clip) -> None:
    response = opened(share_clip(shared, n_days=1))
    assert response.status_code == 200
    found = response.json()["clip"]
    assert (found["is_final"], found["error"]) == (True, None)
    assert (found["prediction"]["emotion"], found["prediction"]["confidence"]) == ("sad", 0.72)
    assert found["trust"] == {"n_right": 72, "n_measured": 0}
    assert set(found["place"]) == {"valence", "arousal"}


def test_it_tells_no_more_than_the_page(shared: Clip) -> None:
    body = json.dumps(opened(share_clip(shared, n_days=1)).json())
    secrets = (SECRET, str(shared.pk), "owner", "as it was sent")
    assert not any(secret in body for secret in secrets)


def test_the_recording_is_at_the_address_that_it_names(shared: Clip) -> None:
    address = opened(share_clip(shared, n_days=1)).json()["audio_url"]
    response: Any = Client().get(address.removeprefix("http://localhost:8000"))
    assert response.getvalue() == b"abc"


def test_it_is_not_kept_by_anybody_on_the_way(shared: Clip) -> None:
    response = opened(share_clip(shared, n_days=1))
    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex, nofollow"


def test_a_clip_without_a_result_says_so(owner: User) -> None:
    waiting = opened(share_clip(factories.clip(owner), n_days=1)).json()["clip"]
    assert (waiting["is_final"], waiting["prediction"], waiting["place"]) == (False, None, None)
    failed = opened(share_clip(factories.failed_clip(owner), n_days=1)).json()["clip"]
    assert (failed["error"]["code"], failed["trust"]) == ("audio:user:no-speech", None)


def test_what_worked_once_is_gone(shared: Clip) -> None:
    share = share_clip(shared, n_days=1)
    Share.objects.update(expires_at=timezone.now())
    told = [opened(share)]
    Share.objects.update(expires_at=timezone.now() + timedelta(days=1))
    trash_clips(Clip.objects.all())
    told.append(opened(share))
    withdraw_shares(shared)
    told.append(opened(share))
    assert [it.status_code for it in told] == [410, 410, 410]
    codes = [it.json()["code"] for it in told]
    assert codes == [f"share:user:{why}" for why in ("expired", "deleted", "withdrawn")]


@pytest.mark.parametrize("token", ["nobody-made-this", "x" * 500, "-"])
def test_a_link_that_nobody_made_opens_nothing(shared: Clip, token: str) -> None:
    response = Client().get(f"/api/v1/shared/{token}/")
    assert (response.status_code, response.json()["code"]) == (404, "share:user:unknown")


def test_visitors_may_not_ask_without_end(shared: Clip, settings: Any) -> None:
    settings.API_VISITORS_PER_MINUTE = 2
    share = share_clip(shared, n_days=1)
    visitor = Client(REMOTE_ADDR="203.0.113.77")
    told = [visitor.get(f"/api/v1/shared/{share.token}/").status_code for _ in range(3)]
    assert told == [200, 200, 429]
