"""The clip's page and the fragment that it polls: every state, in words and figures."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from mlcore.labels import EMOTIONS
from recognition.models import Clip, User
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]


def fragment(clip: Clip, signed_in: SignIn) -> str:
    response = signed_in(clip.owner).get(f"/clips/{clip.pk}/status/")
    assert "no-cache" in response["Cache-Control"]
    return response.content.decode()


@pytest.mark.parametrize("state", ["queued", "running"])
def test_it_polls_every_second_while_the_result_is_likely(
    owner: User, signed_in: SignIn, state: str
) -> None:
    clip = factories.clip(owner, state=state)
    text = fragment(clip, signed_in)
    assert f'hx-get="/clips/{clip.pk}/status/"' in text
    assert 'hx-trigger="every 1s, news"' in text


def test_it_polls_less_often_after_30_seconds(owner: User, signed_in: SignIn) -> None:
    long_ago = timezone.now() - timedelta(seconds=31)
    clip = factories.clip(owner, announced_at=long_ago)
    Clip.objects.update(created_at=long_ago)
    assert 'hx-trigger="every 5s, news"' in fragment(clip, signed_in)


@pytest.mark.parametrize("make", [factories.done_clip, factories.failed_clip])
def test_it_stops_polling_when_the_result_is_final(
    owner: User, signed_in: SignIn, make: Callable[[User], Clip]
) -> None:
    assert "hx-get" not in fragment(make(owner), signed_in)


def test_it_shows_the_emotion_with_its_confidence_and_all_eight_posteriors(
    owner: User, signed_in: SignIn
) -> None:
    clip = factories.done_clip(owner, emotion="fearful", confidence=0.65)
    text = fragment(clip, signed_in)
    assert "fearful" in text
    assert "65" in text
    assert "😨" in text
    for emotion in EMOTIONS:
        assert f"emotion-{emotion}" in text
    assert "not sure" not in text.lower()
    prediction = clip.predictions.get()
    assert prediction.model_version.name in text


def test_it_says_once_not_sure_below_the_threshold_of_the_model(
    owner: User, signed_in: SignIn
) -> None:
    clip = factories.done_clip(owner, confidence=0.39)
    page = signed_in(owner).get(f"/clips/{clip.pk}/").content.decode()
    for text in (fragment(clip, signed_in), page):
        assert strip_tags(text).lower().count("not sure") == 1


def test_it_explains_a_failure_and_offers_a_retry(owner: User, signed_in: SignIn) -> None:
    clip = factories.failed_clip(owner)
    text = fragment(clip, signed_in)
    assert "No speech was found" in text
    assert "audio:user:no-speech" in text
    assert f'action="/clips/{clip.pk}/retry/"' in text


def test_it_queues_a_failed_clip_again(
    owner: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = factories.failed_clip(owner)
    response = signed_in(owner).post(f"/clips/{clip.pk}/retry/")
    assert response["Location"] == f"/clips/{clip.pk}/"
    clip.refresh_from_db()
    assert (clip.state, clip.error_code, clip.attempts) == ("queued", "", 0)


@pytest.mark.parametrize("state", ["queued", "running"])
def test_it_does_not_retry_what_is_under_way(owner: User, signed_in: SignIn, state: str) -> None:
    clip = factories.clip(owner, state=state, attempts=1)
    signed_in(owner).post(f"/clips/{clip.pk}/retry/")
    clip.refresh_from_db()
    assert (clip.state, clip.attempts) == (state, 1)


def test_it_changes_nothing_by_get(owner: User, signed_in: SignIn) -> None:
    clip = factories.failed_clip(owner)
    for action in ("retry", "delete"):
        assert signed_in(owner).get(f"/clips/{clip.pk}/{action}/").status_code == 405
    assert Clip.objects.get().state == "failed"


def test_it_asks_the_database_a_bounded_number_of_times(
    owner: User, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    clip = factories.done_clip(owner)
    client = signed_in(owner)
    with django_assert_max_num_queries(13):
        client.get(f"/clips/{clip.pk}/")
    with django_assert_max_num_queries(10):
        client.get(f"/clips/{clip.pk}/status/")


def test_it_tells_how_far_to_trust_it_the_second_guess_and_where_it_lies(
    owner: User, signed_in: SignIn
) -> None:
    bins = [{"confidence": 0.66, "accuracy": 0.61, "n_clips": 400}]
    clip = factories.done_clip(owner, confidence=0.65)
    version = clip.predictions.get().model_version
    version.scores = {"cross_validation": {"reliability": bins}}
    version.save()
    text = fragment(clip, signed_in)
    assert "In 100 clips like this one it is right about 61 times." in text
    assert "measured on 400 clips" in text
    assert "Second guess:" in text
    assert "Valence" in text
    assert f'href="/models/{version.pk}/"' in text


def test_it_draws_along_the_clip_also_where_no_speech_was_found(
    owner: User, signed_in: SignIn
) -> None:
    silent = factories.failed_clip(owner)
    broken = factories.clip(owner, state="failed", error_code="audio:user:not-finite")
    assert f'data-portrait="/clips/{silent.pk}/portrait/"' in fragment(silent, signed_in)
    assert "data-portrait" not in fragment(broken, signed_in)


def test_each_emotion_has_its_shape_wherever_it_is_named(owner: User, signed_in: SignIn) -> None:
    text = fragment(factories.done_clip(owner), signed_in)
    n_verdict, n_bars, n_choices, n_along = 2, 8, 8, 4  # its mark, run, legend and row
    assert text.count('class="shape"') == n_verdict + n_bars + n_choices + n_along + 1


def test_it_asks_what_is_heard_directly_below_the_result(owner: User, signed_in: SignIn) -> None:
    clip = factories.done_clip(owner)
    text = signed_in(owner).get(f"/clips/{clip.pk}/").content.decode()
    places = [text.index(f'id="{name}"') for name in ("result", "correct", "details", "describe")]
    assert places == sorted(places)
    assert "hx-swap-oob" not in text


def test_what_hangs_on_the_result_comes_with_it(owner: User, signed_in: SignIn) -> None:
    waiting, done = factories.clip(owner), factories.done_clip(owner)
    assert "hx-swap-oob" not in fragment(waiting, signed_in)
    text = fragment(done, signed_in)
    assert text.count('hx-swap-oob="true"') == 2
    assert text.count('name="emotion"') == 8


@pytest.mark.parametrize("make", [factories.clip, factories.failed_clip, factories.done_clip])
def test_it_tells_the_facts_of_the_file_with_and_without_a_result(
    owner: User, signed_in: SignIn, make: Callable[..., Clip]
) -> None:
    facts = {"sample_rate": 16_000, "n_channels": 1, "codec": "pcm_16", "speaker_consent": "agreed"}
    clip = make(owner, name="x" * 255, **facts)
    client = signed_in(owner)
    text = client.get(f"/clips/{clip.pk}/").content.decode()
    for words in ("16 kHz, mono, PCM 16 bit", "the speaker agreed", "as it was sent.wav"):
        assert words in text
    client.post("/language/", {"language": "de"})
    german = client.get(f"/clips/{clip.pk}/").content.decode()
    assert "mit Zustimmung der sprechenden Person" in german


def test_it_lets_one_style_sheet_into_the_page_by_a_fresh_nonce(
    owner: User, signed_in: SignIn
) -> None:
    clip, client, nonces = factories.done_clip(owner), signed_in(owner), set()
    for _ in range(2):
        response = client.get(f"/clips/{clip.pk}/")
        policy = response["Content-Security-Policy"]
        nonce = policy.rsplit("'nonce-", 1)[1].rstrip("'")
        assert f'content="{nonce}"' in response.content.decode()
        assert "unsafe" not in policy
        nonces.add(nonce)
    assert len(nonces) == 2
    assert "nonce" not in client.get("/clips/")["Content-Security-Policy"]
