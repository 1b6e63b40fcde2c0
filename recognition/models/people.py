"""Who uses the site, and who looked at what."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class User(AbstractUser):
    email = models.EmailField("e-mail address")
    is_reviewer = models.BooleanField(
        "reviewer",
        default=False,
        help_text="May see the clips of people who consented to review.",
    )
    is_senior_reviewer = models.BooleanField(
        "senior reviewer",
        default=False,
        help_text="Decides where reviewers disagree.",
    )
    review_consent_at = models.DateTimeField(
        "consented to review",
        null=True,
        blank=True,
        help_text="Since when reviewers may see this person's clips; empty: they may not.",
    )

    training_consent_at = models.DateTimeField(
        "consented to training",
        null=True,
        blank=True,
        help_text="Since when own clips may teach new models; empty: they may not.",
    )
    name = models.CharField("name", max_length=150, blank=True)
    language = models.CharField(
        "language", max_length=10, blank=True, help_text="Empty: the browser's."
    )
    time_zone = models.CharField("time zone", max_length=60, blank=True, help_text="Empty: UTC.")
    retention_days = models.PositiveIntegerField(
        "days that clips are kept", null=True, blank=True, help_text="Empty: until deleted."
    )

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                Lower("email"), name="user_email_unique", condition=~Q(email="")
            )
        ]


class ClipAccess(models.Model):
    """An administrator or a reviewer saw a clip of somebody else. Outlives clip and account."""

    clip_id = models.UUIDField()
    owner_name = models.CharField(max_length=150)
    user = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)
    user_name = models.CharField(max_length=150)
    what = models.CharField(max_length=40, help_text="Page, status, audio, api or admin.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "clip accesses"
        indexes = [models.Index(fields=["clip_id", "user", "what", "at"], name="clip_access")]

    def __str__(self) -> str:
        return f"{self.user_name} {self.what} {self.clip_id}"
