from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from recognition.messages import sentence
from recognition.models import Clip
from recognition.services.archives import ARCHIVE_EXTENSION
from recognition.services.submit import EXTENSIONS

ACCEPTED = ",".join((*EXTENSIONS, ARCHIVE_EXTENSION))
lazy_sentence = lazy(sentence, str)


class MultipleFileInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class MultipleFileField(forms.FileField):
    """One or many files; empty ones pass, since they are refused one by one with their name."""

    widget = MultipleFileInput

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[bytes]]":
        files = data if isinstance(data, list) else [data] if data else []
        if not files:
            raise forms.ValidationError(sentence("upload:user:no-file", {}), code="no-file")
        if len(files) > settings.UPLOAD_MAX_FILES:
            numbers = {"n_files": len(files), "limit_files": settings.UPLOAD_MAX_FILES}
            code = "upload:user:too-many-files"
            raise forms.ValidationError(sentence(code, numbers), code="too-many-files")
        return files


class SpeakerForm(forms.Form):
    """Whose voice it is: nothing is taken without an answer."""

    speaker_consent = forms.ChoiceField(
        label=_("Whose voice is it?"),
        choices=[
            (Clip.SpeakerConsent.OWN_VOICE, _("My own voice")),
            (Clip.SpeakerConsent.AGREED, _("Somebody else’s, who agreed to this")),
        ],
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), lazy_sentence("upload:user:no-consent", {})
        ),
    )


class UploadForm(SpeakerForm):
    # Django moves fields out of the class: the form's own attribute of this name stays
    files = MultipleFileField(  # type: ignore[assignment]
        label=_("Audio files"), widget=MultipleFileInput(attrs={"accept": ACCEPTED})
    )
    keep_copies = forms.BooleanField(
        required=False, label=_("Keep files that I have sent before once more")
    )
