"""Which versions are put side by side, and how much a challenger listens."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from recognition.models import ModelVersion

if TYPE_CHECKING:  # generic for the type checker only
    ModelChoice = forms.ModelChoiceField[ModelVersion]
else:
    ModelChoice = forms.ModelChoiceField


class VersionChoice(ModelChoice):
    default_error_messages = {"invalid_choice": _("There is no such version.")}

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} · {obj.created_at:%Y-%m-%d}"


class DifferenceForm(forms.Form):
    """In the address, so that a comparison can be kept and passed on."""

    before = VersionChoice(
        ModelVersion.objects.defer("scores").order_by("-created_at", "-pk"), label=_("Before")
    )
    after = VersionChoice(
        ModelVersion.objects.defer("scores").order_by("-created_at", "-pk"), label=_("After")
    )


class ShadowForm(forms.Form):
    percent = forms.FloatField(
        label=_("Share of live clips that it hears, in percent"), min_value=0, max_value=100
    )

    @property
    def share(self) -> float:
        """Of a valid form."""
        return float(self.cleaned_data["percent"]) / 100
