"""manage.py promote: let a model version serve that was better than the serving one."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mlcore.errors import SersiteError
from recognition.messages import sentence
from recognition.services.promote import promote_version


class Command(BaseCommand):
    help = "Lets a model version serve, if it was better than the one that serves now."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("id", type=int, help="of the model version")
        parser.add_argument(
            "--force", default="", metavar="REASON", help="without a good verdict; it is kept"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            promotion = promote_version(options["id"], forced_reason=options["force"])
        except SersiteError as error:
            raise CommandError(f"{sentence(error.code, error.details)} [{error.code}]") from error
        before = promotion.previous or "nothing"
        self.stdout.write(f"{promotion.version} serves now, instead of {before}.")
