"""What an owner sends about a clip; the rules themselves are the services'."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django import forms
from django.utils.translation import gettext_lazy as _

from recognition.errors import ActionError
from recognition.messages import sentence
from recognition.selectors.history import parse_moment
from recognition.services.correct import REASON_LENGTH
from recognition.services.describe import (
    NAME_LENGTH,
    NOTE_LENGTH,
    checked_name,
    checked_note,
    checked_tags,
)

Checked = TypeVar("Checked")


def in_words(check: Callable[[str], Checked], text: str) -> Checked:
    try:
        return check(text)
    except ActionError as error:
        words = sentence(error.code, error.details)
        raise forms.ValidationError(words, code=error.code) from None


class DescribeForm(forms.Form):
    name = forms.CharField(
        required=False,
        label=_("Name"),
        widget=forms.TextInput(
            attrs={"maxlength": NAME_LENGTH, "autocomplete": "off", "required": True}
        ),
    )
    note = forms.CharField(
        required=False,
        label=_("Note"),
        widget=forms.Textarea(attrs={"maxlength": NOTE_LENGTH, "rows": 3}),
    )

    def clean_name(self) -> str:
        return in_words(checked_name, self.cleaned_data["name"])

    def clean_note(self) -> str:
        return in_words(checked_note, self.cleaned_data["note"])

    def seen(self) -> dict[str, str]:
        """What the page showed before the person typed."""
        shown = {name: self.data.get(f"shown_{name}") for name in self.fields}
        return {name: text for name, text in shown.items() if text is not None}


class TagsForm(forms.Form):
    tags = forms.CharField(
        required=False,
        label=_("Add tags, with commas between several"),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "list": "tags-in-use", "required": True}
        ),
    )

    def clean_tags(self) -> str:
        text: str = self.cleaned_data["tags"]
        in_words(checked_tags, text)
        return text


class TagForm(forms.Form):
    tag = forms.IntegerField(min_value=1, max_value=2**63 - 1)


class CorrectForm(forms.Form):
    emotion = forms.CharField(required=False)
    reason = forms.CharField(
        required=False, max_length=REASON_LENGTH, label=_("Why, if you like to say")
    )


class ShareForm(forms.Form):
    days = forms.IntegerField()


class RestoreForm(forms.Form):
    """The moment that names a deletion, exactly as the page with the button got it."""

    deleted_at = forms.CharField()

    def clean_deleted_at(self) -> datetime:
        try:
            return parse_moment(self.cleaned_data["deleted_at"])
        except ValueError:
            raise forms.ValidationError(_("This is no moment."), code="moment") from None
