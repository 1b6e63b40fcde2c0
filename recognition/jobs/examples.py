"""Clips that visitors had judged are not kept."""

from datetime import timedelta

from django.utils import timezone

from recognition.examples import USERNAME
from recognition.jobs.purge import delete_clips
from recognition.models import Clip

KEPT_FOR = timedelta(hours=1)
MOST_A_TURN = 500


def remove_old_examples() -> int:
    old = Clip.with_deleted.filter(
        owner__username=USERNAME, created_at__lt=timezone.now() - KEPT_FOR
    )
    return delete_clips(old.order_by("created_at")[:MOST_A_TURN])
