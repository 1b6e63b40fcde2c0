"""Clips and what models said of them; administrators relabel and accept, one or many."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from import_export.admin import ImportExportMixin
from import_export.formats.base_formats import CSV

from recognition.admin.base import LookedAtAdmin, ModelAdmin, log_changes, user_of
from recognition.admin.labels import LabelExport, LabelImport, log_export
from recognition.errors import ReviewError
from recognition.messages import sentence
from recognition.models import Clip, Correction, Prediction, Review, Segment, Settlement
from recognition.models.clips import EMOTION_CHOICES, PROVENANCE
from recognition.services.erase import delete_clips
from recognition.services.labels import (
    Settled,
    ask_for_opinions,
    may_export,
    reopen_clips,
    settle_clips,
)

if TYPE_CHECKING:  # generic for the type checker only
    SegmentTable = admin.TabularInline[Segment, Prediction]
    CorrectionTable = admin.TabularInline[Correction, Clip]
    ReviewTable = admin.TabularInline[Review, Clip]
    SettlementTable = admin.TabularInline[Settlement, Clip]
else:
    SegmentTable = CorrectionTable = ReviewTable = SettlementTable = admin.TabularInline


class ProvenanceFilter(admin.SimpleListFilter):
    """Whose word counts: a review goes before a correction, and that before the model."""

    title = _("what counts")
    parameter_name = "provenance"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(name, str(words)) for name, words in reversed(Clip.Provenance.choices)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Clip]) -> QuerySet[Clip]:
        if self.value() not in Clip.Provenance:
            return queryset
        return queryset.alias(whose=PROVENANCE).filter(whose=self.value())


class LabelForm(ActionForm):
    """Beside the list of actions: what the chosen one needs."""

    emotion = forms.ChoiceField(
        label=_("Emotion"), choices=[("", "---------"), *EMOTION_CHOICES], required=False
    )
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class CorrectionInline(CorrectionTable):
    model = Correction
    fields = readonly_fields = ("emotion", "author_name", "reason", "created_at")
    extra = 0
    can_delete = False


class ReviewInline(ReviewTable):
    model = Review
    fields = readonly_fields = (
        *("kind", "emotion", "reviewer_name", "reason"),
        *("was_blind", "was_senior", "created_at", "undone_at"),
    )
    extra = 0
    can_delete = False


class SettlementInline(SettlementTable):
    model = Settlement
    fields = readonly_fields = ("emotion", "how", "by_name", "reason", "created_at")
    extra = 0
    can_delete = False


@admin.register(Clip)
class ClipAdmin(ImportExportMixin, LookedAtAdmin):  # type: ignore[misc] # the library has no types
    formats = [CSV]
    skip_export_form = True
    list_display = (
        *("name", "owner", "state", "emotion", "corrected_emotion", "reviewed_emotion"),
        *("confidence", "error_code", "duration_s", "attempts", "created_at"),
    )
    list_filter = (
        ProvenanceFilter,
        *("emotion", "corrected_emotion", "reviewed_emotion", "is_sure", "review_case__state"),
        ("owner__review_consent_at", admin.EmptyFieldListFilter),
        ("owner__training_consent_at", admin.EmptyFieldListFilter),
        *("state", "error_code", "container", "created_at"),
    )
    list_select_related = ("owner",)
    search_fields = ("id", "name", "owner__username", "owner__email")
    date_hierarchy = "created_at"
    exclude = ("file",)
    readonly_fields = ("recording",)
    inlines = (CorrectionInline, ReviewInline, SettlementInline)
    action_form = LabelForm
    actions = ("relabel", "accept_correction", "accept_model", "reopen", "ask_two", "ask_three")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return ModelAdmin.has_delete_permission(self, request, obj)

    def has_label_permission(self, request: HttpRequest) -> bool:
        return user_of(request).has_perm("recognition.add_settlement")

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_label_permission(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return user_of(request).has_perm("recognition.change_clip")

    def get_export_queryset(self, request: HttpRequest) -> QuerySet[Clip]:
        return may_export(user_of(request), super().get_export_queryset(request))

    def get_import_resource_classes(self, request: HttpRequest) -> list[type[LabelImport]]:
        return [LabelImport]

    def get_export_resource_classes(self, request: HttpRequest) -> list[type[LabelExport]]:
        return [LabelExport]

    def export_action(self, request: HttpRequest) -> HttpResponse:
        response: HttpResponse = super().export_action(request)
        log_export(request)
        return response

    @admin.display(description=_("recording"))
    def recording(self, clip: Clip) -> str:
        address = reverse("clip-audio", args=[clip.pk])
        return format_html('<audio controls preload="none" src="{}"></audio>', address)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        delete_clips(Clip.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        delete_clips(Clip.objects.filter(pk__in=queryset.values("pk")))

    @admin.action(description=_("Relabel: settle the emotion chosen here"), permissions=["label"])
    def relabel(self, request: HttpRequest, queryset: QuerySet[Clip]) -> None:
        emotion = request.POST.get("emotion", "")
        if not emotion:
            self.message_user(request, _("Choose an emotion beside the action."), messages.ERROR)
            return
        self.settle(request, queryset, lambda clip: emotion)

    @admin.action(description=_("Accept what the owner corrected"), permissions=["label"])
    def accept_correction(self, request: HttpRequest, queryset: QuerySet[Clip]) -> None:
        self.settle(request, queryset, lambda clip: clip.corrected_emotion)

    @admin.action(description=_("Accept what the model heard"), permissions=["label"])
    def accept_model(self, request: HttpRequest, queryset: QuerySet[Clip]) -> None:
        self.settle(request, queryset, lambda clip: clip.emotion)

    @admin.action(description=_("Open again: take back what was settled"), permissions=["label"])
    def reopen(self, request: HttpRequest, queryset: QuerySet[Clip]) -> None:
        user, reason = user_of(request), request.POST.get("reason", "")
        self.run(request, lambda: reopen_clips(plain(queryset), by=user, reason=reason))

    @admin.action(description=_("Ask two reviewers"), permissions=["label"])
    def ask_two(self, request: HttpRequest, queryset: QuerySet[Clip]) -> None:
        self.run(request, lambda: ask_for_opinions(plain(queryset), 2, by=user_of(request)))

    @admin.action(description=_("Ask three reviewers"), permissions=["label"])
    def ask_three(self, request: HttpRequest, queryset: QuerySet[Clip]) -> None:
        self.run(request, lambda: ask_for_opinions(plain(queryset), 3, by=user_of(request)))

    def settle(
        self, request: HttpRequest, queryset: QuerySet[Clip], choose: Callable[[Clip], str]
    ) -> None:
        user, reason = user_of(request), request.POST.get("reason", "")
        self.run(request, lambda: settle_clips(plain(queryset), choose, by=user, reason=reason))

    def run(self, request: HttpRequest, work: Callable[[], Settled]) -> None:
        """And tell what became of the chosen clips, here and in the audit log."""
        try:
            found = work()
        except ReviewError as error:
            self.message_user(request, sentence(error.code, error.details), messages.ERROR)
            return
        log_changes(request, found.clips, str(request.POST.get("action", "")))
        self.message_user(request, words_for(found))


def plain(clips: QuerySet[Clip]) -> QuerySet[Clip]:
    """The same without what the list sorts and joins."""
    return Clip.objects.filter(pk__in=list(clips.values_list("pk", flat=True)))


def words_for(found: Settled) -> str:
    n = len(found.clips)
    words = [ngettext("%(n)d clip was changed.", "%(n)d clips were changed.", n) % {"n": n}]
    if found.n_same:
        words.append(gettext("%(n)d were so already or had nothing to do.") % {"n": found.n_same})
    if found.n_left_out:
        left = gettext(
            "%(n)d were left out: they have no result, or the owner did not consent to review."
        )
        words.append(left % {"n": found.n_left_out})
    return " ".join(words)


class SegmentInline(SegmentTable):
    model = Segment
    fields = ("position", "start_s", "end_s", "emotion")
    extra = 0
    can_delete = False


@admin.register(Prediction)
class PredictionAdmin(LookedAtAdmin):
    list_display = ("clip", "emotion", "confidence", "model_version", "processing_ms", "created_at")
    list_filter = ("emotion", "model_version", "created_at")
    list_select_related = ("clip", "model_version")
    search_fields = ("clip__id", "clip__name", "clip__owner__username", "emotion")
    date_hierarchy = "created_at"
    inlines = (SegmentInline,)


@admin.register(Correction)
class CorrectionAdmin(LookedAtAdmin):
    list_display = ("created_at", "clip", "emotion", "author_name", "reason")
    list_filter = ("emotion", "created_at")
    list_select_related = ("clip",)
    search_fields = ("clip__id", "clip__name", "author_name", "reason")
    date_hierarchy = "created_at"
