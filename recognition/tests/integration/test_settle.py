"""What counts as heard, from reviewers, administrators and imports alike."""

import pytest

from recognition.errors import ReviewError
from recognition.models import Clip, ReviewCase, Settlement, User
from recognition.services.review import settle
from recognition.tests import factories

ADMIN = Settlement.How.ADMIN


def test_it_marks_clip_and_case_and_says_who(owner: User, administrator: User) -> None:
    clip = factories.done_clip(owner, emotion="happy")
    settlement = settle(clip, "sad", how=ADMIN, by=administrator, reason="obvious")
    clip.refresh_from_db()
    assert (clip.reviewed_emotion, clip.emotion) == ("sad", "happy")
    assert clip.review_case.state == ReviewCase.State.SETTLED
    assert (settlement.by, settlement.by_name) == (administrator, "administrator")
    assert (settlement.reason, settlement.shares) == ("obvious", {})


def test_it_keeps_what_was_settled_before(owner: User) -> None:
    clip = factories.done_clip(owner)
    settle(clip, "sad", how=Settlement.How.IMPORTED, by=None)
    settle(clip, "calm", how=ADMIN, by=None, shares={"calm": 0.75, "sad": 0.25})
    assert [s.emotion for s in clip.settlements.all()] == ["sad", "calm"]
    assert clip.settlements.latest("id").shares == {"calm": 0.75, "sad": 0.25}


def test_it_takes_back_what_was_settled(owner: User) -> None:
    clip = factories.done_clip(owner)
    settle(clip, "sad", how=ADMIN, by=None)
    settle(clip, "", how=Settlement.How.REOPENED, by=None)
    clip.refresh_from_db()
    assert (clip.reviewed_emotion, clip.review_case.state) == ("", "open")


@pytest.mark.parametrize(
    ("emotion", "how"), [("", ADMIN), ("bored", ADMIN), ("sad", Settlement.How.REOPENED)]
)
def test_it_refuses_what_is_no_emotion(owner: User, emotion: str, how: Settlement.How) -> None:
    clip = factories.done_clip(owner)
    with pytest.raises(ReviewError, match="review:user:emotion"):
        settle(clip, emotion, how=how, by=None)
    assert not clip.settlements.exists()


def test_it_refuses_a_reason_that_does_not_fit(owner: User) -> None:
    with pytest.raises(ReviewError, match="review:user:reason-too-long"):
        settle(factories.done_clip(owner), "sad", how=ADMIN, by=None, reason="x" * 201)


def test_it_refuses_a_clip_that_was_deleted(owner: User) -> None:
    clip = factories.done_clip(owner)
    Clip.objects.update(deleted_at=clip.created_at)
    with pytest.raises(Clip.DoesNotExist):
        settle(clip, "sad", how=ADMIN, by=None)
