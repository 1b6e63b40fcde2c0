"""Django's admin. What a model or a person said is read-only: it is added to, never edited."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from recognition.admin import clips, people, reviews, training

__all__ = ["clips", "people", "reviews", "training"]

admin.site.site_header = admin.site.site_title = _("sersite administration")
