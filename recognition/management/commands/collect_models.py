"""manage.py collect_models: remove the files of models that nobody needs any more."""

from typing import Any

from django.core.management.base import BaseCommand

from recognition.jobs.collect import collect_models


class Command(BaseCommand):
    help = (
        "Removes the files of models that neither serve nor can come back by rollback, and what "
        "broken trainings left. Their figures stay."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        removed = collect_models()
        for name in removed:
            self.stdout.write(f"The files of {name} were removed.")
        if not removed:
            self.stdout.write("Nothing was to be removed.")
