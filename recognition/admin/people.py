"""Who uses the site, and who did what in it."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from recognition.admin.base import RecordAdmin, log_words
from recognition.models import ApiToken, Clip, ClipAccess, User
from recognition.services.erase import delete_clips
from recognition.services.tokens import revoke_token

if TYPE_CHECKING:  # generic for the type checker only
    AccountAdmin = DjangoUserAdmin[User]
else:
    AccountAdmin = DjangoUserAdmin


@admin.register(User)
class UserAdmin(AccountAdmin):
    list_display = (
        *("username", "email", "is_reviewer", "is_senior_reviewer"),
        *("is_staff", "date_joined"),
    )
    list_filter = (
        *("is_reviewer", "is_senior_reviewer", "is_staff", "is_superuser", "is_active"),
        ("review_consent_at", admin.EmptyFieldListFilter),
        ("training_consent_at", admin.EmptyFieldListFilter),
        "date_joined",
    )
    fieldsets = (
        *(DjangoUserAdmin.fieldsets or ()),
        (
            _("Review and training"),
            {
                "fields": (
                    *("is_reviewer", "is_senior_reviewer"),
                    *("review_consent_at", "training_consent_at"),
                )
            },
        ),
    )
    # only a person decides about the own consent
    readonly_fields = ("review_consent_at", "training_consent_at", "last_login", "date_joined")

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        delete_clips(Clip.with_deleted.filter(owner=obj))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        delete_clips(Clip.with_deleted.filter(owner__in=queryset))
        super().delete_queryset(request, queryset)


@admin.register(ApiToken)
class ApiTokenAdmin(RecordAdmin):
    """Those that are not revoked. Deleting one here revokes it: a program is told so, not less."""

    list_display = (
        *("name", "user", "may_do", "begins_with"),
        *("created", "expiry", "last_used_at"),
    )
    list_filter = ("created", "expiry", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("id", "name", "scopes", "user__username", "user__email")
    fields = list_display
    date_hierarchy = "created"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        return super().get_queryset(request).filter(revoked_at=None)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super(RecordAdmin, self).has_delete_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: ApiToken) -> None:  # type: ignore[override]
        revoke_token(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        for token in queryset:
            revoke_token(token)

    @admin.display(description=_("What it may do"))
    def may_do(self, token: ApiToken) -> str:
        return ", ".join(str(ApiToken.Scope(scope).label) for scope in token.scopes)

    @admin.display(description=_("begins with"))
    def begins_with(self, token: ApiToken) -> str:
        return token.first_characters


@admin.register(ClipAccess)
class ClipAccessAdmin(RecordAdmin):
    list_display = ("at", "user_name", "what", "owner_name", "clip_id")
    list_filter = ("what", "at")
    search_fields = ("clip_id", "user_name", "owner_name")


@admin.register(LogEntry)
class LogEntryAdmin(RecordAdmin):
    """What was done in the admin itself: with settlements and accesses, the audit log."""

    list_display = ("action_time", "user", "content_type", "object_repr", "action_flag", "what")
    list_filter = ("action_flag", "content_type", "action_time")
    list_select_related = ("user", "content_type")
    search_fields = ("object_id", "object_repr", "change_message", "user__username")
    date_hierarchy = "action_time"

    @admin.display(description=_("what"))
    def what(self, entry: LogEntry) -> str:
        return log_words(entry)
