"""What the pages of the admin have in common."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from recognition.models import Clip, User
from recognition.services.access import record_access

if TYPE_CHECKING:  # generic for the type checker only
    ModelAdmin = admin.ModelAdmin[Model]
else:
    ModelAdmin = admin.ModelAdmin


# what `log_changes` was given, and how an export's line begins
LOG_WORDS = {
    "relabel": _("label settled"),
    "accept_correction": _("accepted what the owner corrected"),
    "accept_model": _("accepted what the model heard"),
    "reopen": _("opened again"),
    "ask_two": _("two reviewers asked"),
    "ask_three": _("three reviewers asked"),
    "promoted": _("promoted"),
    "rolled-back": _("rolled back"),
    "exported labels": _("exported labels"),
}


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
        clip = shown if isinstance(shown, Clip) else getattr(shown, "clip", None)
        if isinstance(clip, Clip) and isinstance(request.user, User):
            record_access(request.user, clip, "admin")
        return super().change_view(request, object_id, form_url, extra_context)


def user_of(request: HttpRequest) -> User:
    """The admin lets nobody else in."""
    return cast(User, request.user)


def log_changes(request: HttpRequest, rows: Iterable[Model], what: str) -> None:
    """In the audit log: what Django's own pages write there, for our actions."""
    LogEntry.objects.log_actions(user_of(request).pk, list(rows), CHANGE, what)


def log_words(entry: LogEntry) -> str:
    """Our actions are kept by their names, and are read in the language of whoever reads."""
    written = entry.get_change_message()
    code = next((code for code in LOG_WORDS if f"{written} ".startswith(f"{code} ")), "")
    return f"{LOG_WORDS[code]}{written.removeprefix(code)}" if code else written


def pretty(value: Any) -> str:
    """JSON for people."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return format_html("<pre>{}</pre>", text)
