"""What a reviewer sends; the rules themselves are the services'."""

from django import forms

from recognition.models import Review
from recognition.services.review import Opinion


class ReviewForm(forms.Form):
    """One of the three things that can be said of a clip."""

    kind = forms.ChoiceField(choices=Review.Kind.choices)
    emotion = forms.CharField(required=False)
    reason = forms.CharField(required=False)
    other = forms.CharField(required=False)

    def opinion(self, *, is_blind: bool) -> Opinion:
        values = self.cleaned_data
        kind = Review.Kind(values["kind"])
        emotion = values["emotion"] if kind == Review.Kind.HEARD else ""
        reason = values["reason"] or values["other"] if kind == Review.Kind.SKIPPED else ""
        return Opinion(kind, emotion, reason, is_blind=is_blind)


class StartForm(forms.Form):
    """A clip that is wanted before all others, if one is."""

    clip = forms.UUIDField(required=False)


class ModeForm(forms.Form):
    blind = forms.BooleanField(required=False)
