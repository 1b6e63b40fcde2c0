"""A token for a program, as a person asks for one."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from recognition.errors import TokenError
from recognition.messages import sentence
from recognition.models import ApiToken, User
from recognition.services.tokens import TokenWish

SCOPES = [
    (ApiToken.Scope.READ, _("read: your clips, results, statistics and account")),
    (ApiToken.Scope.UPLOAD, _("upload: send clips; name, tag, correct and delete them")),
    (ApiToken.Scope.REVIEW, _("review: hear and judge the clips of the review queue")),
]
PERIODS = [
    ("7", _("7 days")),
    ("30", _("30 days")),
    ("90", _("90 days")),
    ("365", _("a year")),
    ("", _("until I revoke it")),
]


class TokenForm(forms.Form):
    prefix = "token"  # the page has another form with a name

    name = forms.CharField(
        max_length=60,
        label=_("What it is for"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        initial=["read"],
        error_messages={"required": _("Choose at least one: a token that may do nothing is none.")},
    )
    days = forms.ChoiceField(required=False, label=_("It works for"), choices=PERIODS, initial="90")

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(scope, words) for scope, words in SCOPES if may_have(user, scope)]
        self.fields["scopes"].choices = offered  # type: ignore[attr-defined]

    def wish(self) -> TokenWish:
        given = self.cleaned_data
        return TokenWish(given["name"], given["scopes"], int(given["days"] or 0) or None)

    def refuse(self, error: TokenError) -> None:
        place = "name" if error.code == "token:user:name-taken" else None
        self.add_error(place, sentence(error.code, error.details))

    def focus(self) -> None:
        """Where something is wrong; it stands far down its page."""
        wrong = next((name for name in self.errors if name in self.fields), "name")
        self.fields[wrong].widget.attrs["autofocus"] = True


def may_have(user: User, scope: ApiToken.Scope) -> bool:
    return user.is_reviewer or scope != ApiToken.Scope.REVIEW
