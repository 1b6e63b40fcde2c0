"""What reviewers say of clips, and what was settled: every step is kept."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from recognition.emotions import EMOTION_LABELS
from recognition.models.clips import EMOTION_CHOICES, Clip
from recognition.models.people import User
from recognition.models.work import Work


class ReviewCase(models.Model):
    """Where a clip stands in review and who holds it; made when somebody first claims it."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        SETTLED = "settled", _("settled")
        CONFLICT = "conflict", _("reviewers disagree")
        UNUSABLE = "unusable", _("bad audio")

    clip = models.OneToOneField(
        Clip, on_delete=models.CASCADE, primary_key=True, related_name="review_case"
    )
    state = models.CharField(max_length=20, choices=State, default=State.OPEN)
    n_wanted = models.PositiveSmallIntegerField(
        "opinions wanted", default=1, help_text="So many reviewers have to say what they hear."
    )
    claimed_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    claim_expires_at = models.DateTimeField(null=True, blank=True)
    shown_after = models.CharField(
        max_length=20,
        blank=True,
        help_text="What its holder had chosen when the model's answer was shown, or “nothing”.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "settled", "conflict", "unusable"]),
                name="review_case_state_known",
            ),
            models.CheckConstraint(condition=Q(n_wanted__gte=1), name="review_wants_an_opinion"),
        ]

    def __str__(self) -> str:
        return f"{self.clip} ({self.get_state_display()})"


class Review(models.Model):
    """What one reviewer said of a clip; never edited, only taken back."""

    class Kind(models.TextChoices):
        HEARD = "heard", _("heard an emotion")
        SKIPPED = "skipped", _("skipped")
        BAD_AUDIO = "bad-audio", _("bad audio")

    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    reviewer_name = models.CharField(max_length=150)
    kind = models.CharField(max_length=20, choices=Kind)
    emotion = models.CharField(max_length=20, blank=True, choices=EMOTION_CHOICES)
    reason = models.CharField(max_length=200, blank=True)
    was_blind = models.BooleanField(help_text="Chosen before the model's answer was shown.")
    was_senior = models.BooleanField(default=False, help_text="Decides where others disagree.")
    created_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="heard", emotion__in=list(EMOTION_LABELS))
                | Q(kind__in=["skipped", "bad-audio"], emotion=""),
                name="review_says_one_thing",
            ),
            models.CheckConstraint(
                condition=~Q(kind="skipped") | ~Q(reason=""), name="review_skip_has_reason"
            ),
            models.UniqueConstraint(
                fields=["clip", "reviewer"],
                condition=Q(undone_at__isnull=True),
                name="one_standing_review_a_reviewer",
            ),
        ]
        indexes = [models.Index(fields=["reviewer", "-created_at"], name="review_by_reviewer")]

    def __str__(self) -> str:
        return f"{self.emotion or self.kind} ({self.reviewer_name})"


class Settlement(models.Model):
    """What counts as heard in a clip from then on; append-only, the newest one counts.

    Without an emotion it takes back what was settled before.
    """

    class How(models.TextChoices):
        AGREED = "agreed", _("reviewers agree")
        MAJORITY = "majority", _("most reviewers agree")
        SENIOR = "senior", _("a senior reviewer decided")
        ADMIN = "admin", _("set in the administration")
        IMPORTED = "imported", _("imported")
        REOPENED = "reopened", _("opened again")

    clip = models.ForeignKey(Clip, on_delete=models.CASCADE, related_name="settlements")
    emotion = models.CharField(max_length=20, blank=True, choices=EMOTION_CHOICES)
    shares = models.JSONField(
        default=dict, blank=True, help_text="Share of the opinions, by emotion: the soft label."
    )
    how = models.CharField(max_length=20, choices=How)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=150)
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(how="reopened", emotion="") | ~Q(how="reopened"))
                & (Q(emotion__in=list(EMOTION_LABELS)) | Q(how="reopened")),
                name="settlement_has_emotion",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.emotion or 'open'} ({self.get_how_display()})"


class Agreement(Work):
    """How far reviewers agree, of one state of all reviews; `data` is the report."""

    reviews = models.CharField(max_length=64, unique=True, help_text="Which state it is of.")

    def __str__(self) -> str:
        return f"agreement ({self.get_state_display()})"
