"""manage.py seed_demo: a demo user with some dozens of clips that are really recognized."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from recognition.jobs.recognize import recognize_clip
from recognition.models import Clip, User
from recognition.services.demo import (
    EMAIL,
    REVIEWER_EMAIL,
    correct_some,
    demo_reviewer,
    demo_user,
    review_some,
    seed,
)

EVERY_S = 0.5


class Command(BaseCommand):
    help = "Makes a demo user with clips from a synthesizer; run again, it adds what is missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clips", type=int, default=42, help="how many, besides two of a kind")
        parser.add_argument("--password", default="", help="of the demo user; none: left as it is")
        parser.add_argument("--now", action="store_true", help="recognize here, without a worker")
        parser.add_argument("--wait", type=float, default=300, help="seconds for the workers")
        parser.add_argument("--force", action="store_true", help="also on a site with DEBUG off")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG and not options["force"]:
            raise CommandError(
                "This site runs with DEBUG off, so it may be a public one: nothing was made. "
                "Use --force if it is to have a demo user."
            )
        user = demo_user(options["password"])
        clips = seed(user, options["clips"])
        self.stdout.write(f"{len(clips)} clips were made for {EMAIL}.")
        if options["now"]:
            for clip in unfinished(user):
                recognize_clip(clip.pk)
        elif n_left := wait(user, options["wait"]):
            raise CommandError(
                f"{n_left} clips still wait for a worker. Start one (make run) and run this "
                "again, or use --now."
            )
        n_corrected = correct_some(user, options["clips"])
        self.stdout.write(f"{n_corrected} of them were corrected.")
        n_reviewed = review_some(demo_reviewer(options["password"]), user, options["clips"])
        self.stdout.write(f"{n_reviewed} of them were reviewed by {REVIEWER_EMAIL}.")


def unfinished(user: User) -> list[Clip]:
    return list(Clip.objects.filter(owner=user).exclude(state__in=Clip.FINAL_STATES))


def wait(user: User, seconds: float) -> int:
    """How many clips are unfinished when all are done or the time is over."""
    deadline = time.monotonic() + seconds
    while (n_left := len(unfinished(user))) and time.monotonic() < deadline:
        time.sleep(EVERY_S)
    return n_left
