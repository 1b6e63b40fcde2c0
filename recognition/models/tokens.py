"""Keys by which programs act for a person."""

from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken
from knox.settings import CONSTANTS

SHOWN_CHARACTERS = 8  # of a token, so that its owner knows it again


class ApiToken(AbstractAuthToken):
    """What was shown once is not kept, only its hash. Revoked ones stay, so that it can be said."""

    class Scope(models.TextChoices):
        READ = "read", _("read")
        UPLOAD = "upload", _("upload and change")
        REVIEW = "review", _("review")

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    digest = models.CharField(max_length=CONSTANTS.DIGEST_LENGTH, unique=True, editable=False)
    name = models.CharField("name", max_length=60)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope.choices))
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "name"], name="token_name", condition=Q(revoked_at=None)
            ),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=["read", "upload", "review"]) & ~Q(scopes=[]),
                name="token_scopes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.first_characters}…)"

    @property
    def first_characters(self) -> str:
        return str(self.token_key)[:SHOWN_CHARACTERS]

    @property
    def has_expired(self) -> bool:
        return self.expiry is not None and self.expiry <= timezone.now()
