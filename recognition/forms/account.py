"""What a person decides about the account."""

from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from recognition.errors import AccountError
from recognition.messages import sentence
from recognition.models import User
from recognition.services.accounts import Choices, check_password

RETENTIONS = [
    ("", _("until I delete them")),
    ("7", _("7 days")),
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("365", _("a year")),
]
# names as people know them; the others say the same in an older or a technical way
CONTINENTS = (
    *("Africa/", "America/", "Antarctica/", "Arctic/", "Asia/", "Atlantic/"),
    *("Australia/", "Europe/", "Indian/", "Pacific/"),
)


def time_zones() -> list[str]:
    return ["UTC", *sorted(zone for zone in available_timezones() if zone.startswith(CONTINENTS))]


class AccountForm(forms.Form):
    name = forms.CharField(
        required=False,
        max_length=150,
        label=_("Name"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(
        required=False,
        label=_("Language"),
        choices=[("", _("as in my browser")), *settings.LANGUAGES],
    )
    time_zone = forms.CharField(
        required=False,
        label=_("Time zone"),
        help_text=_("Type a city of your zone and choose from the list. Empty: UTC."),
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off"}),
    )
    consent_to_review = forms.BooleanField(
        required=False,
        label=_("Reviewers may listen to my clips and check their labels"),
        help_text=_("Off until you choose it. You can withdraw it at any time."),
    )
    consent_to_training = forms.BooleanField(
        required=False,
        label=_("My clips and what I corrected may teach new models"),
        help_text=_(
            "Off until you choose it. You can withdraw it at any time: "
            "no training after that uses your clips."
        ),
    )
    retention_days = forms.ChoiceField(
        required=False,
        label=_("Keep my clips"),
        choices=RETENTIONS,
        help_text=_(
            "Clips older than this are deleted for good, recording and results, "
            "without a way back. This begins as soon as you save, also with clips you have now."
        ),
    )

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"].strip()
        if zone and zone not in time_zones():
            words = _("There is no time zone “%(zone)s”. Choose one from the list.")
            raise forms.ValidationError(words, code="time-zone", params={"zone": zone})
        return zone

    def clean_retention_days(self) -> int | None:
        return int(self.cleaned_data["retention_days"] or 0) or None

    def choices(self) -> Choices:
        given = self.cleaned_data
        return Choices(
            name=given["name"],
            language=given["language"],
            time_zone=given["time_zone"],
            retention_days=given["retention_days"],
            consents_to_review=given["consent_to_review"],
            consents_to_training=given["consent_to_training"],
        )


def choices_of(user: User) -> dict[str, object]:
    """What the form shows at first."""
    return {
        "name": user.name,
        "language": user.language,
        "time_zone": user.time_zone,
        "retention_days": str(user.retention_days or ""),
        "consent_to_review": user.review_consent_at is not None,
        "consent_to_training": user.training_consent_at is not None,
    }


class DeleteAccountForm(forms.Form):
    """The password again."""

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        try:
            check_password(self.user, password)
        except AccountError as error:
            raise forms.ValidationError(sentence(error.code, {}), code="password") from None
        return password
