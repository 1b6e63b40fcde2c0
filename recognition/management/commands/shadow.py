"""manage.py shadow: let a candidate listen beside the serving model."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mlcore.errors import SersiteError
from recognition.messages import sentence
from recognition.services.promote import set_shadow


class Command(BaseCommand):
    help = "Lets a candidate hear a share of the live clips, too; its answers are not shown."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("id", type=int, help="of the model version")
        parser.add_argument("share", type=float, help="from 0 (not any more) to 1 (every clip)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            version = set_shadow(options["id"], options["share"])
        except SersiteError as error:
            raise CommandError(f"{sentence(error.code, error.details)} [{error.code}]") from error
        self.stdout.write(f"{version} hears {version.shadow_share:.0%} of the clips.")
