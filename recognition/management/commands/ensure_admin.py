"""manage.py ensure_admin: make the first administrator, with a generated password."""

import os
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from recognition.services.accounts import create_first_administrator


class Command(BaseCommand):
    help = "Creates the user “admin” with a generated password where there is no administrator."

    def handle(self, *args: object, **options: object) -> None:
        password = create_first_administrator()
        if password is None:
            return
        path = Path(settings.ADMIN_PASSWORD_FILE)
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(password + "\n")
        self.stdout.write(f"First administrator: admin, password: {password} (kept in {path})")
