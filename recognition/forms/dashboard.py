"""Which days the dashboard is about, as an address says it."""

from datetime import date, timedelta, tzinfo
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from recognition.forms.history import backwards, day_field
from recognition.selectors.dashboard import Period

DEFAULT_RANGE = "30"
RANGES = [
    ("7", _("7 days")),
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("365", _("1 year")),
    ("all", _("All")),
]


class DashboardForm(forms.Form):
    """A range, or days of one's own, which go before."""

    range = forms.ChoiceField(choices=RANGES, required=False)
    since = day_field(_("From day"))
    until = day_field(_("To day"))

    def clean(self) -> None:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            words = gettext("This day is before “from”.")
            self.add_error("until", backwards(words, "since"))

    @property
    def is_own(self) -> bool:
        return bool(self.data.get("since") or self.data.get("until"))

    def chosen_range(self) -> str:
        """Empty for days of one's own."""
        if self.is_own:
            return ""
        return self.cleaned_data.get("range") or DEFAULT_RANGE

    def period(self, zone: tzinfo) -> Period:
        """Of a valid form: today counts as the last of so many days."""
        name = self.chosen_range()
        if not name:
            return Period(self.cleaned_data["since"], self.cleaned_data["until"], zone)
        if name == "all":
            return Period(None, None, zone)
        today: date = timezone.localdate(timezone=zone)
        return Period(today - timedelta(days=int(name) - 1), today, zone)

    def address(self) -> str:
        """Of the same days, without what says nothing."""
        names: list[Any] = ["since", "until"] if self.is_own else ["range"]
        return urlencode([(name, self.data[name]) for name in names if self.data.get(name)])
