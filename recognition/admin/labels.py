"""Labels as a CSV, out and in: what comes in is settled, as if an administrator had said it."""

from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from import_export import fields, resources

from recognition.admin.base import user_of
from recognition.errors import ReviewError
from recognition.messages import sentence
from recognition.models import Clip, Settlement
from recognition.selectors.training import speaker_of
from recognition.services.labels import may_settle
from recognition.services.review import check_settlement, settle


class LabelExport(resources.ModelResource):  # type: ignore[misc] # the library has no types
    """What is needed to judge a label; of it, id, reviewed_emotion and reason are read back."""

    speaker = fields.Field(readonly=True)
    provenance = fields.Field(readonly=True)
    how = fields.Field(readonly=True)
    by = fields.Field(readonly=True)
    reason = fields.Field(readonly=True)  # of the settlement, not of the clip
    settled_at = fields.Field(readonly=True)

    class Meta:
        model = Clip
        fields = export_order = (
            *("id", "speaker", "duration_s", "emotion", "confidence", "corrected_emotion"),
            *("reviewed_emotion", "provenance", "how", "by", "reason", "settled_at"),
        )

    def filter_export(self, queryset: QuerySet[Clip], **kwargs: Any) -> QuerySet[Clip]:
        newest = Settlement.objects.order_by("-created_at", "-pk")
        return queryset.defer("words").prefetch_related(Prefetch("settlements", queryset=newest))

    def dehydrate_speaker(self, clip: Clip) -> str:
        """Enough to keep people apart, and no name."""
        return speaker_of(clip.owner_id)

    def dehydrate_provenance(self, clip: Clip) -> str:
        return clip.provenance

    def dehydrate_how(self, clip: Clip) -> str:
        return settlement.how if (settlement := newest_of(clip)) else ""

    def dehydrate_by(self, clip: Clip) -> str:
        return settlement.by_name if (settlement := newest_of(clip)) else ""

    def dehydrate_reason(self, clip: Clip) -> str:
        return settlement.reason if (settlement := newest_of(clip)) else ""

    def dehydrate_settled_at(self, clip: Clip) -> str:
        return settlement.created_at.isoformat() if (settlement := newest_of(clip)) else ""


class LabelImport(resources.ModelResource):  # type: ignore[misc] # the library has no types
    """Settles what the rows say; columns that only the export has may stay in the file."""

    reason = fields.Field(readonly=True)  # of the settlement, not of the clip

    class Meta:
        model = Clip
        fields = import_order = ("id", "reviewed_emotion", "reason")
        import_id_fields = ("id",)
        store_instance = True

    def get_queryset(self) -> QuerySet[Clip]:
        return Clip.objects.defer("words")

    def get_or_init_instance(self, instance_loader: Any, row: Any) -> tuple[Clip, bool]:
        clip = self.get_instance(instance_loader, row)
        if clip is None:
            raise ValidationError({"id": _("There is no such clip.")})
        return clip, False

    def import_instance(self, instance: Clip, row: Any, **kwargs: Any) -> None:
        """Only the label; an empty one says nothing."""
        emotion = (row.get("reviewed_emotion") or "").strip()
        if not emotion or emotion == instance.reviewed_emotion:
            return
        try:
            check_settlement(emotion, Settlement.How.IMPORTED, reason_in(row))
        except ReviewError as error:
            words = sentence(error.code, error.details)
            raise ValidationError({"reviewed_emotion": words}) from None
        if not may_settle(kwargs["user"], Clip.objects.filter(pk=instance.pk)).exists():
            words = _("It has no result, or the owner did not consent to review.")
            raise ValidationError({"id": words})
        instance.reviewed_emotion = emotion

    def skip_row(
        self, instance: Clip, original: Clip, row: Any, import_validation_errors: Any = None
    ) -> bool:
        is_same = instance.reviewed_emotion == original.reviewed_emotion
        return is_same and not import_validation_errors

    def save_instance(self, instance: Clip, is_create: bool, row: Any, **kwargs: Any) -> None:
        """Also in the preview, whose transaction is rolled back."""
        settle(
            instance,
            instance.reviewed_emotion,
            how=Settlement.How.IMPORTED,
            by=kwargs["user"],
            reason=reason_in(row),
        )


def newest_of(clip: Clip) -> Settlement | None:
    """From what was fetched with the clip."""
    return next(iter(clip.settlements.all()), None)


def reason_in(row: Any) -> str:
    return (row.get("reason") or "").strip()


def log_export(request: HttpRequest) -> None:
    """Data that leaves the site is a thing to be found in the audit log."""
    LogEntry.objects.create(
        user=user_of(request),
        content_type=ContentType.objects.get_for_model(Clip),
        object_repr="labels",
        action_flag=CHANGE,
        change_message=f"exported labels {request.GET.urlencode()[:500]}",
    )
