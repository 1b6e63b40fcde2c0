"""Reviewers, or fingers, that are quicker than one transaction."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.db import connection

from recognition.errors import ReviewError
from recognition.models import Clip, Review, User
from recognition.selectors.reviews import held_clips
from recognition.services.claims import claim_next
from recognition.services.review import undo_review
from recognition.tests import factories
from recognition.tests.integration.test_review import clip, now_of, say, second, steps, wants

pytestmark = pytest.mark.django_db(transaction=True)

Kind = Review.Kind
__all__ = ["clip", "second"]  # fixtures: pytest finds them by name


def test_enter_pressed_many_times_is_one_opinion(clip: Clip, reviewer: User) -> None:
    wants(clip, 2)
    claim_next(reviewer)
    assert at_once(lambda: say(reviewer, clip, "sad"), n=6) == 1
    assert now_of(clip) == ("open", "")


def test_each_undo_at_the_same_moment_takes_another_step_back(
    clip: Clip, reviewer: User, owner: User
) -> None:
    other = factories.done_clip(owner)
    say(reviewer, clip, "sad")
    say(reviewer, other, "calm")
    undone: list[UUID] = []
    assert at_once(lambda: undone.append(undo_review(reviewer).clip_id), n=6) == 2
    assert set(undone) == {other.pk, clip.pk}
    assert held_clips(reviewer) == [clip, other]  # the one that was taken back last comes first


def test_undo_and_a_new_opinion_at_the_same_moment_wait_for_each_other(
    clip: Clip, reviewer: User
) -> None:
    """Whichever comes first: no deadlock, and at most one opinion stands."""
    acts: list[Callable[[], object]] = [
        lambda: say(reviewer, clip, "sad"),
        lambda: undo_review(reviewer),
    ]
    steps = iter(10 * acts)
    at_once(lambda: next(steps)(), n=20)
    assert Review.objects.filter(undone_at__isnull=True).count() <= 1


def test_two_who_say_the_same_at_once_settle_it_once(
    clip: Clip, reviewer: User, second: User
) -> None:
    """Nobody holds it: the first one's claim had run out."""
    wants(clip, 2)
    people = iter([reviewer, second] * 3)
    assert at_once(lambda: say(next(people), clip, "sad"), n=6) == 2
    assert (now_of(clip), steps(clip)) == (("settled", "sad"), [("sad", "agreed")])


def at_once(act: Callable[[], object], *, n: int) -> int:
    """How many of them were not refused."""

    def attempt(_: int) -> bool:
        try:
            act()
        except ReviewError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(n) as threads:
        return sum(threads.map(attempt, range(n)))
