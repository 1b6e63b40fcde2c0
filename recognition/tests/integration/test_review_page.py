"""The reviewer's screen over HTTP: who may see it, what it hides, and that forms are enough."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from mlcore.labels import EMOTIONS
from recognition.models import Clip, ClipAccess, Review, ReviewCase, User
from recognition.services.correct import correct_clip
from recognition.services.review import Opinion, give_review
from recognition.tests import factories

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
HTMX = {"hx-request": "true"}
HEARD = {"kind": "heard", "emotion": "sad"}


@pytest.fixture
def clip(owner: User) -> Clip:
    factories.consent(owner)
    return factories.done_clip(owner, emotion="fearful", confidence=0.41, name="secretly angry")


@pytest.fixture
def client(reviewer: User, signed_in: SignIn) -> Client:
    return signed_in(reviewer)


def begin(client: Client) -> str:
    return str(client.post("/review/start/", headers=HTMX).content.decode())


def send(client: Client, clip: Clip, **data: str) -> Any:
    return client.post(f"/review/{clip.pk}/", data, headers=HTMX)


GETS = ["/review/", "/review/agreement/"]
POSTS = ["/review/start/", "/review/stop/", "/review/mode/", "/review/undo/", "/review/{}/"]
POSTS += ["/review/{}/answer/", "/review/agreement/"]


@pytest.mark.parametrize("person", ["owner", "stranger", "administrator"])
def test_there_is_no_such_page_for_others(
    clip: Clip, signed_in: SignIn, request: pytest.FixtureRequest, person: str
) -> None:
    client = signed_in(request.getfixturevalue(person))
    for address in GETS:
        assert client.get(address).status_code == 404, address
    for address in POSTS:
        assert client.post(address.format(clip.pk), HEARD).status_code == 404, address
    assert not Review.objects.exists()
    assert not ReviewCase.objects.exists()
    assert "/review/" not in client.get("/clips/").content.decode()


def test_it_asks_for_a_session(clip: Clip) -> None:
    for address in GETS:
        assert Client().get(address).status_code == 302
    for address in POSTS:
        assert Client().post(address.format(clip.pk), HEARD).status_code == 302
    assert not ReviewCase.objects.exists()


def test_every_step_is_a_post_with_a_token(clip: Clip, reviewer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(reviewer)
    for address in POSTS:
        assert client.post(address.format(clip.pk), HEARD).status_code == 403, address
    for address in POSTS[:-1]:
        assert client.get(address.format(clip.pk)).status_code == 405, address


def test_reading_takes_no_clip(client: Client, clip: Clip) -> None:
    text = client.get("/review/").content.decode()
    assert "1 clip waits" in text
    assert not ReviewCase.objects.exists()
    assert not ClipAccess.objects.exists()


def test_it_shows_the_clip_without_what_gives_it_away(
    client: Client, clip: Clip, owner: User
) -> None:
    correct_clip(owner, clip, "calm")
    text = begin(client)
    assert f"/clips/{clip.pk}/audio/" in text
    assert text.count('name="emotion"') == 8
    assert "checked" not in text.split("review-foot")[0]
    for secret in ("secretly angry", "41", "heard-bars", "owner", "Its owner hears"):
        assert secret not in text.replace(str(clip.pk), ""), secret


def test_that_a_clip_was_shown_is_on_record(client: Client, clip: Clip, reviewer: User) -> None:
    begin(client)
    client.get("/review/")
    access = ClipAccess.objects.get()
    assert (access.clip_id, access.user, access.what) == (clip.pk, reviewer, "review")


def test_the_answer_comes_when_something_was_chosen(
    client: Client, clip: Clip, owner: User
) -> None:
    correct_clip(owner, clip, "calm")
    begin(client)
    address = f"/review/{clip.pk}/answer/"
    assert client.post(address, {"emotion": "bored"}, headers=HTMX).status_code == 422
    text = client.post(address, {"emotion": "sad"}, headers=HTMX).content.decode()
    assert "fearful" in text
    assert "41" in text
    assert "Its owner hears: calm" in text
    send(client, clip, **HEARD)
    assert Review.objects.get().was_blind


def test_who_changes_the_mind_after_the_answer_was_not_blind(client: Client, clip: Clip) -> None:
    begin(client)
    client.post(f"/review/{clip.pk}/answer/", {"emotion": "sad"}, headers=HTMX)
    send(client, clip, kind="heard", emotion="fearful")
    assert not Review.objects.get().was_blind


def test_the_answer_is_only_for_who_holds_the_clip(client: Client, clip: Clip) -> None:
    address = f"/review/{clip.pk}/answer/"
    assert client.post(address, {"emotion": "sad"}, headers=HTMX).status_code == 404


def test_who_looked_at_the_page_of_the_clip_was_not_blind(
    client: Client, clip: Clip, reviewer: User
) -> None:
    client.get(f"/clips/{clip.pk}/audio/")
    assert not ClipAccess.objects.exists()
    client.get(f"/clips/{clip.pk}/")
    assert ClipAccess.objects.get().what == "page"
    begin(client)
    send(client, clip, **HEARD)
    assert not Review.objects.get().was_blind


def test_blind_mode_can_be_switched_off_and_on(client: Client, clip: Clip) -> None:
    assert "Blind: on" in begin(client)
    text = client.post("/review/mode/", {"blind": ""}, headers=HTMX).content.decode()
    assert "Blind: off" in text
    assert "fearful" in text.split('id="review-answer"')[1]
    assert 'value="fearful" data-key="6" required checked' in text
    text = client.post("/review/mode/", {"blind": "on"}, headers=HTMX).content.decode()
    assert "Blind: on" in text
    send(client, clip, kind="heard", emotion="fearful")
    assert not Review.objects.get().was_blind  # it had been on the screen


def test_others_opinions_stay_hidden_as_well(client: Client, clip: Clip, signed_in: SignIn) -> None:
    other = factories.user("early", is_reviewer=True)
    ReviewCase.objects.create(clip=clip, n_wanted=2)
    give_review(other, clip.pk, Opinion(Review.Kind.HEARD, "disgust"))
    assert "Other reviewers" not in begin(client)
    address = f"/review/{clip.pk}/answer/"
    text = client.post(address, {"emotion": "sad"}, headers=HTMX).content.decode()
    assert "Other reviewers: disgust" in text


def test_it_goes_on_to_the_next_clip(client: Client, clip: Clip, owner: User) -> None:
    following = factories.done_clip(owner, confidence=0.9)
    assert f'data-clip="{clip.pk}"' in begin(client)
    text = send(client, clip, **HEARD).content.decode()
    assert f'data-clip="{following.pk}"' in text
    assert "Noted: sad." in text
    assert "1 clip today" in text
    assert "Nothing waits for you" in send(client, following, kind="bad-audio").content.decode()


def test_it_names_the_next_clip_to_be_loaded(client: Client, clip: Clip, owner: User) -> None:
    following = factories.done_clip(owner, confidence=0.9)
    text = begin(client)
    assert f'data-next="{following.pk}"' in text
    assert f'data-next-audio="/clips/{following.pk}/audio/"' in text


def test_a_skip_says_why(client: Client, clip: Clip) -> None:
    begin(client)
    response = send(client, clip, kind="skipped")
    assert response.status_code == 422
    assert "Say why you skip the clip" in response.content.decode()
    text = send(client, clip, kind="skipped", reason="several-voices").content.decode()
    assert "Noted: skipped: several voices." in text
    assert Review.objects.get().reason == "several-voices"


def test_a_skip_can_have_a_reason_in_own_words(client: Client, clip: Clip) -> None:
    begin(client)
    long = send(client, clip, kind="skipped", other="x" * 201)
    assert "The reason has 201 characters" in long.content.decode()
    text = send(client, clip, kind="skipped", other="<i>wind</i>").content.decode()
    assert "&lt;i&gt;wind" in text


@pytest.mark.parametrize("data", [{}, {"kind": "liked"}, {"kind": "heard\x00"}])
def test_it_refuses_what_no_form_of_it_sends(
    client: Client, clip: Clip, data: dict[str, str]
) -> None:
    assert send(client, clip, **data).status_code == 400
    assert not Review.objects.exists()


@pytest.mark.parametrize("emotion", ["", "bored", "x" * 999])
def test_it_says_that_something_must_be_chosen(client: Client, clip: Clip, emotion: str) -> None:
    begin(client)
    response = send(client, clip, kind="heard", emotion=emotion)
    assert (response.status_code, Review.objects.count()) == (422, 0)
    assert "is none of the eight emotions" in response.content.decode()


def test_undo_brings_the_clip_back_to_the_screen(client: Client, clip: Clip, owner: User) -> None:
    factories.done_clip(owner, confidence=0.9)
    begin(client)
    send(client, clip, **HEARD)
    text = client.post("/review/undo/", headers=HTMX).content.decode()
    assert "Taken back." in text
    assert f'data-clip="{clip.pk}"' in text
    response = client.post("/review/undo/", headers=HTMX)
    assert (response.status_code, "nothing left" in response.content.decode()) == (422, True)


def test_consent_withdrawn_meanwhile_is_said_and_work_goes_on(
    client: Client, clip: Clip, owner: User
) -> None:
    other = factories.user("other owner")
    factories.consent(other)
    following = factories.done_clip(other, confidence=0.9)
    begin(client)
    User.objects.filter(pk=owner.pk).update(review_consent_at=None)
    response = send(client, clip, **HEARD)
    text = response.content.decode()
    assert (response.status_code, Review.objects.count()) == (422, 0)
    assert "withdrawn the consent" in text
    assert f'data-clip="{following.pk}"' in text
    assert client.get(f"/clips/{clip.pk}/audio/").status_code == 404


def test_two_reviewers_never_see_the_same_clip(
    client: Client, clip: Clip, signed_in: SignIn
) -> None:
    other = signed_in(factories.user("second", is_reviewer=True))
    assert str(clip.pk) in begin(client)
    assert "Nothing waits for you" in begin(other)
    response = send(other, clip, **HEARD)
    assert "Another reviewer works on this clip" in response.content.decode()
    client.post("/review/stop/")
    assert str(clip.pk) in begin(other)


def test_the_role_can_be_taken_while_somebody_reviews(
    client: Client, clip: Clip, reviewer: User
) -> None:
    begin(client)
    User.objects.filter(pk=reviewer.pk).update(is_reviewer=False)
    assert send(client, clip, **HEARD).status_code == 404
    assert not Review.objects.exists()


def test_plain_forms_are_enough(client: Client, clip: Clip) -> None:
    def post(address: str, **data: str) -> str:
        response = client.post(address, data, follow=True)
        assert response.redirect_chain == [("/review/", 302)]
        return str(response.content.decode())

    assert f'data-clip="{clip.pk}"' in post("/review/start/")
    text = post(f"/review/{clip.pk}/answer/", emotion="sad")
    assert 'value="sad" data-key="4" required checked' in text
    assert "fearful" in text.split('id="review-answer"')[1]
    assert "Noted: sad." in post(f"/review/{clip.pk}/", **HEARD)
    assert "Taken back." in post("/review/undo/")
    assert "Say why" in post(f"/review/{clip.pk}/", kind="skipped")
    assert "free for others" in post("/review/stop/")


def test_a_wanted_clip_comes_first(client: Client, clip: Clip, owner: User) -> None:
    wanted = factories.done_clip(owner, confidence=0.99)
    begin(client)
    response = client.post("/review/start/", {"clip": str(wanted.pk)}, headers=HTMX)
    assert f'data-clip="{wanted.pk}"' in response.content.decode()


def test_a_wanted_clip_that_can_not_be_had_is_no_error(
    client: Client, clip: Clip, stranger: User
) -> None:
    private = factories.done_clip(stranger)
    for wanted in (str(private.pk), "nonsense"):
        text = client.post("/review/start/", {"clip": wanted}, headers=HTMX).content.decode()
        assert f'data-clip="{clip.pk}"' in text


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_every_emotion_has_its_key(client: Client, clip: Clip, emotion: str) -> None:
    number = EMOTIONS.index(emotion) + 1
    assert f'value="{emotion}" data-key="{number}"' in begin(client)


def test_it_asks_the_database_a_bounded_number_of_times(
    client: Client, clip: Clip, owner: User, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        factories.done_clip(owner)
    begin(client)
    with django_assert_max_num_queries(16):
        client.get("/review/")
    with django_assert_max_num_queries(60):
        send(client, clip, **HEARD)
