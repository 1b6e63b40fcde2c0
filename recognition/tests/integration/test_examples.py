"""What visitors can try without an account, and how it is kept from being misused."""

import io
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from mlcore.synthesis import speak
from recognition.examples import DURATION_S, EXAMPLES, USERNAME
from recognition.jobs.examples import remove_old_examples
from recognition.jobs.recognize import recognize_clip
from recognition.models import Clip, Correction, User
from recognition.selectors.reviews import queue
from recognition.tests import factories, recordings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_earlier_visitors(db: None) -> None:
    cache.clear()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.slug)
def test_the_samples_are_what_the_script_makes(example: Any) -> None:
    found, sample_rate = soundfile.read(example.path)
    assert sample_rate == 16_000
    assert example.path.stat().st_size < 100_000
    if example.manner is not None:
        made = speak(example.manner, DURATION_S, seed=example.seed)
        assert np.abs(found - made).max() < 1e-3


def test_a_visitor_has_an_example_really_judged(client: Client) -> None:
    assert "What does the model hear?" in client.get("/").content.decode()
    response = client.post("/examples/slow/")
    clip = Clip.objects.get()
    assert response["Location"] == f"/examples/clips/{clip.pk}/"
    assert (clip.owner.username, clip.state, clip.name) == (USERNAME, "queued", "Slow and soft")
    assert f"/examples/clips/{clip.pk}/status/" in client.get(response["Location"]).content.decode()
    recognize_clip(clip.pk)
    page = client.get(f"/examples/clips/{clip.pk}/status/").content.decode()
    assert clip.predictions.get().emotion in page
    assert "In 100 clips like this one it is right about" in page
    assert "Second guess:" in page
    assert "hx-get" not in page
    for name in ("clip-correct", "Delete", "Share", "csrf"):
        assert name not in page


def test_it_answers_a_script_with_the_fragment_alone(client: Client) -> None:
    response = client.post("/examples/slow/", headers={"HX-Request": "true"})
    assert response.status_code == 200
    assert response.content.decode().lstrip().startswith('<div id="example-result">')


def test_it_gives_visitors_the_sound_of_each_example(client: Client) -> None:
    for example in EXAMPLES:
        response = client.get(f"/examples/{example.slug}/audio/")
        assert response.getvalue() == example.path.read_bytes()
    assert client.get("/examples/nothing/audio/").status_code == 404


def test_a_visitor_can_not_send_a_file_there(client: Client) -> None:
    upload = SimpleUploadedFile("mine.wav", recordings.wav(1))
    client.post("/examples/slow/", {"file": upload, "files": upload})
    assert [clip.file_name for clip in Clip.objects.all()] == ["slow.flac"]
    assert client.post("/examples/mine/").status_code == 404
    assert client.get("/examples/slow/").status_code == 405


def test_it_throttles_by_address(client: Client, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"example": "2/h/ip"}
    for _ in range(2):
        assert client.post("/examples/slow/").status_code == 302
    response = client.post("/examples/slow/")
    assert response.status_code == 429
    assert "Many examples were tried from this address" in response.content.decode()
    assert client.post("/examples/slow/", headers={"HX-Request": "true"}).status_code == 429
    assert Clip.objects.count() == 2
    assert client.post("/examples/slow/", REMOTE_ADDR="192.0.2.7").status_code == 302


def test_it_shows_no_clip_of_anybody_else(
    clip: Clip, reviewer: User, stranger: User, signed_in: Callable[[User], Client]
) -> None:
    for client in (Client(), signed_in(clip.owner), signed_in(reviewer), signed_in(stranger)):
        assert client.get(f"/examples/clips/{clip.pk}/").status_code == 404
        assert client.get(f"/examples/clips/{clip.pk}/status/").status_code == 404


def test_nobody_can_be_the_hidden_user(client: Client) -> None:
    client.post("/examples/slow/")
    user = User.objects.get(username=USERNAME)
    assert not user.is_active
    assert not user.has_usable_password()
    assert (user.review_consent_at, user.training_consent_at) == (None, None)


def test_old_examples_are_removed_with_their_files(
    client: Client, owner: User, media_root: Path, django_capture_on_commit_callbacks: Any
) -> None:
    mine = factories.days_ago(factories.clip(owner), 1)
    for _ in range(2):
        client.post("/examples/slow/")
    old = Clip.objects.exclude(owner=owner).first()
    assert old is not None
    Clip.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(hours=2))
    with django_capture_on_commit_callbacks(execute=True):
        assert remove_old_examples() == 1
    assert not Path(old.file.path).exists()
    assert Clip.objects.count() == 2
    assert Clip.objects.filter(pk=mine.pk).exists()


def seed(**options: Any) -> str:
    output = io.StringIO()
    call_command("seed_demo", stdout=output, now=True, **options)
    return output.getvalue()


def test_it_makes_a_demo_user_whose_clips_are_really_recognized() -> None:
    seed(clips=8, force=True, password=factories.PASSWORD)
    clips = Clip.objects.filter(owner__email="demo@example.org")
    assert clips.count() == 10
    assert [clip.error_code for clip in clips.filter(state="failed")] == ["audio:user:no-speech"]
    assert clips.filter(state="done", predictions__isnull=False).count() == 9
    heard = Counter(clips.filter(state="done").values_list("emotion", flat=True))
    assert len(heard) >= 4
    assert max(heard.values()) <= heard.total() / 2
    long = clips.get(duration_s__gt=60).predictions.get()
    assert len(set(long.segments.values_list("emotion", flat=True))) >= 4
    assert clips.filter(tags__isnull=False).exists()
    assert Correction.objects.exists()
    ages = [timezone.now() - clip.created_at for clip in clips]
    assert max(ages) - min(ages) > timedelta(days=7)
    assert Client().login(username="demo", password=factories.PASSWORD)
    assert clips.exclude(reviewed_emotion="").count() == 2
    reviewer = User.objects.get(username="demo-reviewer", is_reviewer=True)
    assert queue(reviewer, n=20)
    assert Client().login(username="demo-reviewer", password=factories.PASSWORD)
    again = seed(clips=8, force=True)
    assert "0 clips were made" in again
    assert "0 of them were reviewed" in again
    assert clips.count() == 10
    assert Client().login(username="demo", password=factories.PASSWORD)


def test_it_makes_no_demo_user_on_a_site_that_may_be_public() -> None:
    with pytest.raises(CommandError, match="DEBUG"):
        seed()
    assert not User.objects.exists()
