from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from recognition.messages import sentence
from recognition.services.submit import EXTENSIONS


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


class UploadForm(forms.Form):
    # Django moves fields out of the class: the form's own attribute of this name stays
    files = MultipleFileField(  # type: ignore[assignment]
        label="Audio files", widget=MultipleFileInput(attrs={"accept": ",".join(EXTENSIONS)})
    )


class ConsentForm(forms.Form):
    consent_to_review = forms.BooleanField(
        required=False,
        label="Reviewers may listen to my clips and check their labels",
        help_text="Off until you choose it. You can withdraw it at any time.",
    )
