"""What programs name their uploads by, so that one that is sent again makes nothing twice."""

from datetime import timedelta

from django.db import models

from recognition.models.clips import Batch, Clip
from recognition.models.people import User

KEY_LENGTH = 255
KEPT = timedelta(hours=24)


class IdempotencyKey(models.Model):
    """Made with its clip or batch in one transaction.

    Left without its clip when that is gone for good; batches go with their owner only.
    """

    owner = models.ForeignKey(User, on_delete=models.CASCADE, db_index=False, related_name="+")
    key = models.CharField(max_length=KEY_LENGTH)
    clip = models.ForeignKey(Clip, on_delete=models.SET_NULL, null=True, related_name="+")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, null=True, related_name="+")
    digest = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text="Of the files of a batch; empty with a clip.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "key"], name="idempotency_key_unique_for_owner"
            )
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotency_key_by_age")]

    def __str__(self) -> str:
        return self.key
