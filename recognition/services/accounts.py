"""What people decide about their account, and the first administrator."""

import secrets

from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from recognition.models import User


def set_review_consent(user: User, *, consents: bool) -> None:
    if consents == (user.review_consent_at is not None):
        return
    user.review_consent_at = timezone.now() if consents else None
    user.save(update_fields=["review_consent_at"])


@transaction.atomic
def create_first_administrator() -> str | None:
    """The generated password of the new user "admin"; None where an administrator exists."""
    if User.objects.filter(is_superuser=True).exists():
        return None
    password = secrets.token_urlsafe(12)
    user = User.objects.create_superuser("admin", "admin@localhost.localdomain", password)
    # nobody reads mail there, and a site may demand proof of every address
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return password
