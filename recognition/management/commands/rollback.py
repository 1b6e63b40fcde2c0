"""manage.py rollback: let the model serve again that served before."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mlcore.errors import SersiteError
from recognition.messages import sentence
from recognition.services.promote import roll_back


class Command(BaseCommand):
    help = "Lets the model version serve again that served before the last promotion."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            promotion = roll_back()
        except SersiteError as error:
            raise CommandError(f"{sentence(error.code, error.details)} [{error.code}]") from error
        self.stdout.write(f"{promotion.version} serves again, instead of {promotion.previous}.")
