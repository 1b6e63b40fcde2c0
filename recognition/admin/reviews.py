"""What reviewers said and what was settled: the record, to be searched."""

from django.contrib import admin

from recognition.admin.base import LookedAtAdmin
from recognition.models import Review, ReviewCase, Settlement

OF_CLIP = ("clip__id", "clip__name", "clip__owner__username")


@admin.register(ReviewCase)
class ReviewCaseAdmin(LookedAtAdmin):
    list_display = ("clip", "state", "n_wanted", "claimed_by", "claim_expires_at")
    list_filter = ("state", "n_wanted")
    list_select_related = ("clip", "claimed_by")
    search_fields = OF_CLIP


@admin.register(Review)
class ReviewAdmin(LookedAtAdmin):
    list_display = (
        *("created_at", "clip", "kind", "emotion", "reviewer_name"),
        *("was_blind", "was_senior", "undone_at"),
    )
    list_filter = (
        *("kind", "emotion", "was_blind", "was_senior"),
        ("undone_at", admin.EmptyFieldListFilter),
        "created_at",
    )
    list_select_related = ("clip",)
    search_fields = (*OF_CLIP, "reviewer_name", "reason")
    date_hierarchy = "created_at"


@admin.register(Settlement)
class SettlementAdmin(LookedAtAdmin):
    list_display = ("created_at", "clip", "emotion", "how", "by_name", "reason")
    list_filter = ("how", "emotion", "created_at")
    list_select_related = ("clip",)
    search_fields = (*OF_CLIP, "by_name", "reason")
    date_hierarchy = "created_at"
