"""Django's admin: users, clips, predictions and model versions. What a model said is read-only."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from recognition.models import Clip, ClipAccess, ModelVersion, Prediction, Segment, User
from recognition.services.access import record_access
from recognition.services.erase import delete_clips

if TYPE_CHECKING:  # generic for the type checker only
    ModelAdmin = admin.ModelAdmin[Model]
    SegmentTable = admin.TabularInline[Segment, Prediction]
    AccountAdmin = DjangoUserAdmin[User]
else:
    ModelAdmin, SegmentTable = admin.ModelAdmin, admin.TabularInline
    AccountAdmin = DjangoUserAdmin

admin.site.site_header = admin.site.site_title = "sersite administration"


@admin.register(User)
class UserAdmin(AccountAdmin):
    list_display = ("username", "email", "is_reviewer", "is_staff", "date_joined")
    list_filter = ("is_reviewer", "is_staff", "is_superuser", "is_active", "date_joined")
    fieldsets = (
        *(DjangoUserAdmin.fieldsets or ()),
        ("Review", {"fields": ("is_reviewer", "review_consent_at")}),
    )
    # only a person decides about the own consent
    readonly_fields = ("review_consent_at", "last_login", "date_joined")

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        delete_clips(Clip.with_deleted.filter(owner=obj))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        delete_clips(Clip.with_deleted.filter(owner__in=queryset))
        super().delete_queryset(request, queryset)


class RecordAdmin(ModelAdmin):
    """Rows that only the program writes: looked at, never edited by hand."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class LookedAtAdmin(RecordAdmin):
    """Rows that show somebody's clip: opening one is recorded."""

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, bool] | None = None,
    ) -> HttpResponse:
        shown = self.get_object(request, object_id)
        clip = shown.clip if isinstance(shown, Prediction) else shown
        if isinstance(clip, Clip) and isinstance(request.user, User):
            record_access(request.user, clip, "admin")
        return super().change_view(request, object_id, form_url, extra_context)


@admin.register(Clip)
class ClipAdmin(LookedAtAdmin):
    list_display = ("name", "owner", "state", "error_code", "duration_s", "attempts", "created_at")
    list_filter = ("state", "error_code", "container", "created_at")
    list_select_related = ("owner",)
    search_fields = ("id", "name", "owner__username", "owner__email")
    date_hierarchy = "created_at"
    exclude = ("file",)
    readonly_fields = ("recording",)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return ModelAdmin.has_delete_permission(self, request, obj)

    @admin.display(description="recording")
    def recording(self, clip: Clip) -> str:
        address = reverse("clip-audio", args=[clip.pk])
        return format_html('<audio controls preload="none" src="{}"></audio>', address)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        delete_clips(Clip.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        delete_clips(Clip.objects.filter(pk__in=queryset.values("pk")))


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


@admin.register(ModelVersion)
class ModelVersionAdmin(RecordAdmin):
    list_display = ("name", "sha256", "status", "not_sure_below", "created_at", "promoted_at")
    list_filter = ("status", "created_at")
    search_fields = ("name", "sha256")


@admin.register(ClipAccess)
class ClipAccessAdmin(RecordAdmin):
    list_display = ("at", "user_name", "what", "owner_name", "clip_id")
    list_filter = ("what", "at")
    search_fields = ("clip_id", "user_name", "owner_name")
