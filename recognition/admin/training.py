"""Trainings, the versions that came of them, and which one serves."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from mlcore.errors import SersiteError
from recognition.admin.base import (
    LookedAtAdmin,
    ModelAdmin,
    RecordAdmin,
    log_changes,
    pretty,
    user_of,
)
from recognition.errors import RetrainError
from recognition.messages import sentence
from recognition.models import ModelVersion, Promotion, ShadowPrediction, TrainingRun
from recognition.presentation.verdicts import ENDINGS, STAGES
from recognition.services.promote import promote_version, roll_back
from recognition.services.training import request_training

if TYPE_CHECKING:  # generic for the type checker only
    TrainingModelForm = forms.ModelForm[TrainingRun]
else:
    TrainingModelForm = forms.ModelForm


class StartTrainingForm(TrainingModelForm):
    """What somebody who starts a training may choose."""

    from_champion = forms.BooleanField(
        label=_("Go on from the serving model"),
        initial=True,
        required=False,
        help_text=_("Without it a network is trained from scratch, which takes corpora and hours."),
    )
    with_corpora = forms.BooleanField(
        label=_("With the corpora at CORPORA_DIR"),
        required=False,
        help_text=_("Their licenses bind the new model."),
    )

    class Meta:
        model = TrainingRun
        fields = ("seed",)

    def options(self) -> dict[str, Any]:
        corpora = settings.CORPORA_DIR if self.cleaned_data["with_corpora"] else ""
        return {"from_champion": self.cleaned_data["from_champion"], "corpora": corpora}

    def clean_with_corpora(self) -> bool:
        if self.cleaned_data["with_corpora"] and not settings.CORPORA_DIR:
            raise forms.ValidationError(_("CORPORA_DIR names no folder with corpora."))
        return bool(self.cleaned_data["with_corpora"])


@admin.register(TrainingRun)
class TrainingRunAdmin(RecordAdmin):
    """Adding one asks for a training; nothing else can be done by hand."""

    list_display = (
        *("id", "state", "stage", "trigger", "requested_by", "outcome", "challenger"),
        *("created_at", "finished_at", "error_code"),
    )
    list_filter = ("state", "trigger", "created_at")
    list_select_related = ("requested_by", "challenger")
    search_fields = ("=id", "data_hash", "error_code", "requested_by__username")
    date_hierarchy = "created_at"
    exclude = ("data", "progress", "options")
    readonly_fields = ("stage", "asked_for", "report")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return ModelAdmin.has_add_permission(self, request)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs |= {"form": StartTrainingForm, "fields": None, "exclude": None}
        return super().get_form(request, obj, change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if obj is None else self.readonly_fields

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("from_champion", "with_corpora", "seed")
        return super().get_fields(request, obj)

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """A training that is under way refuses another one, also if both were asked for at once."""
        extra = {"title": _("Start a training")} | (extra_context or {})
        try:
            return super().add_view(request, form_url, extra)
        except RetrainError as error:
            self.message_user(request, sentence(error.code, error.details), messages.ERROR)
            return HttpResponseRedirect(reverse("admin:recognition_trainingrun_changelist"))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        run = request_training(
            TrainingRun.Trigger.ADMIN, by=user_of(request), options=form.options(), seed=obj.seed
        )
        obj.pk = run.pk
        obj.refresh_from_db()

    @admin.display(description=_("stage"))
    def stage(self, run: TrainingRun) -> str:
        found = run.progress
        if not found or run.state != TrainingRun.State.RUNNING:
            return "–"
        of = f" {found['done']} / {found['total']}" if found.get("total") else ""
        return f"{STAGES.get(found['stage'], found['stage'])}{of}"

    @admin.display(description=_("outcome"))
    def outcome(self, run: TrainingRun) -> str:
        """Of a candidate that was judged again, that and what was found now."""
        data = run.data or {}
        ended, verdict = data.get("outcome", ""), data.get("verdict", {}).get("outcome", "")
        found = [ended, verdict] if ended == "judged-again" else [verdict or ended]
        return ": ".join(str(ENDINGS.get(it, it)) for it in found if it) or "–"

    @admin.display(description=_("options"))
    def asked_for(self, run: TrainingRun) -> str:
        return pretty(run.options)

    @admin.display(description=_("report"))
    def report(self, run: TrainingRun) -> str:
        return pretty(run.data)


class ReasonForm(ActionForm):
    reason = forms.CharField(label=_("Reason, to promote without a good verdict"), required=False)


@admin.register(ModelVersion)
class ModelVersionAdmin(RecordAdmin):
    list_display = (
        *("name", "short_hash", "status", "parent", "shadow_share", "alarm_code"),
        *("created_at", "promoted_at", "removed_at", "page"),
    )
    list_filter = ("status", ("alarm_code", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("parent",)
    search_fields = ("name", "sha256")
    action_form = ReasonForm
    actions = ("promote", "go_back")

    def has_promote_permission(self, request: HttpRequest) -> bool:
        return user_of(request).has_perm("recognition.add_promotion")

    @admin.display(description=_("hash"), ordering="sha256")
    def short_hash(self, version: ModelVersion) -> str:
        return version.sha256[:12]

    @admin.display(description=_("registry"))
    def page(self, version: ModelVersion) -> str:
        address = reverse("registry-version", args=[version.pk])
        return format_html('<a href="{}">{}</a>', address, _("where it came from"))

    @admin.action(description=_("Promote: serve the chosen version"), permissions=["promote"])
    def promote(self, request: HttpRequest, queryset: QuerySet[ModelVersion]) -> None:
        if queryset.count() != 1:
            self.message_user(request, _("Choose one version."), messages.ERROR)
            return
        reason, version = request.POST.get("reason", ""), queryset.get()
        user = user_of(request)
        self.serve(request, lambda: promote_version(version.pk, by=user, forced_reason=reason))

    @admin.action(description=_("Roll back to what served before"), permissions=["promote"])
    def go_back(self, request: HttpRequest, queryset: QuerySet[ModelVersion]) -> None:
        self.serve(request, lambda: roll_back(by=user_of(request)))

    def serve(self, request: HttpRequest, change: Any) -> None:
        try:
            promotion: Promotion = change()
        except SersiteError as error:
            self.message_user(request, sentence(error.code, error.details), messages.ERROR)
            return
        log_changes(request, [promotion.version], promotion.kind)
        words = _("From now on %(version)s serves.") % {"version": promotion.version}
        self.message_user(request, words)


@admin.register(Promotion)
class PromotionAdmin(RecordAdmin):
    list_display = ("created_at", "version", "kind", "previous", "by_name", "forced_reason")
    list_filter = ("kind", "created_at")
    list_select_related = ("version", "previous")
    search_fields = ("version__name", "version__sha256", "by_name", "forced_reason")
    date_hierarchy = "created_at"


@admin.register(ShadowPrediction)
class ShadowPredictionAdmin(LookedAtAdmin):
    list_display = ("created_at", "clip", "model_version", "emotion", "confidence", "processing_ms")
    list_filter = ("emotion", "model_version", "created_at")
    list_select_related = ("clip", "model_version")
    search_fields = ("clip__id", "model_version__name")
    date_hierarchy = "created_at"
